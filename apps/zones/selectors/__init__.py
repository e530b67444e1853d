"""Questions about zones: what they open, for whom, and under which version."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from apps.accounts.models import Team, User
from apps.core.lists import Sorts, named_page
from apps.core.shown import fingerprint
from apps.core.statements import Folded, fetched
from apps.live import notes
from apps.zones import permissions
from apps.zones.models import Widening, Zone
from apps.zones.rules import STANDARD_PORTS, WORKERS, Policy, Worker, command_of, opened

SORTS: Sorts = {
    "name": ("Name", lambda zones: zones.order_by("name_folded")),
    "newest": ("Newest", lambda zones: zones.order_by("-created_at", "queue")),
}
MOST_WIDENINGS = 200
NAMES = """
SELECT z.queue, z.name, w.id IS NOT NULL FROM zones_zone z LEFT JOIN zones_widening w
ON w.zone_id = z.queue AND w.team_id = %s AND w.confirmed_at IS NOT NULL AND w.ended_at IS NULL
WHERE w.id IS NOT NULL OR %s ORDER BY z.name_folded
"""
OWN_WORK = (
    ("probes", "asks from this Keyturn’s own network"),
    ("records", "files audit records"),
    ("keyturn", "looks after what was lost"),
    ("commands", "runs approved commands"),
)


def administrators() -> int:
    """How many administrators are here."""
    return User.objects.filter(is_admin=True, is_active=True).count()


def opens(widening: Widening) -> str:
    """What it opens, in words."""
    if widening.team:
        return f"to the team {widening.team.name}"
    return ", ".join(opened(entry) for entry in widening.allow.split())


def workers(now: float) -> list[Worker] | None:
    """Every worker that was seen since yesterday, by its name; None while the broker is away, and nobody knows."""
    found = notes.noted_among(WORKERS)
    if found is None:
        return None
    known = [Worker.noted(name, found[name]) for name in sorted(found)]
    return [each for each in known if each and not each.is_gone(now)]


def is_unserved(queue: str) -> bool:
    """Whether no worker serves a queue now; not where nobody knows."""
    found = serving([queue])
    return found is not None and not found[queue].alive


def serving(queues: Collection[str]) -> dict[str, SimpleNamespace] | None:
    """Who serves some queues, by queue, as `_service` says it; None while the broker is away, and nobody knows."""
    now = time.time()
    known = workers(now)
    return None if known is None else {queue: _service(queue, "", known, now) for queue in queues}


@dataclass(frozen=True)
class Terms:
    """How a zone stands: its version, where its probes may go, and which teams may use it."""

    name: str
    version: int
    policy: Policy
    teams: frozenset[UUID]


def terms_of(queues: Collection[str]) -> dict[str, Terms]:
    """The terms of some zones as they are now, by their queues; two queries at most."""
    if not queues:
        return {}
    found = {zone.pk: zone for zone in Zone.objects.filter(pk__in=queues)}
    rows = Widening.objects.in_effect().filter(zone__in=found).values_list("zone", "allow", "team")
    listed: dict[str, list[str]] = {queue: [] for queue in found}
    teams: dict[str, set[UUID]] = {queue: set() for queue in found}
    for queue, allow, team in rows:
        if team:
            teams[queue].add(team)
        else:
            listed[queue].append(allow)
    return {
        queue: Terms(zone.name, zone.version, _policy(zone, listed[queue]), frozenset(teams[queue]))
        for queue, zone in found.items()
    }


def _policy(zone: Zone, listed: Collection[str]) -> Policy:
    return replace(Policy.parse(" ".join(listed)), opened_in=f"the zone “{zone.name}”")


def names_of(team: UUID, viewer: User) -> dict[str, tuple[str, bool]]:
    """The zones that a team may use, by queue: what each is called, and True.

    An administrator gets all the others too, with False. One query.
    """
    rows = fetched(NAMES, team, viewer.is_admin and viewer.is_active)
    return {queue: (name, bool(granted)) for queue, name, granted in rows}


def zones_page(viewer: User, **asked: Any) -> dict[str, Any]:
    """The zones that somebody sees, with the workers of each, and the workers of Keyturn's own queues.

    asked: as `named_page` takes it, sort is name or newest.
    """
    every = Zone.objects.visible_to(viewer)
    listed = named_page(every, SORTS, **asked)
    now = time.time()
    known = workers(now)
    listed["page"].object_list = _rows(list(listed["page"]), viewer, known, now)
    return listed | {
        "waiting": Widening.objects.proposed().filter(zone__in=every).count(),
        "own": [
            _service(name, does, known, now)
            for name, does in OWN_WORK
            if name != "commands" or settings.KEYTURN_COMMANDS
        ],
        "knows_workers": known is not None,
        "may_create": permissions.create_zone(viewer),
    }


def zone_page(zone: Zone, viewer: User) -> dict[str, Any]:
    """One zone: what it opens, to whom, what waits for a second person, who asks there, and what the viewer may do."""
    now = time.time()
    known = workers(now)
    seen = zone.widenings.filter(_named_to(viewer)).select_related("zone", "team")
    every = list(seen.order_by("-proposed_at")[:MOST_WIDENINGS])
    are = administrators()
    lines = [_line(each, viewer, are) for each in every]
    taken = [each.team_id for each in every if each.team_id and not each.ended_at]
    return {
        "zone": zone,
        "proposed": [line for line in lines if not line.widening.confirmed_at and not line.widening.ended_at],
        "networks": [line for line in lines if line.holds and line.widening.allow],
        "teams": [line for line in lines if line.holds and line.widening.team],
        "past": [line for line in lines if line.widening.ended_at],
        "ports": sorted(STANDARD_PORTS),
        "service": _service(zone.pk, "", known, now),
        "knows_workers": known is not None,
        "command": command_of(zone.pk),
        "other_teams": list(Team.objects.exclude(pk__in=taken).order_by(Folded("name"))) if viewer.is_admin else [],
        "is_lone": are == 1,
        "may": permissions.edit_zone(viewer),
    }


def _named_to(viewer: User) -> Q:
    """Which widenings a page may name to somebody: networks, and teams that are theirs; to administrators all."""
    return Q() if viewer.is_admin else Q(team=None) | Q(team__in=[*viewer.roles_by_team])


def _rows(zones: Sequence[Zone], viewer: User, known: list[Worker] | None, now: float) -> list[SimpleNamespace]:
    """Zones as the list shows them: what each opens, to which teams, and who serves it; one query."""
    shown = Widening.objects.in_effect().filter(_named_to(viewer), zone__in=[zone.pk for zone in zones])
    by_zone: dict[str, list[Widening]] = {zone.pk: [] for zone in zones}
    for widening in shown.select_related("team").order_by("since"):
        by_zone[widening.zone_id].append(widening)
    return [
        SimpleNamespace(
            zone=zone,
            opens=[opened(entry) for each in by_zone[zone.pk] for entry in each.allow.split()],
            teams=[each.team for each in by_zone[zone.pk] if each.team],
            service=_service(zone.pk, "", known, now),
        )
        for zone in zones
    ]


def _service(queue: str, does: str, known: list[Worker] | None, now: float) -> SimpleNamespace:
    """Who serves a queue: its workers, how many of them are alive, at how much of what they could do."""
    serving = [each for each in known or () if each.serves(queue)]
    alive = [each for each in serving if each.is_alive(now)]
    return SimpleNamespace(
        queue=queue,
        does=does,
        workers=[SimpleNamespace(worker=each, is_alive=each in alive, seen_at=_moment(each.seen)) for each in serving],
        alive=len(alive),
        busy=sum(each.busy for each in alive),
        size=sum(each.size for each in alive),
        last_seen=max((_moment(each.seen) for each in serving), default=None),
        command=command_of(queue),
    )


def _line(widening: Widening, viewer: User, are: int) -> SimpleNamespace:
    return SimpleNamespace(
        widening=widening,
        entries=[opened(entry) for entry in widening.allow.split()],
        holds=bool(widening.confirmed_at and not widening.ended_at),
        basis=fingerprint(widening.standing),
        confirm=permissions.confirm_widening(viewer, widening, administrators=are),
        end=permissions.end_widening(viewer, widening),
    )


def _moment(seen: float) -> datetime:
    return datetime.fromtimestamp(seen, UTC)
