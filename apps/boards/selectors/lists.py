"""Deployments as a list, and what waits for one person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.accounts.roles import Capability
from apps.deployments import permissions
from apps.deployments.models import Deployment, Sheet
from apps.deployments.selectors.readiness import Member, Roster, name_of, roster, waits_for
from apps.deployments.selectors.rows import Row
from apps.deployments.states import Outcome, State
from apps.signoff.rules import ordinal

from .board import with_probe_versions
from .standing import Line, is_late, lines
from .starting import published

PER_PAGE = 20
ACTIVE = Q(state__in=[State.DRAFT, State.IN_REVIEW])
SHOWS = {
    "all": ("All", Q()),
    "active": ("Active", ACTIVE),
    State.DRAFT.value: ("Draft", Q(state=State.DRAFT)),
    State.IN_REVIEW.value: ("In review", Q(state=State.IN_REVIEW)),
    Outcome.COMPLETED.value: ("Completed", Q(outcome=Outcome.COMPLETED)),
    Outcome.NOT_RELEASED.value: ("Not released", Q(outcome=Outcome.NOT_RELEASED)),
    Outcome.CANCELLED.value: ("Cancelled", Q(outcome=Outcome.CANCELLED)),
}
NEWEST = F("number").desc()
SORTS = {
    "newest": ("Newest first", (NEWEST,)),
    "window": ("By window", (F("window_start").asc(nulls_last=True), NEWEST)),
    "service": ("By service", (F("service").asc(), F("version").asc(), NEWEST)),
}


@dataclass(frozen=True)
class Task:
    """One thing that waits for a person: what, why it is hers, and the one thing to do."""

    deployment: Deployment
    title: str
    why: str
    url: str
    action: str
    is_late: bool


def deployments_page(team: Team, viewer: User, *, show: str, sort: str, find: str, page: str) -> dict[str, Any]:
    """Everything templates/boards/list.html needs: six queries, and at most four per standing not kept yet."""
    show, sort = show if show in SHOWS else "all", sort if sort in SORTS else "newest"
    every = Deployment.objects.visible_to(viewer).filter(team=team)
    counts = every.aggregate(**{name: Count("pk", filter=fits) for name, (_, fits) in SHOWS.items()})
    found = _found(every, find)
    rows = found.filter(SHOWS[show][1]).order_by(*SORTS[sort][1])
    pages = Paginator(with_probe_versions(rows).select_related("created_by", "rollback_plan"), PER_PAGE).get_page(page)
    return {
        "team": team,
        "page": pages,
        "lines": lines(list(pages), roster(team)),
        "shows": [{"name": n, "label": label, "count": counts[n]} for n, (label, _) in SHOWS.items()],
        "show": show,
        "show_label": SHOWS[show][0],
        "sort": sort,
        "sorts": [(name, label) for name, (label, _) in SORTS.items()],
        "sort_label": SORTS[sort][0],
        "find": find,
        "total": counts["all"],
        "elsewhere": found.count() if not pages.paginator.count and counts["all"] else 0,
        "may_create": permissions.create_deployment(viewer, team),
    }


def my_work_page(team: Team, viewer: User) -> dict[str, Any]:
    """What waits for one person in a team: her items, keys, waivers, plans and sheets, by window."""
    people = roster(team)
    now = timezone.now()
    every = Deployment.objects.visible_to(viewer).filter(team=team)
    active = (
        with_probe_versions(every.filter(ACTIVE))
        .select_related("created_by", "rollback_plan")
        .order_by(*SORTS["window"][1])
    )
    found = lines(list(active), people)
    tasks = _tasks(found, viewer, people, now) if viewer.may(Capability.EDIT, team.id) else []
    return {
        "team": team,
        "tasks": tasks,
        "late": sum(1 for task in tasks if task.is_late),
        "next": next((line for line in found if _opens_later(line, now)), None),
        "lines": found[:PER_PAGE],
        "active": len(found),
        "total": every.count(),
        "may_create": permissions.create_deployment(viewer, team),
        "may_invite": viewer.may(Capability.MANAGE, team.id),
        "has_template": published(team).exists(),
        "has_reviewers": sum(1 for member in people if member.may(Capability.REVIEW)) > 1,
    }


def _found(deployments: QuerySet[Deployment], find: str) -> QuerySet[Deployment]:
    """Those in which every word of `find` occurs; PAY-3 finds by number."""
    for word in find.split():
        digits = word.rsplit("-", 1)[-1]
        match = Q(service__icontains=word) | Q(version__icontains=word) | Q(environment__icontains=word)
        is_number = digits.isascii() and digits.isdecimal() and len(digits) < 9
        deployments = deployments.filter(match | Q(number=int(digits)) if is_number else match)
    return deployments


def _tasks(found: list[Line], viewer: User, people: Roster, now: datetime) -> list[Task]:
    me = next((m for m in people if m.id == viewer.id), Member(viewer.id, viewer.full_name, "auditor"))
    sheets = _sheets([line.deployment for line in found])
    tasks = []
    for line in found:
        late = is_late(line.deployment, now)
        mine = [row for row, _ in line.standing.open if waits_for(row, me)] if _in_review(line) else []
        told = [
            *_own_tasks(line, viewer),
            *_sheet_tasks(line, viewer, sheets.get(line.deployment.pk)),
            *(_item_task(line, row, people) for row in mine),
        ]
        tasks += [Task(line.deployment, *words, is_late=late) for words in told]
    return tasks


Words = tuple[str, str, str, str]


def _item_task(line: Line, row: Row, people: Roster) -> Words:
    """Title, why, address and action for an item that waits for somebody."""
    url = _url(line, "item", row.number)
    if row.facts.waiver_asked:
        asked_by = name_of(row.waiver_requested_by, people) or "somebody who left the team"
        return row.title, f"Waiver asked for by {asked_by}", f"{url}#waive", "Decide waiver"
    if row.facts.probe not in ("", "passed"):
        return row.title, row.reason, f"{url}#probe", "See the probe"
    if row.signed:
        nth = ordinal(len(row.signed) + 1)
        why = f"{nth.capitalize()} key after {row.signed[-1].name}"
        return row.title, why, f"{url}#sign", f"Turn {nth} key"
    if row.facts.rejected_why or row.facts.fell_why:
        return row.title, row.reason, url, "Look again"
    return row.title, "Assigned to you, no key turned yet", f"{url}#sign", "Turn first key"


def _own_tasks(line: Line, viewer: User) -> list[Words]:
    """What a deployment asks of whoever started it or owns its rollback plan."""
    deployment, plan = line.deployment, line.deployment.rollback_plan
    is_mine = deployment.created_by_id == viewer.id
    if deployment.state == State.DRAFT and is_mine:
        why = "A draft of yours; keys can be turned once its review is open"
        return [("Open the review", why, _url(line, "board"), "Open board")]
    if plan.missing and (plan.owner_id == viewer.id or (is_mine and plan.owner_id is None)):
        why = f"Still needs {', '.join(plan.missing)}"
        return [("Rollback plan", why, _url(line, "fill_in_rollback_plan"), "Complete plan")]
    return []


def _sheet_tasks(line: Line, viewer: User, sheet: Sheet | None) -> list[Words]:
    if not _in_review(line):
        return []
    url = _url(line, "sheet")
    if sheet and sheet.sign_off.turned:
        sheet.deployment = line.deployment
        name = sheet.sign_off.turned[0].name
        words = ("Sign-off sheet", f"Second key after {name}", f"{url}#sign", "Verify sheet")
        return [words] if permissions.verify_sheet(viewer, sheet) else []
    if line.standing.is_go and line.deployment.created_by_id == viewer.id:
        return [("Sign-off sheet", "The verdict is GO; the sheet closes the deployment", url, "Complete sheet")]
    return []


def _sheets(deployments: list[Deployment]) -> dict[Any, Sheet]:
    found = Sheet.objects.filter(deployment__in=deployments).select_related("sign_off")
    return {
        sheet.deployment_id: sheet
        for sheet in found.prefetch_related("sign_off__signatures", "sign_off__contributions")
    }


def _opens_later(line: Line, now: datetime) -> bool:
    return line.deployment.window_start is not None and line.deployment.window_start > now


def _in_review(line: Line) -> bool:
    return line.deployment.state == State.IN_REVIEW


def _url(line: Line, name: str, *more: int) -> str:
    return reverse(f"deployments:{name}", args=[line.deployment.team.slug, line.deployment.number, *more])
