"""Everything that changes who is in a team, what they are there, and who stands in for whom."""

from .delegations import accept_delegation, delegate, end_delegation
from .members import (
    ask_role,
    change_role,
    edit_team,
    end_role,
    grant_role,
    invite_person,
    remove_member,
    revoke_invitation,
)
