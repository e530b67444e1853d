"""Everything that changes people, teams and sign-ins. Each records itself in the instance's ledger."""

from .people import Account, change_administrator, rename_person
from .sessions import begin_session, end_other_sessions, end_session, move_session, note_session
from .sign_ins import become, change_password, sign_in, sign_out
from .teams import (
    accept_invitation,
    create_first_team,
    create_team,
    invite_first_person,
)
