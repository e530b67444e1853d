"""Who may make, open and close zones, and why not."""

from apps.accounts.models import User
from apps.core.permissions import ALLOW, Verdict, deny, not_now

from .models import Widening

ONLY_ADMINISTRATORS = (
    "Only an administrator changes zones. Whoever runs Keyturn makes one: python manage.py administrator NAME"
)


def create_zone(user: User) -> Verdict:
    """Administrators make zones."""
    return ALLOW if user.is_admin and user.is_active else deny(ONLY_ADMINISTRATORS)


edit_zone = create_zone
propose_widening = create_zone


def confirm_widening(user: User, widening: Widening, *, administrators: int) -> Verdict:
    """A second administrator confirms; the only one there is does so alone, which page and ledger say."""
    if not (may := create_zone(user)):
        return may
    if widening.ended_at:
        return not_now("This was withdrawn or closed. Propose it again if it is to hold.")
    if widening.confirmed_at:
        return not_now(f"{widening.confirmed_by_name} has confirmed this already.")
    if widening.proposed_by_id == user.pk and administrators > 1:
        return deny("You proposed this, so another administrator confirms it. Ask one to look at this page.")
    return ALLOW


def end_widening(user: User, widening: Widening) -> Verdict:
    """Any administrator closes what is open: closing needs no second person."""
    return not_now("This was closed already.") if widening.ended_at else create_zone(user)
