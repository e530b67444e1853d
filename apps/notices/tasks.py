"""What workers do: read the chains, say of windows that open soon, and send what is due."""

from datetime import timedelta
from uuid import UUID

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from apps.core import mail
from apps.leases import commands as leases
from apps.ledger.commands import SYSTEM

from . import commands, selectors
from .models import Delivery

PAUSE = timedelta(seconds=30)  # in which nothing is sent after the server did not answer
TOO_LONG = "The mail server took too long."
BROKE = "Sending it ended in an error, which the worker’s log describes."


@shared_task(name="apps.notices.tasks.derive_notices")
def derive_notices() -> int:
    """Beat: what was added to the chains since; returns how many entries."""
    return commands.derive_notices(by=SYSTEM)


@shared_task(name="apps.notices.tasks.note_windows")
def note_windows() -> int:
    """Beat: windows that open within a day or an hour; returns how many notices."""
    return commands.note_windows(by=SYSTEM)


@shared_task(name="apps.notices.tasks.sweep_deliveries")
def sweep_deliveries() -> int:
    """Beat: what is due, and what was lost on the way."""
    return commands.sweep_deliveries(by=SYSTEM)


@shared_task(name="apps.notices.tasks.send_delivery")
def send_delivery(work_id: str, attempt: int) -> None:
    """Send one mail."""
    delivery = commands.claim_delivery(UUID(work_id), attempt, by=SYSTEM)
    if delivery is None:
        return
    try:
        with leases.holding(delivery):
            _send(delivery)
    except SoftTimeLimitExceeded:
        commands.put_off(delivery.pk, attempt, reason=TOO_LONG, by=SYSTEM)
    except Exception:
        # Whatever it was, the row must not wait for its lease; the worker's log has the rest.
        commands.put_off(delivery.pk, attempt, reason=BROKE, by=SYSTEM)
        raise


def _send(delivery: Delivery) -> None:
    message = selectors.mail_of(delivery)
    if message is None:
        commands.drop(delivery, by=SYSTEM)
        return
    try:
        mail.send(message)
    except mail.NotSent as error:
        if error.lasting:
            commands.give_up(delivery, reason=error.reason, address=message.to, by=SYSTEM)
            return
        commands.put_off(delivery.pk, delivery.attempt, reason=error.reason, by=SYSTEM)
        if error.is_away:
            commands.hold_back(until=timezone.now() + PAUSE, by=SYSTEM)
        return
    commands.note_sent(delivery, subject=message.subject, address=message.to, by=SYSTEM)
