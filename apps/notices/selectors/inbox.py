"""What an inbox shows."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db.models import Case, Count, F, IntegerField, Max, Q, Value, When
from django.utils import timezone

from apps.accounts.models import User
from apps.core.lists import Shows, Sorts, by, counted_by, filtered_page, searched_by
from apps.core.wording import timestamp
from apps.notices.models import Notice
from apps.notices.rules import WAITING

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


@dataclass
class InboxListener:
    """Somebody whose open page shows their inbox in the state `shown`, which changes while it is open."""

    person: UUID
    session: str
    shown: str

    def missed(self, after: int) -> tuple[int | None, list[str]]:
        """Whether the inbox is in another state than the page shows."""
        before, self.shown = self.shown, inbox_state(self.person)
        return (after if self.shown == before else None), []

    def may_listen(self) -> bool:
        """Whether they are signed in still, and active."""
        is_there = Session.objects.filter(pk=self.session, expire_date__gt=timezone.now()).exists()
        return is_there and User.objects.filter(pk=self.person, is_active=True).exists()


def inbox_state(person: UUID) -> str:
    """A word that is another whenever a notice came, was done or came back."""
    state = Notice.objects.filter(person=person).aggregate(
        all=Count("pk"), open=Count("pk", filter=OPEN), last=Max("done_at")
    )
    last = timestamp(state["last"]) if state["last"] else ""
    return f"{state['all']}-{state['open']}-{last}"


def inbox_page(viewer: User, *, q: str, show: str, sort: str, page: str) -> dict[str, Any]:
    """One page of somebody's inbox: what waits, what there is to know, what is done. Four queries."""
    own = Notice.objects.visible_to(viewer)
    found = searched_by(own, q, SEARCHED)
    rows = found.annotate(part=PART).select_related("item", "deployment__team", "team")
    count = counted_by(found, SHOWS)
    asked = {"q": q, "show": show, "sort": sort, "page": page}
    listed = filtered_page(rows, SORTS, SHOWS, count=count, total=own.count(), **asked)
    parts: list[dict[str, Any]] = []
    for notice in listed["page"]:
        name, title, note = PARTS[notice.part]
        if not parts or parts[-1]["name"] != name:
            parts.append({"name": name, "title": title, "note": note, "rows": []})
        parts[-1]["rows"].append(notice)
    listed |= {"shown_state": inbox_state(viewer.pk), "until": timezone.now().isoformat()}
    return listed | {"parts": parts, "count": count, "waiting": count["waiting"], "know": count["know"]}
