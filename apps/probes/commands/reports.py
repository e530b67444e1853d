"""What is reported to a probe that nobody asks: a run that has its result in the moment in which it begins."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Model

from apps.accounts.models import User
from apps.core.errors import WrongState
from apps.core.permissions import require
from apps.leases.commands import LEASE
from apps.ledger import commands as ledger
from apps.probes import permissions
from apps.probes.events import ProbeReported
from apps.probes.kinds import Outcome, Passive
from apps.probes.models import Probe, Run, Series
from apps.probes.states import PLAN

from .runs import end_run

NOT_PASSIVE = "This probe is asked by a worker, so nothing is reported to it. Run it instead."


@transaction.atomic
def record_report(
    probe: Probe,
    outcome: Outcome,
    *,
    by: ledger.Actor,
    person: User,
    stream: str,
    item: UUID,
    at: datetime,
    slot: datetime | None = None,
    pk: UUID | None = None,
    rows: Iterable[Model] = (),
) -> Run:
    """Keep what was reported as the latest run of a probe, recorded in `stream` with `rows`, which belong to it.

    person: who measured, who made the token, or who set the probe up; by: the same, or the system where no person
    acts. at: now, by the clock of the database. slot: when the report was due that did not come; noted once.
    pk: the id of the run, where it has to be a certain one.
    """
    probe = Probe.objects.lock(probe.pk)
    if by is not ledger.SYSTEM:
        require(permissions.record_report(person, probe))
    settings = probe.settings
    if not isinstance(settings, Passive):
        raise WrongState(NOT_PASSIVE)
    reporter = str(outcome.response["by"])
    own = {"pk": pk or uuid4(), "stream": stream, "item": item, "slot": slot, "worker": reporter[:120]}
    run = _begun(probe, own, person=person, by_clock=by is ledger.SYSTEM, at=at)
    probe.latest_run, probe.version = run, probe.version + 1
    probe.expected_by = _expected_by(settings, at, slot)
    probe.save(update_fields=["latest_run", "version", "expected_by"])
    end_run(run, outcome, run.replaces, at=at)
    run.save()
    recorded = _reported(probe, run, reporter if by is ledger.SYSTEM else "")
    ledger.record(stream, recorded, by=by, rows=[run.series, probe, run, *rows])
    return run


def _begun(probe: Probe, own: Mapping[str, Any], *, person: User, by_clock: bool, at: datetime) -> Run:
    """A run that is under way, as the only one of its series."""
    asked = {"asked_by": person, "asked_by_name": person.full_name, "asked_at": at}
    series = Series.objects.create(team_id=probe.team_id, stream=own["stream"], size=1, by_clock=by_clock, **asked)
    run = Run(
        **own,
        probe=probe,
        series=series,
        replaces_id=probe.latest_run_id,
        kind=probe.kind,
        config=probe.config,
        zone_id=probe.zone_id,
        requested_by=person,
        requested_by_name=person.full_name,
        queued_at=at,
        published_at=at,
        started_at=at,
        state=PLAN.working,
        lease_until=at + LEASE,
    )
    run.due_at = at + timedelta(seconds=run.seconds)
    run.save(force_insert=True)
    return run


def _expected_by(settings: Passive, at: datetime, missed: datetime | None) -> datetime | None:
    """When the next report has to be there: so long after this one; after one that did not come, in the next slot."""
    if missed is None or settings.interval is None:
        return settings.expected_by(at)
    return missed + (1 + (at - missed) // settings.interval) * settings.interval


def _reported(probe: Probe, run: Run, reporter: str) -> ProbeReported:
    return ProbeReported(
        item=run.item,
        probe=probe.id,
        run=run.id,
        series=run.series_id,
        state=str(run.state),
        run_digest=run.digest,
        name=probe.name,
        reporter=reporter,
        **{name: getattr(run, name) for name in ("value", "unit", "limit", "explanation")},
    )
