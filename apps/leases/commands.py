"""Taking, passing on and publishing leased work: parts of the commands of whoever owns the work.

Message, row and worker are three things that fail apart. The row is the truth and a message only points at it; the
attempt number fences off a worker that was given up; the sweep brings back what either of them lost.
"""

import logging
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db import DatabaseError, connection, connections, transaction
from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from apps.core.bulk import update_all
from apps.core.fairness import Who, first_in_turn, in_turn
from apps.core.queue import enqueue
from apps.core.states import after

from .models import Leased, LeasedQuerySet
from .rules import Plan

logger = logging.getLogger(__name__)

# Whoever works renews the lease, so a worker that is gone is noticed this long after its last sign of life, however
# long the work may take.
LEASE = timedelta(seconds=15)
RENEW_SECONDS = 4.0
# On top of an attempt's own limit: ten seconds until a task that does not end is ended, and a little more.
SLACK = timedelta(seconds=20)

# Claims of one team count what is at work; none of them sees what another one has not committed.
TAKE_TURNS = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"

EVERY = Q()

Work = TypeVar("Work", bound=Leased)


def publish(*works: Leased) -> None:
    """Send the messages for the present attempt of some work, once this transaction commits.

    Of work that a task does many of at once, one message stands for many, and names none.
    """
    waiting: dict[tuple[Plan, str], list[Leased]] = defaultdict(list)
    for work in works:
        waiting[work.PLAN, work.queue].append(work)
    for (plan, queue), some in waiting.items():
        if plan.together == 1:
            for work in some:
                enqueue(plan.task, queue=queue, work_id=str(work.pk), attempt=work.attempt)
        else:
            for _ in range(0, len(some), plan.together):
                enqueue(plan.task, queue=queue)


@transaction.atomic
def claim(model: type[Work], work_id: UUID, attempt: int, *, now: datetime, **values: Any) -> Work | None:
    """Take the lease of this attempt and set `values`; None if somebody has it, or the attempt was given up.

    None as well while its team has its share at work: `pass_on` publishes it again when one of those ends.
    """
    work = _rows(model).waiting(work_id, attempt).select_for_update(no_key=True).first()
    if work is None or not _has_room(work):
        return None
    work.state = after(work.PLAN.moves, work.state, "claim")
    work.lease_until = now + LEASE
    return _saved(work, "state", "lease_until", **values)


def next_in_turn(model: type[Work], room: int, *, among: Q = EVERY, columns: Sequence[str] = ()) -> list[Work]:
    """What of all that waits `among` some comes next: no more than there is room, of no team more than its share.

    First comes what somebody waits for whose team has least at work, and who has least of it themselves: two hundred
    runs that one person ordered keep no other one waiting. Until this transaction ends no other one asks that, so ask
    it before anything is locked, and end soon. columns: those that are read, all of them without.
    """
    _take_turn(model._meta.label_lower)
    rows = _rows(model)
    at_work = rows.filter(state=model.PLAN.working).values_list(model.team_path, model.person_path)
    held: Counter[Who] = Counter({(team, person): n for team, person, n in at_work.annotate(n=Count("pk"))})
    who = [F(model.team_path), F(model.person_path)]
    place = Window(RowNumber(), partition_by=who, order_by=["published_at", "pk"])
    waiting = rows.filter(among, state=model.PLAN.waiting).annotate(place=place).filter(place__lte=room)
    oldest = waiting.order_by("published_at", "pk").values_list("pk", model.team_path, model.person_path)
    wanted = [((team, person), pk) for pk, team, person in oldest]
    chosen = in_turn(wanted, held, room=room, share=model.PLAN.share)
    found = _rows(model).only(*columns).in_bulk(chosen)
    return [found[pk] for pk in chosen]


def claim_all(works: Sequence[Work], *, now: datetime, **values: Any) -> list[Work]:
    """Take the leases of those of some work that still wait as they did, and set `values` of each."""
    if not works:
        return []
    model = type(works[0])
    attempts = {work.pk: work.attempt for work in works}
    rows = _rows(model).filter(pk__in=attempts, state=model.PLAN.waiting)
    waiting = rows.order_by("pk").select_for_update(no_key=True)  # in the order of whoever else locks many
    found = {work.pk: work for work in waiting if work.attempt == attempts[work.pk]}
    claimed = [found[pk] for pk in attempts if pk in found]
    noted = {"state": after(model.PLAN.moves, model.PLAN.waiting, "claim"), "lease_until": now + LEASE} | values
    for work in claimed:
        for name, value in noted.items():
            setattr(work, name, value)
    update_all(claimed, [*noted])
    return claimed


