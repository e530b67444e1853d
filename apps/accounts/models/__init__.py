"""Tables of accounts: people, teams and what people are there; invitations, sessions, how long wrong passwords wait."""

from .delegations import Delegation
from .invitations import Invitation, token_digest
from .names import TakenName
from .people import (
    WITH_GRANTS,
    ZERO_WIDTH_NON_JOINER,
    Grant,
    Membership,
    OfTeamQuerySet,
    SignedIn,
    Team,
    User,
    belongs,
    counts_now,
    initials,
)
from .sessions import OpenSession
from .sign_ins import SignInTries
