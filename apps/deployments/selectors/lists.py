"""Deployments as a list, and what waits for one person."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q

from apps.accounts.models import Team, User
from apps.accounts.roles import Capability
from apps.deployments import permissions
from apps.deployments.models import Deployment, Sheet
from apps.deployments.states import Outcome, State

from .board import board_of, with_probe_versions
from .readiness import Member, roster, waits_for

PER_PAGE = 20
SHOWS = {
    "all": "All",
    "active": "Active",
    State.DRAFT.value: "Draft",
    State.IN_REVIEW.value: "In review",
    Outcome.COMPLETED.value: "Completed",
    Outcome.NOT_RELEASED.value: "Not released",
    Outcome.CANCELLED.value: "Cancelled",
}
SORTS = {
    "newest": ("-number",),
    "window": ("window_start", "-number"),
    "service": ("service", "version", "-number"),
}


def deployments_page(team: Team, viewer: User, *, show: str, sort: str, find: str, page: str) -> dict[str, Any]:
    """Everything templates/deployments/list.html needs."""
    show, sort = show if show in SHOWS else "all", sort if sort in SORTS else "newest"
    every = Deployment.objects.visible_to(viewer).filter(team=team)
    rows = _found(every, show=show, find=find).order_by(*SORTS[sort]).select_related("created_by")
    pages = Paginator(with_probe_versions(rows), PER_PAGE).get_page(page)
    people = roster(team)
    return {
        "team": team,
        "page": pages,
        "rows": [{"deployment": d, "board": board_of(d, people)} for d in pages],
        "shows": SHOWS,
        "show": show,
        "sort": sort,
        "sorts": {"newest": "Newest first", "window": "By window", "service": "By service"},
        "find": find,
        "total": every.count(),
        "may_create": permissions.create_deployment(viewer, team),
    }


def my_work_page(team: Team, viewer: User) -> dict[str, Any]:
    """What waits for one person in a team: her items, keys, waivers and sheets, by window."""
    people = roster(team)
    me = next((m for m in people if m.id == viewer.id), Member(viewer.id, viewer.full_name, "auditor"))
    open_ones = Deployment.objects.visible_to(viewer).filter(team=team, state=State.IN_REVIEW)
    tasks: list[dict[str, Any]] = []
    for deployment in with_probe_versions(open_ones).order_by("window_start", "number"):
        board = board_of(deployment, people)
        waiting = [d for d in board.drawn if d.blocker and waits_for(d.row, me)]
        tasks += [{"deployment": deployment, "row": d.row, "blocker": d.blocker} for d in waiting]
        tasks += _sheet_task(deployment, viewer)
    return {
        "team": team,
        "tasks": tasks,
        "may_create": permissions.create_deployment(viewer, team),
        "is_reader": not viewer.may(Capability.EDIT, team.id),
        "has_deployments": Deployment.objects.filter(team=team).exists(),
        "has_reviewers": sum(1 for m in people if m.may(Capability.REVIEW)) > 1,
    }


def _sheet_task(deployment: Deployment, viewer: User) -> list[dict[str, Any]]:
    sheet = (
        Sheet.objects.filter(deployment=deployment)
        .select_related("sign_off")
        .prefetch_related("sign_off__signatures", "sign_off__contributions")
        .first()
    )
    if sheet is None:
        return []
    sheet.deployment = deployment
    return [{"deployment": deployment, "sheet": sheet}] if permissions.verify_sheet(viewer, sheet) else []


def _found(rows: Any, *, show: str, find: str) -> Any:
    if show == "active":
        rows = rows.exclude(state=State.CLOSED)
    elif show in State.values:
        rows = rows.filter(state=show)
    elif show in Outcome.values:
        rows = rows.filter(outcome=show)
    for word in find.split():
        digits = word.rsplit("-", 1)[-1]
        match = Q(service__icontains=word) | Q(version__icontains=word) | Q(environment__icontains=word)
        rows = rows.filter(match | Q(number=int(digits)) if digits.isdecimal() and len(digits) < 9 else match)
    return rows
