"""What the pages about records show."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import Q

from apps.accounts.models import User
from apps.core.permissions import Verdict
from apps.deployments.models import Deployment
from apps.ledger import selectors as ledger
from apps.records import pdf, permissions
from apps.records.document import wording
from apps.records.models import Record
from apps.records.states import State

PAGE = 25
SORTS = {"newest": ("-number",), "oldest": ("number",), "largest": ("-size", "-number")}
LABELS = (("newest", "Newest"), ("oldest", "Oldest"), ("largest", "Largest"))
# Each state of a record in words, and the class of its tag.
STATES = {
    State.QUEUED: ("In the making", "half"),
    State.RENDERING: ("In the making", "half"),
    State.FILED: ("Filed", "verified"),
    State.FAILED: ("Not made", "failed"),
}


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One record as a list shows it; `team` and `deployment` are what its addresses name."""

    team: str
    deployment: int
    number: int
    label: str
    state: str
    tone: str
    is_live: bool
    is_filed: bool
    status: str
    error: str
    requested_by: str
    requested_at: datetime
    filed_at: datetime | None
    sha256: str
    size: int
    pages: int
    head: ledger.Head


@dataclass(frozen=True, slots=True)
class RecordsPage:
    """The list of a deployment's records."""

    deployment: Deployment
    page: Page
    rows: list[RecordRow]
    search: str
    sort: str
    sorts: tuple[tuple[str, str], ...]
    may_request: Verdict
    engine: pdf.EngineStatus
    is_waiting: bool
    is_empty: bool


def records_page(
    deployment: Deployment, viewer: User, *, search: str = "", sort: str = "", page: str = "1"
) -> RecordsPage:
    """The records of one deployment, found, sorted and paged; four queries."""
    every = Record.objects.filter(deployment=deployment)
    found = every.filter(_matching(search)) if search else every
    sort = sort if sort in SORTS else "newest"
    shown = Paginator(found.select_related("requested_by").order_by(*SORTS[sort]), PAGE).get_page(page)
    rows = [record_row(each, deployment) for each in shown]
    return RecordsPage(
        deployment=deployment,
        page=shown,
        rows=rows,
        search=search,
        sort=sort,
        sorts=LABELS,
        may_request=permissions.request_record(viewer, deployment),
        engine=pdf.engine_status(),
        is_waiting=any(row.is_live for row in rows),
        is_empty=not rows and not search and not every.exists(),
    )


def record_row(record: Record, deployment: Deployment) -> RecordRow:
    """One record as words; reads requested_by."""
    return RecordRow(
        team=deployment.team.slug,
        deployment=deployment.number,
        number=record.number,
        label=f"{deployment.code}-R{record.number}",
        state=STATES[State(record.state)][0],
        tone=STATES[State(record.state)][1],
        is_live=record.is_live,
        is_filed=record.is_filed,
        status=_status(record),
        error=record.error,
        requested_by=record.requested_by.full_name,
        requested_at=record.requested_at,
        filed_at=record.filed_at,
        sha256=record.sha256,
        size=record.size,
        pages=record.pages,
        head=ledger.Head(deployment.stream, record.head_sequence, record.head_digest),
    )


def _status(record: Record) -> str:
    if record.state == State.QUEUED:
        return "Waiting for a worker" if record.attempt == 1 else f"Waiting for a worker, attempt {record.attempt}"
    if record.state == State.RENDERING:
        step = "laying out" if record.step.startswith("page ") else record.step
        done = f", {wording.plural(record.pages, 'page')} so far" if record.pages else ""
        return f"{step[:1].upper()}{step[1:]}{done}"
    return wording.plural(record.pages, "page") if record.is_filed else ""


def _matching(search: str) -> Q:
    words = search.strip().upper().rsplit("R", 1)[-1]
    by_number = Q(number=int(words)) if words.isdecimal() and len(words) < 9 else Q(pk=None)
    return by_number | Q(requested_by__full_name__icontains=search) | Q(sha256__startswith=search.lower())
