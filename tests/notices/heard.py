"""What somebody heard, as tests compare it."""

from apps.accounts.models import User
from apps.ledger.commands import SYSTEM
from apps.notices import commands
from apps.notices.models import Notice


def derived() -> None:
    """Have a worker read the chains on."""
    commands.derive_notices(by=SYSTEM)


def heard(person: User, *, done: bool = False) -> list[tuple[str, str]]:
    """(kind, what it is about) of what somebody has in their inbox, or is done with, oldest first."""
    found = Notice.objects.visible_to(User.objects.get(pk=person.pk)).filter(done_at__isnull=not done)
    return [(notice.kind, notice.title.partition(": ")[2]) for notice in found.order_by("at", "kind", "subject")]


def kinds(person: User, *, done: bool = False) -> list[str]:
    """The same without what it is about."""
    return [kind for kind, _ in heard(person, done=done)]
