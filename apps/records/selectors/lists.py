"""What the pages about records show."""

from types import SimpleNamespace
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q

from apps.accounts.models import User
from apps.core.wording import plural
from apps.deployments.models import Deployment
from apps.ledger import selectors as ledger
from apps.records import pdf, permissions
from apps.records.models import Record
from apps.records.states import State

from .enclosed import enclosing

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

DATA_ALONE = ("Filed as data", "half")


def records_page(
    deployment: Deployment, viewer: User, *, search: str = "", sort: str = "", page: str = "1"
) -> dict[str, Any]:
    """The records of one deployment, found, sorted and paged, and what one would take along; five queries."""
    every = deployment.records.all()
    found = every.filter(_matching(search)) if search else every
    sort = sort if sort in SORTS else "newest"
    shown = Paginator(found.order_by(*SORTS[sort]), PAGE).get_page(page)
    return {
        "page": shown,
        "rows": [record_row(each) for each in shown],
        "search": search,
        "sort": sort,
        "sorts": LABELS,
        "enclosing": enclosing(deployment),
        "may_request": permissions.request_record(viewer, deployment),
        "engine_problem": pdf.engine_problem(),
        "is_waiting": any(each.is_live for each in shown),
        "is_empty": not shown and not search and not every.exists(),
    }


def record_row(record: Record) -> SimpleNamespace:
    """One record as a list shows it: its `state` and `status` in words, the class `tone` of its tag, the `head`.

    Reads deployment.team.
    """
    state, tone = STATES[State(record.state)] if record.blob_id or not record.is_filed else DATA_ALONE
    head = ledger.Head(record.deployment.stream, record.head_sequence, record.head_digest)
    return SimpleNamespace(record=record, state=state, tone=tone, status=_status(record), head=head)


def _status(record: Record) -> str:
    if record.state == State.QUEUED:
        return "Waiting for a worker" + (f", attempt {record.attempt}" if record.attempt > 1 else "")
    if record.state == State.RENDERING:
        step = "laying out" if record.step.startswith("page ") else record.step
        done = f", {plural(record.pages, 'page')} so far" if record.pages else ""
        return f"{step[:1].upper()}{step[1:]}{done}"
    return plural(record.pages, "page") if record.pages and record.is_filed else ""


def _matching(search: str) -> Q:
    words = search.strip().upper().rsplit("R", 1)[-1]
    by_number = Q(number=int(words)) if words.isdecimal() and len(words) < 9 else Q(pk=None)
    return by_number | Q(requested_by_name__holds=search) | Q(sha256__startswith=search.lower())
