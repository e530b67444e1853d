"""Letters that are due, sent as workers do, and the links in them."""

import re
from datetime import timedelta
from email.message import EmailMessage

from django.utils import timezone

from apps.leases.models import UNHEARD
from apps.ledger.commands import SYSTEM
from apps.letters import commands, tasks
from apps.letters.models import Letter
from apps.letters.states import State


def send_due() -> None:
    """What the sweep and the workers do with what is due now."""
    commands.sweep_letters(by=SYSTEM)
    due = Letter.objects.filter(state=State.WAITING, due_at__lte=timezone.now()).order_by("created_at", "pk")
    for letter in due:
        tasks.send_letter(str(letter.pk), letter.attempt)


def let_fall_due() -> None:
    """Let the time pass until everything that waits is due."""
    now = timezone.now()
    Letter.objects.filter(state=State.WAITING).update(due_at=now, published_at=now - UNHEARD - timedelta(seconds=1))


def links_in(taken: EmailMessage) -> list[str]:
    """The paths of the links of a letter, as its text has them."""
    text = taken.get_body(("plain",))
    assert text is not None
    return re.findall(r"^https?://[^/\s]+(/\S+)\s*$", text.get_content(), re.MULTILINE)
