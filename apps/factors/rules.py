"""How somebody proves who they are when they sign, as pure functions.

After 21 CFR 11.200(a)(1): the first signing of a series asks for every component, a later one within the same
uninterrupted session for at least one, none for nothing. The name somebody is signed in by is a component too; the
password, or a one-time code beside it, is the other. A passkey with user verification is both at once.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import TextChoices

SERIES = timedelta(minutes=15)  # how long one factor is enough after everything was asked for
FREE_TRIES = 5  # wrong passwords or codes in a row until signing by them pauses
PAUSE = timedelta(minutes=15)
PERIOD = 30  # seconds that a one-time code stands for (RFC 6238)
STATEMENT = timedelta(seconds=120)  # how long a passkey may take to confirm
MOST_TURNS = 50  # keys that one statement turns
ANSWERED_WITHIN = timedelta(minutes=5)  # a passkey, once it is asked
ENROLLED_WITHIN = timedelta(minutes=15)  # one-time codes, once their secret is shown
MOST_PASSKEYS = 20
DRIFT = 1  # periods that a clock may be wrong by


NEEDS_PASSKEY = (
    "Nothing was signed: this key takes a passkey. Sign with yours. Without one, add a passkey under your account; "
    "from 24 hours after that it signs, and somebody else of the team may sign meanwhile."
)


class Means(TextChoices):
    """What showed that it was them; printed beside the signature."""

    TICK = "tick", "an explicit confirmation"
    PASSWORD = "password", "password"
    PASSWORD_AND_CODE = "both", "password and one-time code"
    CODE = "code", "one-time code"
    PASSKEY = "passkey", "passkey"


BY_PASSWORD = (Means.PASSWORD, Means.PASSWORD_AND_CODE)
BY_CODE = (Means.PASSWORD_AND_CODE, Means.CODE)
WHOLE = (Means.PASSWORD_AND_CODE, Means.PASSKEY)  # after one of these, a code alone goes on with the series


class Purpose(TextChoices):
    """What a passkey is asked for, beside signing."""

    SIGN_IN = "sign_in", "sign in"
    SECOND_STEP = "second_step", "finish signing in"
    PROVE = "prove", "change what you sign in with"
    ADD = "add", "add a passkey"


@dataclass(frozen=True)
class Known:
    """What somebody can prove by: whether they have a password, one-time codes, how many passkeys."""

    password: bool
    codes: bool
    passkeys: int = 0

    @property
    def can_prove(self) -> bool:
        """Whether there is anything at all."""
        return self.password or self.codes or self.passkeys > 0


def typed_means(known: Known, *, in_series: bool) -> Means | None:
    """What they type to sign, beside any passkey; None where there is nothing to type.

    A password alone is for those who have nothing else: a passkey would be worth nothing beside it.
    in_series: whether everything was asked for within the last 15 minutes of this session.
    """
    if not known.codes:
        return Means.PASSWORD if known.password and not known.passkeys else None
    return Means.CODE if in_series or not known.password else Means.PASSWORD_AND_CODE


def proves_by_code(known: Known) -> bool:
    """Whether a code belongs to the password when somebody changes factors: a one-time code or a recovery code."""
    return known.codes or known.passkeys > 0


def is_way_in(known: Known) -> bool:
    """Whether somebody who has all this can sign in: codes alone come after a password."""
    return known.password or known.passkeys > 0


def session_digest(session_key: str, network: str) -> str:
    """What names one uninterrupted session from one network, without telling its key; 64 lowercase hex characters."""
    return hashlib.sha256(f"keyturn-series\n{session_key}\n{network}".encode()).hexdigest()


def time_steps(now: datetime) -> range:
    """The time steps of RFC 6238 whose codes count at that moment."""
    step = int(now.timestamp()) // PERIOD
    return range(step - DRIFT, step + DRIFT + 1)
