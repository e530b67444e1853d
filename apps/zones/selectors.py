"""Questions about zones: what they open, for whom, and under which version."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID

from apps.accounts.models import User

from .models import Widening, Zone
from .rules import Policy, opened


def administrators() -> int:
    """How many administrators are here."""
    return User.objects.filter(is_admin=True, is_active=True).count()


def opens(widening: Widening) -> str:
    """What it opens, in words."""
    if widening.team:
        return f"to the team {widening.team.name}"
    return ", ".join(opened(entry) for entry in widening.allow.split())


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
