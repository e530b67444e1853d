"""Taking, passing on and publishing leased work: parts of the commands of whoever owns the work.

Message, row and worker are three things that fail apart. The row is the truth and a message only points at it; the
attempt number fences off a worker that was given up; the sweep brings back what either of them lost.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.core.queue import enqueue
from apps.core.states import after

from .models import Leased, LeasedQuerySet

# On top of an attempt's own limit, so that only a worker that is gone lets its lease run out: ten seconds until a
# task that does not end is ended, and a little more.
SLACK = timedelta(seconds=20)

Work = TypeVar("Work", bound=Leased)


def publish(work: Leased) -> None:
    """Send the message for the present attempt, once this transaction commits."""
    enqueue(work.PLAN.task, work_id=str(work.pk), attempt=work.attempt)


@transaction.atomic
def claim(model: type[Work], work_id: UUID, attempt: int, *, now: datetime, **values: Any) -> Work | None:
    """Take the lease of this attempt and set `values`; None if somebody has it, or the attempt was given up."""
    work = _rows(model).waiting(work_id, attempt).select_for_update(no_key=True).first()
    if work is None:
        return None
    work.state = after(work.PLAN.moves, work.state, "claim")
    work.lease_until = now + timedelta(seconds=work.seconds) + SLACK
    return _saved(work, "state", "lease_until", **values)


def retry(work: Work, **values: Any) -> Work | None:
    """Put held work back as its next attempt, and set `values`; None, and nothing changed, after the last attempt."""
    if work.attempt >= work.PLAN.attempts:
        return None
    work.state = after(work.PLAN.moves, work.state, "queue_again")
    work.attempt, work.lease_until, work.published_at = work.attempt + 1, None, timezone.now()
    publish(work)
    return _saved(work, "state", "attempt", "lease_until", "published_at", **values)


def sweep(model: type[Leased], release: Callable[[UUID, int], object]) -> int:
    """Have `release` look at each expired lease, and publish again what nobody took; returns how many.

    Safe at any time and twice at once: every step looks again under the row's lock. `release` gives the attempt up
    with `retry`, or ends the work if that was the last one.
    """
    now = timezone.now()
    expired = list(_rows(model).expired(now).values_list("pk", "attempt"))
    unheard = list(_rows(model).unheard(now).values_list("pk", "attempt"))
    for work_id, attempt in expired:
        release(work_id, attempt)
    for work_id, attempt in unheard:
        _publish_again(model, work_id, attempt)
    return len(expired) + len(unheard)


@transaction.atomic
def _publish_again(model: type[Leased], work_id: UUID, attempt: int) -> None:
    """Tell the queue once more about work that nobody took."""
    now = timezone.now()
    work = _rows(model).unheard(now).filter(pk=work_id, attempt=attempt).select_for_update(no_key=True).first()
    if work is not None:
        work.published_at = now
        publish(_saved(work, "published_at"))


def _rows(model: type[Work]) -> LeasedQuerySet[Work]:
    return cast(LeasedQuerySet[Work], model._default_manager.all())


def _saved(work: Work, *fields: str, **values: Any) -> Work:
    for name, value in values.items():
        setattr(work, name, value)
    work.save(update_fields=[*fields, *values])
    return work
