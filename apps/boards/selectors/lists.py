"""Deployments as a list: found, filtered, sorted, in pages."""

from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Case, Count, F, Q, QuerySet, When
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.core.lists import by, filtered_page
from apps.core.statements import Folded, fetched, one_of
from apps.deployments import permissions
from apps.deployments.models import Deployment
from apps.deployments.selectors.readiness import Members, members
from apps.deployments.states import ACTIVE, OVER, Outcome, State

from .board import with_probe_versions
from .listed import ListedDeployment
from .rendered import board_at

PER_CHOICE = 25
IS_ACTIVE = Q(state__in=ACTIVE)
SHOWS = {
    "all": ("All", Q()),
    "active": ("Active", IS_ACTIVE),
    **{state.value: (state.label, Q(state=state)) for state in State if state not in OVER},
    **{outcome.value: (outcome.label, Q(outcome=outcome)) for outcome in Outcome},
}
NEWEST = F("number").desc()
SORTS = {
    "newest": ("Newest first", by(NEWEST)),
    "window": ("By window", by(F("window_start").asc(nulls_last=True), NEWEST)),
    "service": ("By service", by(Folded("service").asc(), Folded("version").asc(), NEWEST)),
}

# What a list reads of each deployment; all else that its row shows is cached with its board.
LISTED = ("pk", "probe_versions", "created_by_name")
LENGTHS = "SELECT name, length FROM ledger_stream WHERE name {among}"
COUNTS = "SELECT state, outcome, COUNT(*) FROM deployments_deployment WHERE team_id = %s GROUP BY state, outcome"


def deployments_page(team: Team, viewer: User, *, show: str, sort: str, find: str, page: str) -> dict[str, Any]:
    """Everything templates/boards/list.html needs: six queries, and at most four per board not read yet."""
    found = _found(team.deployments.all(), find)
    total = counts(team)
    count = counted(found) if find else total
    rows = with_probe_versions(found).values_list(*LISTED)
    asked = {"q": find, "show": show, "sort": sort, "page": page}
    context = filtered_page(rows, SORTS, SHOWS, count=count, total=total["all"], **asked)
    return context | {
        "team": team,
        "rows": listed(context["page"], members(team)),
        "may_create": permissions.create_deployment(viewer, team),
    }


def choose_page(team: Team, known: Deployment | None, *, is_after: bool, find: str, page: str) -> dict[str, Any]:
    """The deployments that `known` can be compared with, those of its checklist first; of None, the newer of two."""
    found = _found(team.deployments.all(), find).select_related("template_version")
    order: list[Any] = [NEWEST]
    if known:
        found = found.exclude(pk=known.pk)
        same = When(template_version__template=known.template_version.template_id, then=0)
        order = [Case(same, default=1), NEWEST]
    pages = Paginator(found.order_by(*order), PER_CHOICE).get_page(page)
    asked = {"to" if is_after else "from": known.number} if known else {}
    return {
        "team": team,
        "known": known,
        "asked": asked,
        "page": pages,
        "choices": [_choice(team, each, asked, "from" if known and is_after else "to") for each in pages],
        "find": find,
        "unsearched": f"?{urlencode(asked)}",
        "total": team.deployments.count() - bool(known),
    }


def _choice(team: Team, deployment: Deployment, asked: dict[str, int], place: str) -> dict[str, Any]:
    deployment.team = team
    numbers = {**asked, place: deployment.number}
    query = urlencode([(name, numbers[name]) for name in ("from", "to") if name in numbers])
    state = deployment.get_outcome_display() or deployment.get_state_display()
    return {"deployment": deployment, "state": state, "url": f"?{query}"}


def listed(found: Iterable[tuple[UUID, int, str]], people: Members) -> list[ListedDeployment]:
    """The deployments whose `LISTED` were found, with their boards; one query, and four for each not read yet."""
    rows, now = {f"deployment/{row[0]}": row for row in found}, timezone.now()
    among, names = one_of(rows)
    lengths = dict(fetched(LENGTHS.format(among=among), names)) if rows else {}
    return [
        ListedDeployment(board_at(pk, (lengths.get(name, 0), probe_versions, people)), creator, now)
        for name, (pk, probe_versions, creator) in rows.items()
    ]


def counts(team: Team) -> Counter[str]:
    """How many deployments each filter shows."""
    return _by_filter(fetched(COUNTS, team.pk))


def counted(deployments: QuerySet[Deployment]) -> Counter[str]:
    """The same of those that a search found."""
    return _by_filter(deployments.order_by().values_list("state", "outcome").annotate(Count("pk")))


def _by_filter(rows: Iterable[Any]) -> Counter[str]:
    found: Counter[str] = Counter()
    for state, outcome, count in rows:
        for name in ("all", "active" if state in ACTIVE else "", state, outcome):
            found[name] += count
    return found


def _found(deployments: QuerySet[Deployment], find: str) -> QuerySet[Deployment]:
    """Those in which every word of `find` occurs; PAY-3 finds by number."""
    for word in find.split():
        digits = word.rsplit("-", 1)[-1]
        match = Q(service__holds=word) | Q(version__holds=word) | Q(environment__holds=word)
        is_number = digits.isascii() and digits.isdecimal() and len(digits) < 9
        deployments = deployments.filter(match | Q(number=int(digits)) if is_number else match)
    return deployments
