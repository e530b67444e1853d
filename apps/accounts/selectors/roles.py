"""What people are in a team."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from apps.accounts.models import Grant, Membership
from apps.accounts.roles import granted_beside


def roles_in(team: UUID, people: Iterable[UUID]) -> dict[UUID, frozenset[str]]:
    """What some people are in a team; those who are not in it are left out."""
    granted: dict[UUID, set[str]] = defaultdict(set)
    for person, role in Grant.objects.held().filter(team=team, person__in=people).values_list("person", "role"):
        granted[person].add(role)
    found = Membership.objects.filter(team=team, user__in=people).values_list("user", "role")
    return {person: granted_beside(base, granted[person]) for person, base in found}
