"""What is asked: probes as people set them up."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.core.errors import Refusal, WrongState
from apps.core.permissions import require
from apps.core.wording import exact
from apps.ledger import commands as ledger
from apps.probes import permissions
from apps.probes.events import BaselineSet, ProbeChanged, ProbeDefined, ProbeScheduled
from apps.probes.kinds import Passive, kind_of
from apps.probes.models import LONGEST_INTERVAL, SHORTEST_INTERVAL, Breaker, Probe, Run
from apps.probes.rules import place_of, question_of
from apps.probes.selectors import secret_for, stored_config, zone_for
from apps.zones.models import Zone

BASELINE = ("baseline", "baseline_by", "baseline_by_name", "baseline_at")
NOT_ASKED = "Nobody asks this probe: it waits for what is reported to it. Its settings say how often that is expected."


@transaction.atomic
def define_probe(
    team: Team, *, by: User, name: str, kind: str, config: Mapping[str, Any], stream: str, zone: str = ""
) -> Probe:
    """Give a team a probe; recorded in `stream`. Refuses settings the kind cannot read or may never ask.

    zone: the queue of the zone whose workers ask, where that is not this Keyturn itself.
    """
    require(permissions.define_probe(by, team))
    asks_from = zone_for(team.pk, kind, zone)
    stored = stored_config(kind, config, zone)
    secret = secret_for(team.id, kind, stored)
    probe = Probe.objects.create(
        team=team,
        name=name,
        kind=kind,
        config=stored,
        secret=secret,
        zone=asks_from,
        breaker=_breaker(team.pk, kind, stored, asks_from),
        expected_by=_expected_by(kind, stored),
        created_by=by,
        created_by_name=by.full_name,
    )
    event = ProbeDefined(team=team.id, probe=probe.id, probe_kind=kind, name=name, config=stored)
    ledger.record(stream, event, by=by, rows=[probe])
    return probe


@transaction.atomic
def change_probe(
    probe: Probe, *, by: User, name: str, config: Mapping[str, Any], stream: str, zone: str | None = None
) -> Probe:
    """Change what is asked from the next run on; a run under way keeps what it was ordered with.

    What earlier runs said is no answer to the new question, so the probe has no latest run until it runs again.
    zone: as in `define_probe`; None leaves it as it is.
    """
    probe = Probe.objects.lock(probe.pk)
    require(permissions.change_probe(by, probe))
    asks_from = zone_for(probe.team_id, probe.kind, (probe.zone_id or "") if zone is None else zone)
    queue = asks_from.pk if asks_from else None
    asked = probe.zone_id, question_of(probe.config)
    probe.zone = asks_from
    probe.name, probe.config, probe.version = name, stored_config(probe.kind, config, queue), probe.version + 1
    if (queue, question_of(probe.config)) != asked:  # what was measured before is no measure of the new question
        probe.baseline, probe.baseline_by, probe.baseline_by_name, probe.baseline_at = None, None, "", None
    probe.latest_run, probe.secret = None, secret_for(probe.team_id, probe.kind, probe.config)
    probe.breaker = _breaker(probe.team_id, probe.kind, probe.config, asks_from)
    probe.expected_by = _expected_by(probe.kind, probe.config)
    setup = ("name", "config", "secret", "zone", "version", "latest_run", "breaker", "expected_by")
    probe.save(update_fields=[*setup, *BASELINE])
    event = ProbeChanged(
        team=probe.team_id, probe=probe.id, probe_kind=probe.kind, version=probe.version, name=name, config=probe.config
    )
    ledger.record(stream, event, by=by, rows=[probe])
    return probe


def let_secrets_go(probe_ids: Iterable[UUID]) -> None:
    """These probes ask no more, so that nothing keeps anybody from removing the secrets they asked with."""
    Probe.objects.filter(pk__in=list(probe_ids)).exclude(secret=None).update(secret=None)


@transaction.atomic
def set_baseline(probe: Probe, *, by: User, run: Run, stream: str, item: UUID) -> Probe:
    """Have later runs of a probe compared with that one, which was made before the change. It judges nothing."""
    probe = Probe.objects.lock(probe.pk)
    require(permissions.set_baseline(by, probe))
    if not run.is_finished or run.probe_id != probe.pk:
        raise Refusal("This run has no result to compare with. Choose one that has.")
    if question_of(run.config) != question_of(probe.config):
        raise Refusal("This run asked something else than the probe asks now. Choose a newer one.")
    if probe.baseline_id == run.pk:
        return probe
    probe.baseline, probe.version = run, probe.version + 1
    probe.baseline_by, probe.baseline_by_name, probe.baseline_at = by, by.full_name, timezone.now()
    probe.save(update_fields=[*BASELINE, "version"])
    event = BaselineSet(item=item, probe=probe.id, run=run.pk, at=exact(run.queued_at), name=probe.name)
    ledger.record(stream, event, by=by, rows=[probe])
    return probe


@transaction.atomic
def schedule_probe(probe: Probe, *, by: User, seconds: int | None, stream: str, item: UUID) -> Probe:
    """Have a probe run by the clock, every so many seconds, or (None) only when somebody asks.

    Keys cover what it asks, not how often.
    """
    probe = Probe.objects.lock(probe.pk)
    require(permissions.schedule_probe(by, probe))
    if seconds and probe.is_passive:
        raise WrongState(NOT_ASKED)
    if seconds is not None and not SHORTEST_INTERVAL <= seconds <= LONGEST_INTERVAL:
        raise Refusal(f"A probe runs every {SHORTEST_INTERVAL} seconds at most, and once in a week at least.")
    if seconds == probe.interval_seconds:
        return probe
    probe.interval_seconds, probe.version = seconds, probe.version + 1
    probe.scheduled_by, probe.scheduled_by_name = (by, by.full_name) if seconds else (None, "")
    probe.save(update_fields=["interval_seconds", "scheduled_by", "scheduled_by_name", "version"])
    event = ProbeScheduled(item=item, probe=probe.id, seconds=seconds, name=probe.name)
    ledger.record(stream, event, by=by, rows=[probe])
    return probe


def _breaker(team_id: UUID, kind: str, config: Mapping[str, Any], zone: Zone | None) -> Breaker | None:
    """The breaker of where a probe goes, for its team and zone; None where it goes nowhere."""
    target = kind_of(kind).parse(config).target
    if target is None:
        return None
    there = place_of(target, zone.pk if zone else None)
    return Breaker.objects.get_or_create(team_id=team_id, target=there)[0]


def _expected_by(kind: str, config: Mapping[str, Any]) -> datetime | None:
    """When the first report has to be there, of a probe that expects some."""
    parsed = kind_of(kind).parse(config)
    return parsed.expected_by(timezone.now()) if isinstance(parsed, Passive) else None
