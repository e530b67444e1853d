"""How somebody is reached, and what was sent to them."""

from typing import Any

from django.db.models import Q

from apps.accounts.models import User
from apps.core.lists import Shows, Sorts, by, counted_by, filtered_page, searched_by
from apps.core.statements import joined
from apps.notices.models import Delivery, Reach
from apps.notices.states import PLAN, State

SHOWS: Shows = {
    "all": ("All", Q()),
    "waiting": ("Waiting", Q(state__in=PLAN.live)),
    "sent": ("Sent", Q(state=State.SENT)),
    "failed": ("Not sent", Q(state=State.GIVEN_UP)),
    "dropped": ("No longer needed", Q(state=State.DROPPED)),
}
SORTS: Sorts = {"new": ("Newest", by("-created_at", "pk")), "old": ("Oldest", by("created_at", "pk"))}


def reach_of(person: User) -> Reach:
    """How somebody is reached; as usual, where they never said."""
    return Reach.objects.filter(person=person).first() or Reach(person=person)


def deliveries_page(viewer: User, *, q: str, show: str, sort: str, page: str) -> dict[str, Any]:
    """What was mailed to somebody, what waits and what could not be sent. Five queries."""
    own = Delivery.objects.visible_to(viewer)
    found = searched_by(own, q, ["subject", "address", "reason", "team__name"])
    rows = found.select_related("team").prefetch_related(joined(Delivery, "enclosures", "notice__item"))
    count = counted_by(found, SHOWS)
    return filtered_page(rows, SORTS, SHOWS, count=count, total=own.count(), q=q, show=show, sort=sort, page=page)
