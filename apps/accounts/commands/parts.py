"""What commands have in common that change how somebody gets in, also those of factors."""

from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.rules import SUSPENSION, Suspension
from apps.live import publish as live


def suspend_signing(person: User, why: Suspension) -> User:
    """Let them sign nothing for 24 hours, within the command of what changed, whose entry proves the person.

    The caller holds the person locked. A suspension that ends later stays.
    """
    until = timezone.now() + SUSPENSION
    person.signing_suspended_until = max(until, person.signing_suspended_until or until)
    person.signing_suspended_for = why
    person.save(update_fields=["signing_suspended_until", "signing_suspended_for"])
    live.announce(live.PEOPLE)
    return person
