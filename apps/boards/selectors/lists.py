"""Deployments as a list: found, filtered, sorted, in pages."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, F, Q, QuerySet

from apps.accounts.models import Team, User
from apps.deployments import permissions
from apps.deployments.models import Deployment
from apps.deployments.selectors.readiness import members
from apps.deployments.states import ACTIVE, OVER, Outcome, State

from .board import with_probe_versions
from .listed import listed

PER_PAGE = 100
IS_ACTIVE = Q(state__in=ACTIVE)
SHOWS = {
    "all": ("All", Q()),
    "active": ("Active", IS_ACTIVE),
    **{state.value: (state.label, Q(state=state)) for state in State if state not in OVER},
    **{outcome.value: (outcome.label, Q(outcome=outcome)) for outcome in Outcome},
}
NEWEST = F("number").desc()
SORTS = {
    "newest": ("Newest first", (NEWEST,)),
    "window": ("By window", (F("window_start").asc(nulls_last=True), NEWEST)),
    "service": ("By service", (F("service").asc(), F("version").asc(), NEWEST)),
}

# What a row of a list shows; reading more of a hundred deployments takes longer than finding them.
SHOWN = (
    *("number", "service", "version", "environment", "window_start", "window_end", "state", "outcome", "closed_at"),
    *("team__slug", "created_by__full_name"),
)


def deployments_page(team: Team, viewer: User, *, show: str, sort: str, find: str, page: str) -> dict[str, Any]:
    """Everything templates/boards/list.html needs: six queries, and at most four per board not read yet."""
    show, sort = show if show in SHOWS else "all", sort if sort in SORTS else "newest"
    every = Deployment.objects.visible_to(viewer).filter(team=team)
    counts = every.aggregate(**{name: Count("pk", filter=fits) for name, (_, fits) in SHOWS.items()})
    found = _found(every, find)
    rows = found.filter(SHOWS[show][1]).order_by(*SORTS[sort][1])
    paginator = Paginator(with_probe_versions(rows).select_related("created_by").only(*SHOWN), PER_PAGE)
    if not find:
        paginator.count = counts[show]  # counted already, for the filters
    pages = paginator.get_page(page)
    return {
        "team": team,
        "page": pages,
        "lines": listed(list(pages), members(team)),
        "shows": [{"name": n, "label": label, "count": counts[n]} for n, (label, _) in SHOWS.items()],
        "show": show,
        "show_label": SHOWS[show][0] if show != "all" else "",
        "sort": sort,
        "sorts": [(name, label) for name, (label, _) in SORTS.items()],
        "sort_label": SORTS[sort][0],
        "find": find,
        "total": counts["all"],
        "elsewhere": found.count() if not pages.paginator.count and counts["all"] else 0,
        "may_create": permissions.create_deployment(viewer, team),
    }


def _found(deployments: QuerySet[Deployment], find: str) -> QuerySet[Deployment]:
    """Those in which every word of `find` occurs; PAY-3 finds by number."""
    for word in find.split():
        digits = word.rsplit("-", 1)[-1]
        match = Q(service__icontains=word) | Q(version__icontains=word) | Q(environment__icontains=word)
        is_number = digits.isascii() and digits.isdecimal() and len(digits) < 9
        deployments = deployments.filter(match | Q(number=int(digits)) if is_number else match)
    return deployments
