"""Runs on their way to a result: many at once, since a worker has many under way."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.core import VERSION
from apps.core.bulk import update_all
from apps.core.states import after
from apps.core.wording import plural
from apps.leases import commands as leases
from apps.ledger import commands as ledger
from apps.live import publish as live
from apps.probes.events import ProbeRecorded
from apps.probes.kinds import FAILED, INCONCLUSIVE, PASSED, Outcome, Reached
from apps.probes.models import RESULT, STANDING, Breaker, Probe, Run, of_queue, ready
from apps.probes.rules import LONGEST_MS
from apps.probes.states import FAILURES, MOVES, PLAN, RESTS, Rest, counted_in_words, standing_after
from apps.zones import selectors as zones
from apps.zones.rules import nobody_serves

logger = logging.getLogger(__name__)

LOST = "lost"
COMPARED = ("attempt", "config", "due_at", "probe")  # what is looked at before a run is claimed
SOFTWARE = f"Keyturn {VERSION}"
GONE = "No result: the worker stopped before it could answer, {times}. Run the probe again."
VERDICTS = {PASSED: "pass", FAILED: "fail", INCONCLUSIVE: "doubt", LOST: "lose"}
ENDING = ("state", "lease_until", "finished_at", *RESULT, *STANDING, "digest")


@transaction.atomic
def claim_runs(*, by: ledger.Actor, worker: str, room: int, seconds: float, queue: str = "") -> list[Run]:
    """Take the leases of what comes next, as many as there is room and none that may take longer than so many seconds.

    queue: whose runs; those of every one without.

    None is left out that nobody has, unless it was looked at in this moment: whoever found none has to ask again only
    when there is news.
    """
    now = timezone.now()
    next_ones = leases.next_in_turn(Run, room, among=of_queue(queue) & ready(now), columns=COMPARED)
    chosen = [run for run in next_ones if run.seconds <= seconds and now <= run.begins_by]
    probes = Probe.objects.lock_all((run.probe_id for run in chosen), "breaker")
    claimed = leases.claim_all(_one_a_try(chosen, probes), now=now, worker=worker[:120], started_at=now)
    _changed(claimed)
    return claimed


def finish_runs(ended: Iterable[tuple[Run, Outcome]], *, by: ledger.Actor) -> list[Run]:
    """Record the one result of each of some runs, as they were claimed; returns those that now have it.

    Nothing is recorded of a run whose attempt no longer holds the lease. Runs of one stream are one transaction.
    """
    streams: dict[str, dict[UUID, tuple[Run, Outcome]]] = defaultdict(dict)
    for run, outcome in ended:
        streams[run.stream][run.pk] = run, outcome
    return [run for stream, some in streams.items() for run in _finish(stream, some, by=by)]


def sweep_runs(*, by: ledger.Actor) -> int:
    """Release expired leases, end what is past its deadline, publish again what nobody took; returns how many.

    Safe at any time and twice at once.
    """
    overdue = _overdue()
    for run in overdue:
        _finish(run.stream, {run.pk: (run, Outcome(LOST, _why_none(run)))}, by=by, state=PLAN.waiting)
    return len(overdue) + leases.sweep(Run, partial(_release, by=by))


@transaction.atomic
def _release(run_id: UUID, attempt: int, *, by: ledger.Actor) -> None:
    """An attempt's worker is gone: let another one try, or record that there is no result."""
    Probe.objects.lock_of(run_id)
    run = Run.objects.held(run_id, attempt)
    if run is None:
        return
    if timezone.now() <= run.begins_by and leases.retry(run):
        _changed([run])
    else:
        _finish(run.stream, {run_id: (run, Outcome(LOST, GONE.format(times=plural(run.attempt, "time"))))}, by=by)


def _overdue() -> list[Run]:
    """What still waits although it can no longer end by its deadline."""
    now = timezone.now()
    soon = Run.objects.filter(state=PLAN.waiting, due_at__lt=now + timedelta(milliseconds=LONGEST_MS))
    return [run for run in soon.select_related("probe__breaker") if run.begins_by < now]


def _why_none(run: Run) -> str:
    breaker = run.probe.breaker
    if breaker and breaker.rests_until:
        rest = Rest(breaker.target, breaker.failures, breaker.rests_until, is_tried=False)
        return f"No result by its deadline: {rest.why} and rests."
    if zones.is_unserved(run.served_by):
        why = nobody_serves(run.served_by)
        return f"No result by its deadline: {why[0].lower()}{why[1:]}"
    return "No result by its deadline: no worker was free. Run the probe again, and see that a prober runs."


