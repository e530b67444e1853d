"""Who asks the probes of a deployment, zone by zone, and which of their targets rest."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any, NamedTuple
from uuid import UUID

from apps.accounts.models import User
from apps.core.statements import as_moment
from apps.probes.kinds import PASSIVE
from apps.probes.states import ASKED, COMMAND, COMMANDS, Rest, State, Wait, wait_for
from apps.zones import selectors as zones
from apps.zones.rules import PROBES

NAMES = {PROBES: "This Keyturn", COMMANDS: "Commands"}
# What the page asks of each probe besides: from where, and how its target stands.
COLUMNS = """
p.zone_id, b.target, b.failures, b.rests_until, b.id IS NOT NULL AND EXISTS (
  SELECT 1 FROM probes_run t JOIN probes_probe q ON q.id = t.probe_id WHERE q.breaker_id = b.id AND t.state = 'running')
"""
JOIN = "LEFT JOIN probes_breaker b ON b.id = p.breaker_id AND b.failures >= %s AND b.rests_until IS NOT NULL"


class Asked(NamedTuple):
    """Whose workers ask a probe, empty where nobody does; how its target stands, and the state of its newest run."""

    queue: str
    rest: Rest | None
    state: str | None


# Who serves each queue, as `zones.serving` says it; None while nobody knows.
Serving = Mapping[str, SimpleNamespace] | None


def asked(
    kind: str, state: str | None, zone: str | None, target: str | None, failures: int, until: Any, is_tried: Any
) -> Asked:
    """A probe by its kind, the state of its newest run, and what COLUMNS say of it."""
    queue = "" if kind in PASSIVE else COMMANDS if kind == COMMAND else zone or PROBES
    return Asked(queue, Rest(target, failures, as_moment(until), bool(is_tried)) if target else None, state)


def wait_of(one: Asked, serving: Serving, now: datetime) -> Wait | None:
    """Why its newest run has no result yet; None where it has one."""
    if one.state == State.RUNNING:
        return ASKED
    if one.state != State.QUEUED:
        return None
    return wait_for(one.rest, one.queue if is_unserved(one.queue, serving) else "", now)


def is_unserved(queue: str, serving: Serving) -> bool:
    """Whether no worker serves a queue now; not where nobody knows."""
    return bool(serving and queue in serving and not serving[queue].alive)


def places_of(every: Collection[Asked], team: UUID, viewer: User) -> list[dict[str, Any]]:
    """The networks that probes ask from: this Keyturn, the zones that the team may use, and those that probes are in.

    Each with what is asked there and what waits. A zone that the viewer does not see is called by its queue, as its
    probes are. One query.
    """
    used = {one.queue for one in every if one.queue}
    own = [queue for queue in NAMES if queue in used or queue == PROBES]
    known = zones.names_of(team, viewer)
    named = {queue: name for queue, (name, is_granted) in known.items() if is_granted or queue in used}
    hidden = sorted(used - {*own} - named.keys())
    running, waiting = (
        Counter(one.queue for one in every if one.state == state) for state in (State.RUNNING, State.QUEUED)
    )
    return [
        {
            "queue": queue,
            "name": NAMES.get(queue) or named.get(queue, queue),
            "is_linked": queue in named,
            "is_hidden": queue in hidden,
            "asks": running[queue],
            "waits": waiting[queue],
        }
        for queue in (*own, *named, *hidden)
    ]


def resting_among(every: Sequence[Asked], now: datetime) -> list[dict[str, Any]]:
    """The targets that gave no answer so often that they rest, how each stands, and how many runs wait for it."""
    found = {one.rest: 0 for one in every if one.rest}
    for one in every:
        if one.rest and one.state == State.QUEUED:
            found[one.rest] += 1
    ordered = sorted(found, key=lambda rest: rest.target)
    return [{"rest": rest, "is_over": rest.until <= now, "waits": found[rest]} for rest in ordered]
