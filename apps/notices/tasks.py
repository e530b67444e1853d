"""What workers do: read the chains, say of windows that open soon, and send what is due."""

import asyncio
from datetime import timedelta
from uuid import UUID

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from apps.core import mail
from apps.core.errors import Refusal
from apps.leases import commands as leases
from apps.ledger.commands import SYSTEM
from apps.probes import egress

from . import commands, selectors
from .models import Delivery

PAUSE = timedelta(seconds=30)  # in which nothing is sent after the server did not answer
SECONDS = 10.0  # for all of a post, from looking up its name to the last byte
ACCEPTED = range(200, 300)
COME_BACK = (408, 425, 429)
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


@shared_task(name="apps.notices.tasks.remind")
def remind() -> int:
    """Beat: what waits too long; returns of how many."""
    return commands.remind(by=SYSTEM)


@shared_task(name="apps.notices.tasks.sweep_deliveries")
def sweep_deliveries() -> int:
    """Beat: what is due, and what was lost on the way."""
    return commands.sweep_deliveries(by=SYSTEM)


@shared_task(name="apps.notices.tasks.send_delivery")
def send_delivery(work_id: str, attempt: int) -> None:
    """Send one mail, or post one word to a webhook."""
    delivery = commands.claim_delivery(UUID(work_id), attempt, by=SYSTEM)
    if delivery is None:
        return
    try:
        with leases.holding(delivery):
            if selectors.place_of(delivery):
                _post(delivery)
            else:
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
        commands.end_delivery(delivery, "drop", by=SYSTEM)
        return
    try:
        mail.send(message)
    except mail.NotSent as error:
        if error.lasting:
            commands.end_delivery(delivery, "give_up", reason=error.reason, address=message.to, by=SYSTEM)
            return
        commands.put_off(delivery.pk, delivery.attempt, reason=error.reason, by=SYSTEM)
        if error.is_away:
            commands.hold_back(until=timezone.now() + PAUSE, by=SYSTEM)
        return
    commands.end_delivery(delivery, "send", subject=message.subject, address=message.to, by=SYSTEM)


def _post(delivery: Delivery) -> None:
    """Post one word through the door that probes leave by."""
    place = selectors.place_of(delivery)
    try:
        post = commands.ready_post(delivery, by=SYSTEM)
        if post is None:
            commands.end_delivery(delivery, "drop", by=SYSTEM)
            return
        answer = asyncio.run(_posted(post))
    except (egress.Refused, Refusal) as refusal:
        commands.end_delivery(delivery, "give_up", reason=str(refusal), address=place, by=SYSTEM)
    except egress.EgressError as error:
        commands.put_off(delivery.pk, delivery.attempt, reason=str(error), by=SYSTEM)
    else:
        _note_answer(delivery, post, answer.status)


def _note_answer(delivery: Delivery, post: commands.ReadyPost, status: int) -> None:
    reason = f"The receiver answered {status}."
    if status in ACCEPTED:
        commands.end_delivery(delivery, "send", subject=post.title, address=post.place, by=SYSTEM)
    elif status in COME_BACK or status >= 500:
        commands.put_off(delivery.pk, delivery.attempt, reason=reason, by=SYSTEM)
    else:
        commands.end_delivery(delivery, "give_up", reason=reason, address=post.place, by=SYSTEM)


async def _posted(post: commands.ReadyPost) -> egress.Response:
    return await egress.fetch(post.target, method="POST", policy=post.policy, seconds=SECONDS, sent=post.sent)
