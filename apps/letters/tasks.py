"""What workers do: send what is due."""

from uuid import UUID

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded

from apps.core import mail
from apps.leases import commands as leases
from apps.ledger.commands import SYSTEM

from . import commands, selectors
from .models import Letter

TOO_LONG = "The mail server took too long."
BROKE = "Sending it ended in an error, which the worker’s log describes."


@shared_task(name="apps.letters.tasks.sweep_letters")
def sweep_letters() -> int:
    """Beat: what is due, and what was lost on the way."""
    return commands.sweep_letters(by=SYSTEM)


@shared_task(name="apps.letters.tasks.send_letter")
def send_letter(work_id: str, attempt: int) -> None:
    """Send one letter."""
    letter = commands.claim_letter(UUID(work_id), attempt, by=SYSTEM)
    if letter is None:
        return
    try:
        with leases.holding(letter):
            _send(letter)
    except SoftTimeLimitExceeded:
        commands.put_off_letter(letter.pk, attempt, reason=TOO_LONG, by=SYSTEM)
    except Exception:
        # Whatever it was, the row must not wait for its lease; the worker's log has the rest.
        commands.put_off_letter(letter.pk, attempt, reason=BROKE, by=SYSTEM)
        raise


def _send(letter: Letter) -> None:
    ready = selectors.ready(letter)
    if ready is None:
        commands.end_letter(letter, "drop", by=SYSTEM)
        return
    try:
        mail.send(ready.message)
    except mail.NotSent as error:
        if error.lasting:
            commands.end_letter(letter, "give_up", reason=error.reason, by=SYSTEM)
            return
        commands.put_off_letter(letter.pk, letter.attempt, reason=error.reason, by=SYSTEM)
        if error.is_away:
            commands.hold_letters(by=SYSTEM)
        return
    commands.end_letter(letter, "send", people=ready.people, by=SYSTEM)
