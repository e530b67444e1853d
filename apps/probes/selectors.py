"""Questions about probes: their runs, one run as people read it, and runs that are not as the ledger says."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.core.errors import Refusal
from apps.core.statements import instances
from apps.live import notes
from apps.secrets.models import Secret
from apps.zones import selectors as zones
from apps.zones.models import Zone
from apps.zones.rules import Policy

from . import conditions, egress, kinds
from .models import Approvable, Breaker, Probe, Run, Series
from .rules import NO_COMMANDS
from .states import ASKED, COMMAND, FAILURES, TERMINAL, Rest, State, wait_for

MOST_SERIES = 5  # that a page lists as under way
LATE = 15  # seconds after which whoever tries is told that nobody may be there to ask
# The runs of the newest series alone are counted: a deployment may have had thousands of series.
CALLED_OFF = """
SELECT {series}, (SELECT COUNT(*) FROM probes_run r WHERE r.series_id = series.id AND r.state = %s)
FROM probes_series series WHERE series.stream = %s ORDER BY series.asked_at DESC LIMIT 1
"""
# What a condition of a run came to.
VERDICT_WORDS = {
    conditions.PASS: "holds",
    conditions.FAIL: "fails",
    conditions.WARN: "warns",
    conditions.INCONCLUSIVE: "no value",
}


def probe_history(probe: Probe, limit: int = 25) -> list[Run]:
    """The last runs of a probe, newest first, with who asked for them; one query."""
    return list(probe.runs.order_by("-queued_at")[:limit])


def run_page(run: Run) -> dict[str, Any]:
    """Everything probes/_run.html shows of one run; no query if the probe came with it, but one while it waits.

    `facts` are pairs of a label and what came back.
    """
    request, response, kind = run.request, run.response, kinds.KINDS.get(run.kind)
    labels = kind.FACTS if kind else {}
    return {
        "run": run,
        "name": run.probe.name,
        "kind": kind.LABEL if kind else run.kind,
        "explanation": explained(run),
        "asked": f"{request.get('method', '')} {request.get('url', '')}".strip() or summary(run.kind, run.config),
        "expected": list(request.get("expected", [])) if not run.conditions else [],
        "conditions": [each | {"word": VERDICT_WORDS[each["verdict"]]} for each in run.conditions],
        "measured": f"{run.value} {run.unit}".strip(),
        "limit": limit_used(run),
        "facts": _zone_of(run) + [(label, value) for path, label in labels.items() if (value := _at(response, path))],
        "snippet": response.get("snippet", ""),
        "is_truncated": bool(response.get("is_truncated")),
    }


def limit_used(run: Run) -> str:
    """The limit of what it measured, in the unit of that."""
    return f"{run.limit} {run.unit}".strip() if run.limit else ""


def explained(run: Run) -> str:
    """What it came to, in words; of a run that has no result yet, what it waits for, which takes one query."""
    if run.explanation or not run.is_live:
        return run.explanation
    if run.state != State.QUEUED:
        return ASKED.sentence
    unserved = run.served_by if zones.is_unserved(run.served_by) else ""
    return wait_for(rest_of(run), unserved, timezone.now()).sentence


def probe_about(probe: Probe) -> dict[str, Any]:
    """What it asks, for pages: the name of its kind, what is asked, the seconds after which it gives up."""
    kind = kinds.KINDS.get(probe.kind)
    try:
        asked = probe.settings.asked_as_written()
    except (KeyError, ValueError):  # of a kind that this version cannot read
        asked = {}
    seconds = int(probe.config.get("timeout_ms", 0)) / 1000
    limits = {name: probe.config.get(name, 1) for name in ("failure_limit", "consecutive_successes")}
    where = f" from {probe.zone_id}" if probe.zone_id else ""
    about = {"kind": kind.LABEL if kind else probe.kind, "asked": " ".join(asked.values()) + where, "seconds": seconds}
    return about | limits


def tried(found_by: str, person: UUID) -> dict[str, Any]:
    """What a try came to, for whoever tried; of another person's, or one that is forgotten, that it is.

    is_asking with `waited` seconds, is_forgotten, or what the worker noted.
    """
    order = notes.noted(f"try:{found_by}")
    if order is None or order["person"] != str(person):
        return {"is_forgotten": True}
    if "verdict" not in order:
        waited = max(0, int(time.time()) - order["at"])
        return {"is_asking": True, "waited": waited, "is_late": waited > LATE}
    return order


def zone_for(team_id: UUID, kind: str, queue: str) -> Zone | None:
    """The zone of that queue, None for an empty one; refuses one that the team may not use, and any for what stays."""
    if not queue:
        return None
    zone = Zone.objects.of_team(team_id).filter(pk=queue).first()
    if zone is None:
        raise Refusal("The team may not use this zone. An administrator lets it, on the page of zones.")
    if kind == COMMAND or kind in kinds.PASSIVE:
        raise Refusal("This kind of probe goes nowhere, so it has no zone. Leave the zone empty.")
    return zone


def choices_of_zones(team_id: UUID, kind: str, probe: Probe | None) -> list[tuple[str, str]]:
    """The zones that a probe of that kind may ask from, as queue and name, and the one that it is in."""
    if kind == COMMAND or kind in kinds.PASSIVE:
        return []
    found = Zone.objects.of_team(team_id)
    if probe and probe.zone_id:
        found |= Zone.objects.filter(pk=probe.zone_id)
    named = found.order_by("name_folded").values_list("queue", "name")
    return [(queue, f"{name} ({queue})") for queue, name in named]  # two names may look alike, and no two queues


def policy_in(queue: str | None) -> Policy:
    """Where probes of a zone may go now, or those of this Keyturn itself."""
    terms = zones.terms_of([queue]) if queue else {}
    return egress.policy_for(terms[queue].policy if queue in terms else None)


def stored_config(kind: str, config: Mapping[str, Any], zone: str | None = None) -> dict[str, Any]:
    """The settings as they are stored; refuses what the kind cannot read or the policy never lets out.

    zone: the queue of the zone that asks, where that is not this Keyturn itself.
    """
    try:
        parsed = kinds.kind_of(kind).parse(config)
        parsed.require_patterns()
    except ValueError as error:
        raise Refusal(str(error)) from error
    if refusal := parsed.refusal(policy_in(zone)):
        raise Refusal(refusal)
    return dict(parsed.as_json())


def secret_for(team_id: UUID, kind: str, stored: Mapping[str, Any]) -> Secret | None:
    """The secret that settings name; refuses one that the team has not, or that may not go where they lead."""
    parsed = kinds.kind_of(kind).parse(stored)
    if not parsed.secret_name:
        return None
    secret = Secret.objects.called(team_id, parsed.secret_name).first()
    if secret is None:
        raise Refusal(f"The team has no secret called “{parsed.secret_name}”. An admin of the team sets it.")
    if refusal := secret.refusal((parsed.destination, parsed.proven_by), parsed.vouched_by):
        raise Refusal(refusal)
    return secret


def withheld(run: Run) -> str:
    """Why a run is not asked although it was ordered: nobody approves of it. Empty for kinds that need no approval."""
    approving = _approving(run.kind)
    if not approving:
        return ""
    if not settings.KEYTURN_COMMANDS:
        return NO_COMMANDS
    try:
        digest = str(kinds.KINDS[run.kind].parse(run.config).as_json().get("digest", ""))
    except ValueError:
        return "This version of Keyturn does not read the command as it was stored. Save the probe again."
    team = Probe.objects.values_list("team", flat=True).get(pk=run.probe_id)
    return next(filter(None, (model.refusal(team, digest) for model in approving)), "")


@cache
def _approving(kind: str) -> list[type[Approvable]]:
    return [model for model in apps.get_models() if issubclass(model, Approvable) and kind == model.KIND]


def summary(kind: str, config: dict[str, Any]) -> str:
    """What is asked and expected, in one line; empty where it is of a kind that this version cannot read."""
    try:
        return kinds.KINDS[kind].parse(config).summary()
    except (KeyError, ValueError):
        return ""


@dataclass(frozen=True)
class Progress:
    """How far a series is: 12 of 40 runs have ended, of which some passed; what waits can still be cancelled."""

    ended: int
    size: int
    passed: int
    waiting: int

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is still to come."""
        return self.ended == self.size


