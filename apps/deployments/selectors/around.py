"""What stands around a deployment and is none of its own: a newer version of its checklist, reviews of the same."""

from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet, Value

from apps.core.statements import Folded
from apps.core.wording import folded
from apps.deployments.models import Deployment
from apps.deployments.states import State

from .upgrades import versions_of

SAME = ("service", "version", "environment")
VERSION, DOUBLE = 1, 2


class Around(NamedTuple):
    """Numbers of what stands around a deployment.

    newer: of the version that it runs on and of the newest published one, None if that is the same. doubles: of the
    team's other deployments in review for the same service, version and environment, in whatever case.
    """

    newer: tuple[int, int] | None = None
    doubles: tuple[int, ...] = ()


def around(deployment: Deployment) -> Around:
    """What stands around it, in one query; nothing, and no query, once it is over."""
    if deployment.is_over:
        return Around()
    versions = versions_of(deployment).order_by().annotate(kind=Value(VERSION)).values_list("kind", "number")
    same = {name: getattr(deployment, name) for name in SAME}
    doubles = (
        in_review_already(deployment.team_id, **same)
        .exclude(pk=deployment.pk)
        .annotate(kind=Value(DOUBLE))
        .values_list("kind", "number")
    )
    found = sorted(versions.union(doubles, all=True))
    numbers = [number for kind, number in found if kind == VERSION]
    newer = (numbers[0], numbers[1]) if len(numbers) > 1 else None
    return Around(newer, tuple(number for kind, number in found if kind == DOUBLE))


def in_review_already(team: UUID, **same: str) -> QuerySet[Deployment]:
    """The team's deployments in review for the same service, version and environment, in whatever case."""
    texts: dict[str, Any] = {f"{name}_folded": Folded(name) for name in SAME}
    in_review = Deployment.objects.filter(team=team, state=State.IN_REVIEW).alias(**texts)
    return in_review.filter(**{f"{name}_folded": folded(same[name]) for name in SAME})
