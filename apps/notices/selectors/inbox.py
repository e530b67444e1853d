"""What an inbox shows. Its rows are HTML by Python: a hundred of them by a template take longer than all else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db.models import Case, Count, F, IntegerField, Max, Q, Value, When
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from apps.accounts.models import User
from apps.core.http import address
from apps.core.lists import Shows, Sorts, by, counted_by, filtered_page, searched_by
from apps.core.wording import exact, relative, timestamp
from apps.notices.models import Notice
from apps.notices.rules import WAITING, title_of

OPEN, WAITS = Q(done_at=None), Q(kind__in=WAITING)
SHOWS: Shows = {
    "open": ("Not done", OPEN),
    "waiting": ("Waiting", OPEN & WAITS),
    "know": ("To know", OPEN & ~WAITS),
    "done": ("Done", ~OPEN),
    "all": ("All", Q()),
}
PART = Case(When(~OPEN, then=Value(2)), When(WAITS, then=Value(0)), default=Value(1), output_field=IntegerField())
PARTS = (
    ("wait", "Waiting for you", "until it is done; reading is not enough"),
    ("know", "To know", ""),
    ("done", "Done", ""),
)
SORTS: Sorts = {
    "new": ("Newest", by("part", "-at", "pk")),
    "old": ("Oldest", by("part", "at", "pk")),
    "where": ("Deployment", by("part", F("deployment__number").asc(nulls_last=True), "-at", "pk")),
}
SEARCHED = ("subject", "item__title", "detail", "actor_name", "deployment__service", "team__name")


class InboxRow(NamedTuple):
    """A notice as its row is made of it: the columns that it shows, and nothing more."""

    pk: UUID
    part: int
    kind: str
    path: str
    subject: str
    item__number: int | None
    item__title: str | None
    actor_name: str
    detail: str
    settled: str
    at: datetime
    done_at: datetime | None
    deployment__number: int | None
    team__slug: str | None
    team__name: str | None

    @property
    def title(self) -> str:
        """What it says in one line; the item is called as it is now."""
        return title_of(self.kind, f"{self.item__number}. {self.item__title}" if self.item__number else self.subject)

    @property
    def where(self) -> str:
        """The deployment, the team where it is of none, or that it is about whoever reads it."""
        number, team = self.deployment__number, self.team__slug or ""
        return f"{team.upper()}-{number}" if number else self.team__name or "you alone see this"


@dataclass
class InboxListener:
    """Somebody whose open page shows their inbox in the state `shown`, which changes while it is open."""

    person: UUID
    session: str
    shown: str

    def missed(self, after: int) -> tuple[int | None, list[str]]:
        """Whether the inbox is in another state than the page shows."""
        before, self.shown = self.shown, _state(_counted(User.objects.get(pk=self.person)))
        return (after if self.shown == before else None), []

    def may_listen(self) -> bool:
        """Whether they are signed in still, and active."""
        is_there = Session.objects.filter(pk=self.session, expire_date__gt=timezone.now()).exists()
        return is_there and User.objects.filter(pk=self.person, is_active=True).exists()


def inbox_page(viewer: User, *, token: str, query: str, q: str, show: str, sort: str, page: str) -> dict[str, Any]:
    """One page of somebody's inbox: what waits, what there is to know, what is done. Three queries, with a search four.

    token: for its forms; query: of its address, to which acts return.
    """
    own, counted = Notice.objects.visible_to(viewer), _counted(viewer)
    found = searched_by(own, q, SEARCHED)
    rows = found.annotate(part=PART).values_list("pk", flat=True)
    count = counted_by(found, SHOWS) if q else counted
    asked = {"q": q, "show": show, "sort": sort, "page": page}
    listed = filtered_page(rows, SORTS, SHOWS, count=count, total=counted["all"], **asked)
    parts: list[dict[str, Any]] = []
    now = timezone.now()
    for notice in _rows(list(listed["page"])):
        name, title, note = PARTS[notice.part]
        if not parts or parts[-1]["name"] != name:
            parts.append({"name": name, "title": title, "note": note, "rows": []})
        parts[-1]["rows"].append(row_html(notice, now, token, query))
    listed |= {"shown_state": _state(counted), "until": timezone.now().isoformat()}
    return listed | {"parts": parts, "waiting": counted["waiting"], "know": counted["know"]}


def _rows(pks: list[UUID]) -> list[InboxRow]:
    """These notices in this order: joined once they are found, since a database would join all that it sorts."""
    which = Notice.objects.filter(pk__in=pks).annotate(part=PART)
    found = {row.pk: row for row in map(InboxRow._make, which.values_list(*InboxRow._fields))}
    return [found[pk] for pk in pks]


def row_html(notice: InboxRow, now: datetime, token: str, query: str) -> SafeString:
    """One notice; all of it leads to the one thing that it is about."""
    title, is_new = escape(notice.title), notice.done_at is None
    new = '<span class="visually-hidden">New: </span>' if is_new else ""
    small = [f"<bdi>{escape(text)}</bdi>" for text in (notice.actor_name, notice.detail) if text]
    small = [*filter(None, [escape(notice.settled)]), *small, f"<bdi>{escape(notice.where)}</bdi>"]
    return mark_safe(
        f'<li class="notice-row{" new" if is_new else ""}"><i aria-hidden="true"></i>'
        f'<p><a href="{escape(notice.path)}">{new}<bdi>{title}</bdi></a><small>{" · ".join(small)}</small></p>'
        f'<small class="muted"><time datetime="{timestamp(notice.at, "seconds")}" title="{exact(notice.at)}"'
        f" data-relative>{relative(notice.at, now)}</time></small>{_act(notice, title, token, query)}</li>"
    )


def _act(notice: InboxRow, title: str, token: str, query: str) -> str:
    if notice.settled or (notice.kind in WAITING and notice.done_at is None):
        return ""
    act, label = ("done", "Done") if notice.done_at is None else ("undo", "Undo")
    return (
        f'<form method="post" action="{address("notices:inbox")}{notice.pk}/{act}/?{escape(query)}">'
        f'<input type="hidden" name="csrfmiddlewaretoken" value="{escape(token)}">'
        f'<button class="btn small quiet">{label}<span class="visually-hidden">: {title}</span></button></form>'
    )


def _counted(viewer: User) -> dict[str, Any]:
    """How many notices each filter shows, and when somebody was done with one last; one query."""
    counts: dict[str, Any] = {name: Count("pk", filter=which) for name, (_, which) in SHOWS.items()}
    return Notice.objects.visible_to(viewer).aggregate(**counts, last=Max("done_at"))


def _state(counted: Mapping[str, Any]) -> str:
    """A word that is another whenever a notice came, was done or came back."""
    return f"{counted['all']}-{counted['open']}-{timestamp(counted['last']) if counted['last'] else ''}"