def progress(series: Series) -> Progress:
    """How far a series is; one query."""
    [found] = _counted(Series.objects.filter(pk=series.pk))
    return _progress(found)


def series_under_way(stream: str) -> list[tuple[Series, Progress]]:
    """The series of a stream of which something is still to come, the newest first and at most MOST_SERIES; one query.

    Each with how far it is.
    """
    live = Run.objects.live().filter(stream=stream).values("series")
    found = _counted(Series.objects.filter(pk__in=live)).order_by("-asked_at")[:MOST_SERIES]
    return [(series, _progress(series)) for series in found]


def cancelled_series(stream: str) -> tuple[Series, int] | None:
    """The newest series of a stream and how many of its runs were called off; None if none was. One query."""
    for newest, called_off in instances(CALLED_OFF, State.CANCELLED, stream, series=Series):
        return (newest, called_off) if called_off else None
    return None


def _counted(found: "QuerySet[Series]") -> "QuerySet[Any]":
    """Series with how many of their runs ended, passed and wait."""
    states = {"ended": TERMINAL, "passed": [State.PASSED], "waiting": [State.QUEUED]}
    return found.annotate(**{name: Count("runs", filter=Q(runs__state__in=which)) for name, which in states.items()})


def _progress(series: Any) -> Progress:
    return Progress(series.ended, series.size, series.passed, series.waiting)


def rest_of(run: Run) -> Rest | None:
    """How its target stands that gives no answer; None where it answers, or nobody knows. One query."""
    tries = Run.objects.filter(state=State.RUNNING, probe__breaker=OuterRef("pk"))
    failing = Breaker.objects.filter(probes__runs=run, failures__gte=FAILURES, rests_until__isnull=False)
    found = failing.annotate(is_tried=Exists(tries)).first()
    if found is None or found.rests_until is None:
        return None
    return Rest(found.target, found.failures, found.rests_until, found.is_tried)


def _zone_of(run: Run) -> list[tuple[str, str]]:
    """Where it was asked from, and by which version of that."""
    if not run.zone_id:
        return []
    version = run.request.get("zone_version")
    return [("Zone", f"{run.zone_id}, version {version}" if version else run.zone_id)]


def _at(response: dict[str, Any], path: str) -> str:
    """The value at a dotted path, as text; empty without one."""
    value: Any = response
    for name in path.split("."):
        value = value.get(name, "") if isinstance(value, dict) else ""
    return str(value)
