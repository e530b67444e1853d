"""My work: what waits for one person, most urgent first, in pages."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any, NamedTuple, assert_never
from uuid import UUID

from django.core.paginator import Paginator
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.accounts.roles import Capability
from apps.checklists import permissions as checklists
from apps.checklists.models import TemplateVersion
from apps.checklists.states import VersionState
from apps.core.wording import day
from apps.deployments import permissions
from apps.deployments.models import Deployment
from apps.deployments.rules import NextStep, next_step
from apps.deployments.selectors.readiness import Members, members, missing_of_plan, plan_owner
from apps.deployments.selectors.summaries import ItemSummary
from apps.deployments.states import MOVES, ItemState
from apps.sheets import permissions as sheet_permissions
from apps.sheets.models import Sheet
from apps.signoff.rules import ordinal

from .board import with_probe_versions
from .follow_ups import own_follow_ups
from .listed import is_late, task_html, url_of
from .lists import IS_ACTIVE, LISTED, SORTS, counts, listed
from .personal import personal
from .rendered import Board
from .rows import BoardRow
from .starting import published

PER_PAGE = 20


class Words(NamedTuple):
    """What a task says: what it is, why it is theirs, where, and the one thing to do there."""

    title: str
    why: str
    url: str
    action: str


# What waits for somebody, board by board in order; a task is put into words when it is shown.
Work = list[tuple[Board, Sequence[Words | BoardRow]]]


def my_work_page(team: Team, viewer: User, *, page: str = "") -> dict[str, Any]:
    """What waits for one person in a team: their items, keys, waivers, plans and sheets, by window; then templates."""
    now = timezone.now()
    people = members(team)
    rows = _active(team)
    active = listed((row[:3] for row in rows), people)
    boards = [line.board for line in active]
    sheets = _sheets([sheet for *_, sheet in rows if sheet])
    work = _work(boards, viewer, sheets) if viewer.may(Capability.EDIT, team.id) else []
    count = sum(len(waiting) for _, waiting in work)
    pages = Paginator(range(count), PER_PAGE).get_page(page)
    tasks = ((board, what) for board, waiting in work for what in waiting)
    return {
        "team": team,
        "page": pages,
        "tasks": [
            task_html(board.deployment, now, *(_item_words(board, what.item) if isinstance(what, BoardRow) else what))
            for board, what in islice(tasks, PER_PAGE * (pages.number - 1), PER_PAGE * pages.number)
        ],
        "to_publish": (to_publish := _to_publish(team, viewer)),
        "nobody": _nobody(boards) if viewer.may(Capability.MANAGE, team.id) else (),
        "own": (own := own_follow_ups(team, viewer)),
        "count": count + len(to_publish) + own["open"],
        "late": sum(len(waiting) for board, waiting in work if is_late(board.deployment, now)) + own["overdue"],
        "next": next((board.deployment for board in boards if _opens_later(board.deployment, now)), None),
        "lines": active[:PER_PAGE],
        "active": len(active),
        "total": (total := counts(team)["all"]),
        "may_create": permissions.create_deployment(viewer, team),
        "may_invite": viewer.may(Capability.MANAGE, team.id),
        **_first_steps(team, people, total),
    }


def _first_steps(team: Team, people: Members, total: int) -> dict[str, bool]:
    """What a team that has no deployment yet has already."""
    reviewers = sum(1 for member in people if member.may(Capability.REVIEW))
    return {"has_template": not total and published(team).exists(), "has_reviewers": reviewers > 1}


def _nobody(boards: list[Board]) -> list[tuple[Board, BoardRow]]:
    """Items in review that nobody of the team is left to verify, for whoever can give roles; by window."""
    rows = ((board, row) for board in boards if board.deployment.takes_keys for row in board.rows if row.nobody)
    return list(islice(rows, PER_PAGE))


def _active(team: Team) -> list[Any]:
    """What lists read of every active deployment, and its sheet; by window."""
    found = SORTS["window"][1](with_probe_versions(team.deployments.filter(IS_ACTIVE)))
    return list(found.values_list(*LISTED, "sheet"))


def _to_publish(team: Team, viewer: User) -> list[TemplateVersion]:
    """The versions of templates that somebody asks this person to publish."""
    if not viewer.may(Capability.PUBLISH, team.id):
        return []
    asked = TemplateVersion.objects.for_signing().filter(
        template__team=team, template__archived_at=None, state=VersionState.IN_REVIEW
    )
    return [version for version in asked.order_by("created_at") if checklists.publish_version(viewer, version)]


def _work(boards: list[Board], viewer: User, sheets: Mapping[UUID, Sheet]) -> Work:
    work: Work = []
    for board in boards:
        tasks = [*_own_tasks(board, viewer)]
        if board.deployment.takes_keys:
            tasks += _sheet_tasks(board, viewer, sheets.get(board.deployment.pk))
        rows = sorted(personal(board, viewer).waiting, key=lambda row: row.item.due_on or date.max)
        waiting: Sequence[Words | BoardRow] = (*tasks, *rows)
        if waiting:
            work.append((board, waiting))
    return work


def _item_words(board: Board, item: ItemSummary) -> Words:
    """What an item that waits for somebody asks for, and until when it is due."""
    words = _next_words(board, item)
    if item.due_on is None:
        return words
    due = f"Overdue since {day(item.due_on)}" if item.is_overdue else f"Due {day(item.due_on)}"
    return words._replace(why=f"{due}. {words.why}")


def _next_words(board: Board, item: ItemSummary) -> Words:
    url = f"{url_of(board.deployment)}items/{item.number}/"
    step = next_step(item.facts)
    match step:
        case NextStep.APPROVE_WAIVER:
            why = f"Waiver asked for by {item.waiver_requested_by_name}"
            return Words(item.title, why, f"{url}#waive", "Decide waiver")
        case NextStep.SEE_PROBE:
            return Words(item.title, item.reason, f"{url}#probe", "See the probe")
        case NextStep.BRING_PROOF:
            return Words(item.title, item.reason, f"{url}#evidence", "Attach proof")
        case NextStep.NEXT_KEY:
            nth = ordinal(len(item.signed) + 1)
            why = f"{nth.capitalize()} key after {item.signed[-1].name}"
            return Words(item.title, why, f"{url}#sign", f"Turn {nth} key")
        case NextStep.FIRST_KEY if item.state != ItemState.OPEN:
            return Words(item.title, item.reason, url, "Look again")
        case NextStep.FIRST_KEY | NextStep.NONE:
            return Words(item.title, "Assigned to you, no key turned yet", f"{url}#sign", "Turn first key")
        case _:
            assert_never(step)


def _own_tasks(board: Board, viewer: User) -> Iterator[Words]:
    """What a deployment asks of whoever started it or owns its rollback plan."""
    deployment, plan = board.deployment, board.deployment.rollback_plan
    is_mine = deployment.created_by_id == viewer.id
    if deployment.state in MOVES["open_review"][0] and is_mine:
        why = "A draft of yours; keys can be turned once its review is open"
        yield Words("Open the review", why, url_of(deployment), "Open board")
    elif (missing := missing_of_plan(deployment, board.people)) and (
        plan.owner_id == viewer.id or (is_mine and not plan_owner(deployment, board.people))
    ):
        yield Words(
            "Rollback plan",
            f"Still needs {', '.join(missing)}",
            url_of(deployment, "fill_in_rollback_plan"),
            "Complete plan",
        )


def _sheet_tasks(board: Board, viewer: User, sheet: Sheet | None) -> Iterator[Words]:
    url = url_of(board.deployment, "sheet")
    if sheet and sheet.sign_off.turned:
        sheet.deployment = board.deployment
        if sheet_permissions.verify_sheet(viewer, sheet):
            name = sheet.sign_off.turned[0].name
            yield Words("Sign-off sheet", f"Second key after {name}", f"{url}#sign", "Verify sheet")
    elif board.is_go and board.deployment.created_by_id == viewer.id:
        yield Words("Sign-off sheet", "The verdict is GO; the sheet closes the deployment", url, "Complete sheet")


def _sheets(pks: list[UUID]) -> dict[UUID, Sheet]:
    """Those sheets with their keys, by deployment; most deployments have none until they end."""
    found = Sheet.objects.filter(pk__in=pks).select_related("sign_off")
    found = found.prefetch_related("sign_off__signatures", "sign_off__contributions")
    return {sheet.deployment_id: sheet for sheet in found} if pks else {}


def _opens_later(deployment: Deployment, now: datetime) -> bool:
    return deployment.window_start is not None and deployment.window_start > now
