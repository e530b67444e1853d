"""Questions about zones: what they open, for whom, and under which version."""

import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID

from apps.accounts.models import User
from apps.live import notes

from .models import Widening, Zone
from .rules import WORKERS, Policy, Worker, command_of, opened


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
    known = [Worker(name, tuple(one.pop("queues")), **one) for name, one in sorted(found.items())]
    return [each for each in known if not each.is_gone(now)]


def unserved(queue: str) -> str:
    """That no worker serves a queue now, with how to start one; empty where one does, or nobody knows."""
    now = time.time()
    known = workers(now)
    if known is None or any(each.serves(queue) and each.is_alive(now) for each in known):
        return ""
    return f"No worker serves the zone {queue}. Start one in its network: {command_of(queue)}"


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
