"""What somebody proves themselves by, on pages and in commands; what the chains prove of it, in `audit`."""

from .offers import (
    codes,
    known,
    offer,
    open_series,
    passkey_question,
    passkeys,
    session_of,
    without_passkey,
)
from .pages import (
    cost,
    factors_page,
    picture,
    readable_codes,
    recovery_codes,
    sealed,
    unsealed,
    visible_passkeys,
    where_passkeys_work,
)
