"""Follow-ups on pages: those of a team as a list, those of one deployment, one person's own, and one by itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.core.lists import Shows, by, counted_by, filtered_page, searched_by
from apps.core.shown import fingerprint
from apps.core.statements import Folded
from apps.deployments.models import Deployment, Waiver
from apps.followups import permissions
from apps.followups.models import FollowUp, overdue

from .listed import url_of

MOST_OWN = 20  # that my work shows; the list has the others
OF_DEPLOYMENT, OF_WAIVER, OF_SHEET = "deployment/", "waiver:", "sheet:"
OPEN = Q(closed_at=None)
SORTS = {
    "due": ("By due date", by("due_on", "pk")),
    "newest": ("Newest first", by("-raised_at", "pk")),
    "owner": ("By owner", by(Folded("owner_name").asc(), "due_on", "pk")),
}


@dataclass(frozen=True)
class ListedFollowUp:
    """A follow-up with what left it: its deployment, None for another chain, and the item or the sheet there."""

    follow_up: FollowUp
    deployment: Deployment | None
    item: int | None

    @property
    def is_overdue(self) -> bool:
        """Whether its day has passed, in UTC."""
        return self.follow_up.is_overdue(timezone.now().date())

    @property
    def place(self) -> str:
        """What left it, in words: "item 4", "sheet"; empty for the deployment as a whole."""
        if self.item is not None:
            return f"item {self.item}"
        return "sheet" if self.follow_up.subject.startswith(OF_SHEET) else ""

    @property
    def place_url(self) -> str:
        """Where that stands."""
        if self.deployment is None or not self.place:
            return ""
        if self.item is not None:
            return f"{url_of(self.deployment)}items/{self.item}/"
        return url_of(self.deployment, "sheet")


def shows_of(viewer: User, today: date) -> Shows:
    """By the word in the address: what each filter of the list is called and shows."""
    return {
        "open": ("Open", OPEN),
        "overdue": ("Overdue", overdue(today)),
        "mine": ("Mine", OPEN & Q(owner=viewer)),
        "closed": ("Closed", ~OPEN),
    }


def follow_ups_page(team: Team, viewer: User, *, show: str, sort: str, find: str, page: str) -> dict[str, Any]:
    """Everything templates/boards/follow_ups.html needs: five queries, and one more for a search."""
    shows = shows_of(viewer, timezone.now().date())
    of_team = FollowUp.objects.filter(team=team)
    found = searched_by(of_team, find, ("what", "owner_name"))
    count = counted_by(found, shows)
    total = of_team.count() if find else count["open"] + count["closed"]
    asked = {"q": find, "show": show, "sort": sort, "page": page}
    context = filtered_page(found, SORTS, shows, count=count, total=total, **asked)
    return context | {"team": team, "rows": listed_follow_ups(context["page"])}


def follow_up_page(follow_up: FollowUp, viewer: User) -> dict[str, Any]:
    """One follow-up with what left it, and what the viewer may do; reads it with its team."""
    [row] = listed_follow_ups([follow_up])
    return {
        "team": follow_up.team,
        "row": row,
        "follow_up": follow_up,
        "basis": fingerprint(follow_up.standing),
        "may_close": permissions.close_follow_up(viewer, follow_up),  # and so whether it may be changed
    }


def own_follow_ups(team: Team, viewer: User) -> dict[str, Any]:
    """What one person has open, the day that passes first before others: rows, how many, and how many are overdue."""
    own = FollowUp.objects.open().filter(team=team, owner=viewer)
    count = own.aggregate(open=Count("pk"), overdue=Count("pk", filter=overdue(timezone.now().date())))
    rows = own.order_by("due_on", "pk")[:MOST_OWN] if count["open"] else ()
    return {"rows": listed_follow_ups(rows), **count}


def follow_ups_of(deployment: Deployment) -> tuple[ListedFollowUp, ...]:
    """What is open of a deployment, the day that passes first before others."""
    found = FollowUp.objects.open().filter(stream=deployment.stream).order_by("due_on", "pk")
    return tuple(_listed(found, {deployment.stream: deployment}))


def listed_follow_ups(found: Iterable[FollowUp]) -> list[ListedFollowUp]:
    """Follow-ups with what left them: one query for all deployments, and one for all items."""
    found = list(found)
    ids = [UUID(one.stream.removeprefix(OF_DEPLOYMENT)) for one in found if one.stream.startswith(OF_DEPLOYMENT)]
    deployments = Deployment.objects.filter(pk__in=ids).select_related("team") if ids else ()
    return _listed(found, {each.stream: each for each in deployments})


def _listed(found: Iterable[FollowUp], deployments: dict[str, Deployment]) -> list[ListedFollowUp]:
    found = list(found)
    ids = [UUID(one.subject.removeprefix(OF_WAIVER)) for one in found if one.subject.startswith(OF_WAIVER)]
    waivers = Waiver.objects.filter(pk__in=ids).values_list("pk", "item__number") if ids else ()
    items = {f"{OF_WAIVER}{pk.hex}": number for pk, number in waivers}
    return [ListedFollowUp(one, deployments.get(one.stream), items.get(one.subject)) for one in found]