@contextmanager
def holding(work: Leased) -> Iterator[None]:
    """Renew the lease of claimed work while the block runs, but never longer than one attempt may take."""
    done = threading.Event()
    threading.Thread(target=_keep_renewing, args=(work, done), name="lease", daemon=True).start()
    try:
        yield
    finally:
        done.set()


def renew(model: type[Leased], work_id: UUID, attempt: int) -> bool:
    """Let the lease of an attempt run from now on; whether it still had it."""
    return bool(_rows(model).leased(work_id, attempt).update(lease_until=timezone.now() + LEASE))


def renew_all(works: Collection[Leased]) -> None:
    """The same for much work at once. Who claims it by `claim_all` renews by this; `holding` is for one at a time."""
    for model in {type(work) for work in works}:
        held = Q()
        for attempt in {work.attempt for work in works}:
            held |= Q(attempt=attempt, pk__in=[work.pk for work in works if work.attempt == attempt])
        _rows(model).filter(held, Q(state=model.PLAN.working)).update(lease_until=timezone.now() + LEASE)


def pass_on(work: Leased) -> None:
    """Work of a team has ended: once this transaction commits, publish what the team has waiting.

    First comes what somebody waits for who has least at work, of that the oldest: two hundred runs that one person
    ordered keep no other one of the team waiting.
    """
    transaction.on_commit(lambda: _publish_next(work), robust=True)


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
    expired = list(_rows(model).expired(timezone.now()).values_list("pk", "attempt"))
    for work_id, attempt in expired:
        release(work_id, attempt)
    return len(expired) + _publish_again(model)


def _keep_renewing(work: Leased, done: threading.Event) -> None:
    ends = time.monotonic() + work.seconds + SLACK.total_seconds()
    while not done.wait(RENEW_SECONDS) and time.monotonic() < ends:
        try:
            if not renew(type(work), work.pk, work.attempt):
                return
        except DatabaseError as error:
            logger.warning("leases: not renewed, tried again in %s s: %s", RENEW_SECONDS, error)
        finally:
            connections.close_all()


def _has_room(work: Leased) -> bool:
    """Whether its team has less at work than its share; until this transaction ends no other claim asks that."""
    team = _rows(type(work)).values_list(work.team_path, flat=True).get(pk=work.pk)
    _take_turn(f"{work._meta.label_lower} {team}")
    return _of_its_team(work, work.PLAN.working).count() < work.PLAN.share


def _take_turn(name: str) -> None:
    if connection.vendor == "postgresql":  # SQLite writes one at a time
        with connection.cursor() as cursor:
            cursor.execute(TAKE_TURNS, [name])


def _publish_next(work: Leased) -> None:
    asked_by = F(work.person_path)
    at_work = Counter((who,) for who in _of_its_team(work, work.PLAN.working).values_list(asked_by, flat=True))
    place = Window(RowNumber(), partition_by=asked_by, order_by="published_at")
    all_of_it = _of_its_team(work, work.PLAN.waiting).annotate(asked_by=asked_by, place=place).only("attempt")
    waiting = list(all_of_it.filter(place__lte=work.PLAN.share).order_by("published_at"))  # of each, the oldest
    for _ in range(min(work.PLAN.share, len(waiting))):
        turn = first_in_turn([(each.asked_by,) for each in waiting], at_work)
        next_one = next(each for each in waiting if (each.asked_by,) == turn)
        waiting.remove(next_one)
        at_work[next_one.asked_by,] += 1
        publish(next_one)


def _of_its_team(work: Work, state: str) -> LeasedQuerySet[Work]:
    """The work of this kind and state that the same team asked for."""
    rows = _rows(type(work))
    return rows.filter(**{"state": state, work.team_path: rows.filter(pk=work.pk).values(work.team_path)[:1]})


@transaction.atomic
def _publish_again(model: type[Leased]) -> int:
    """Tell the queue once more about what nobody took, and keep its order; returns how much that is."""
    now = timezone.now()
    locked = _rows(model).unheard(now).order_by("pk").select_for_update(no_key=True)
    found = sorted(locked, key=lambda work: (work.published_at, work.pk))
    for place, work in enumerate(found):
        work.published_at = now + timedelta(microseconds=place)
    update_all(found, ["published_at"])
    publish(*found)
    return len(found)


def _rows(model: type[Work]) -> LeasedQuerySet[Work]:
    return cast(LeasedQuerySet[Work], model._default_manager.all())


def _saved(work: Work, *fields: str, **values: Any) -> Work:
    for name, value in values.items():
        setattr(work, name, value)
    work.save(update_fields=[*fields, *values])
    return work