def _one_a_try(chosen: Sequence[Run], probes: Iterable[Probe]) -> list[Run]:
    """The same, but of each target that has rested one run alone: it tries, and the others wait for what it finds."""
    breaker_of = {probe.pk: probe.breaker_id for probe in probes}
    wanted = {pk for pk in breaker_of.values() if pk}
    tried = set(Breaker.objects.filter(pk__in=wanted, failures__gte=FAILURES).values_list("pk", flat=True))
    begun, left = set(), []
    for run in chosen:
        breaker = breaker_of[run.probe_id]
        if breaker not in tried or breaker not in begun:
            left.append(run)
        begun.add(breaker)
    return left


@transaction.atomic
def _finish(
    stream: str, ended: Mapping[UUID, tuple[Run, Outcome]], *, by: ledger.Actor, state: str = PLAN.working
) -> list[Run]:
    of = (run.probe_id for run, _ in ended.values())
    probes = {probe.pk: probe for probe in Probe.objects.lock_all(of, "name", "breaker")}
    runs = Run.objects.held_all([run for run, _ in ended.values()], state)
    for late in ended.keys() - {run.pk for run in runs}:
        attempt = ended[late][0].attempt
        logger.warning("probes: the result of attempt %s of run %s came too late and is dropped", attempt, late)
    replaced = [run.replaces_id for run in runs if run.replaces_id]
    before = Run.objects.only("state", "counts_as", "in_a_row").in_bulk(replaced)
    for run in runs:
        end_run(run, ended[run.pk][1], before.get(run.replaces_id) if run.replaces_id else None)
    _note_targets((probes[run.probe_id].breaker_id, ended[run.pk][1]) for run in runs)
    update_all(runs, ENDING)
    Probe.objects.filter(pk__in=[run.probe_id for run in runs]).update(version=F("version") + 1)
    ledger.record_all(stream, [(_recorded(probes[run.probe_id], run), [run]) for run in runs], by=by)
    return runs


def end_run(run: Run, outcome: Outcome, before: Run | None, *, at: datetime | None = None) -> None:
    """Give a run that is under way its one result, now or `at`; the caller saves it and records it.

    before: what it replaces.
    """
    run.state = after(MOVES, run.state, VERDICTS[outcome.verdict])
    run.lease_until, run.finished_at = None, at or timezone.now()
    run.value, run.unit, run.limit, run.explanation = outcome.value, outcome.unit, outcome.limit, outcome.explanation
    run.request, run.response = dict(outcome.request), dict(outcome.response)
    run.conditions = [dict(each) for each in outcome.conditions]
    run.response_digest, run.software = outcome.response.get("sha256", ""), SOFTWARE
    _count(run, before)
    run.digest = run.computed_digest()


def _count(run: Run, before: Run | None) -> None:
    """What the probe counts as now; the explanation says so where the run alone does not."""
    limits = {name: int(run.config.get(name, 1)) for name in ("failure_limit", "consecutive_successes")}
    standing = standing_after(before.standing if before else None, run.state, **limits)
    run.counts_as, run.in_a_row = standing.answer.value, standing.in_a_row
    run.explanation = " ".join(filter(None, [run.explanation, counted_in_words(standing, run.state, **limits)]))


def _note_targets(outcomes: Iterable[tuple[int | None, Outcome]]) -> None:
    """Count, for the breaker of each outcome, what gave no answer; who answers has not failed."""
    answers: dict[int, list[bool]] = defaultdict(list)
    for breaker, outcome in outcomes:
        gave_none = outcome.verdict != PASSED and outcome.reached is not Reached.ANSWERED
        if breaker and (gave_none or outcome.response):  # what was not asked says nothing of its target
            answers[breaker].append(not gave_none)
    failing = {breaker for breaker, given in answers.items() if not all(given)}
    counted = Breaker.objects.filter(Q(pk__in=failing) | Q(pk__in=answers, failures__gt=0)).order_by("pk")
    breakers = list(counted.select_for_update(no_key=True))
    for noted in breakers:
        for answered in answers[noted.pk]:
            noted.failures = 0 if answered else noted.failures + 1
        noted.rests_until = timezone.now() + RESTS if noted.failures >= FAILURES else None
    update_all(breakers, ["failures", "rests_until"])


def _changed(runs: Iterable[Run]) -> None:
    """Move what shows these runs: no ledger entry says so, so the open pages hear of it here."""
    streams: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        streams[run.stream].append(run)
    for stream, some in streams.items():
        Probe.objects.filter(pk__in=[run.probe_id for run in some]).update(version=F("version") + 1)
        live.announce(stream, items=[run.item for run in some])


def _recorded(probe: Probe, run: Run) -> ProbeRecorded:
    return ProbeRecorded(
        item=run.item,
        probe=probe.id,
        run=run.id,
        state=str(run.state),
        run_digest=run.digest,
        name=probe.name,
        **{name: getattr(run, name) for name in ("attempt", "value", "unit", "limit", "explanation")},
    )
