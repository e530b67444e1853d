"""The register of waivers: every one that was asked for, whether it holds, waits, or is over."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q

from apps.core.lists import Shows, by, counted_by, filtered_page, searched_by
from apps.deployments.models import Deployment, Waiver
from apps.deployments.states import WaiverState
from apps.signoff.models import Signature

SORTS = {
    "item": ("By item", by("item__number", "requested_at")),
    "until": ("Ends first", by("expires_at", "item__number")),
    "newest": ("Newest", by("-requested_at", "-pk")),
}
SEARCHED = ("item__title", "justification", "measure", "afterwards", "requested_by_name")
# How many keys are turned that count.
TURNED = Count("sign_off__signatures", filter=Q(sign_off__signatures__revision=F("sign_off__revision")))


# What the register says of each state before the end of the waiver, as (class, words).
TAGS = {
    WaiverState.ASKED: ("half", "asked until"),
    WaiverState.HOLDS: ("waived", "holds until"),
    WaiverState.EXPIRED: ("failed", "✕ expired"),
    WaiverState.UNDECIDED: ("failed", "✕ not approved, expired"),
    WaiverState.ENDED: ("", "ended, was until"),
}


@dataclass(frozen=True)
class RegisteredWaiver:
    """A row of the register, and how the waiver stands."""

    waiver: Waiver
    now: datetime

    @property
    def tag(self) -> tuple[str, str]:
        """Its class, and the words before its end."""
        return TAGS[self.waiver.state_at(self.now)]

    @property
    def approvals(self) -> list[Signature]:
        """Who approved, in order."""
        return self.waiver.sign_off.turned


def waivers_page(deployment: Deployment, *, q: str, show: str, sort: str, page: str) -> dict[str, Any]:
    """One page of the waivers of a deployment; three queries, and one more for a search.

    q: words that the title of the item, the reason, the measure or a name holds. show: a word of `shows_at`.
    """
    now = deployment.judged_at
    every = Waiver.objects.filter(item__deployment=deployment).annotate(turned=TURNED)
    found, shows = searched_by(every, q, SEARCHED), shows_at(now)
    count = counted_by(found, shows)
    total = counted_by(every, shows) if q else count
    rows = found.select_related("item", "sign_off").prefetch_related("sign_off__signatures")
    asked = {"q": q, "show": show, "sort": sort, "page": page}
    context = filtered_page(rows, SORTS, shows, count=count, total=total["all"], **asked)
    listed = [RegisteredWaiver(waiver, now) for waiver in context["page"]]
    return context | {"deployment": deployment, "rows": listed, "holding": total["holding"]}


def shows_at(now: datetime) -> Shows:
    """By the word in the address: what each filter of the register is called and shows, as `Waiver.state_at` says."""
    is_over = Q(ended_at__isnull=False) | Q(expired_at__isnull=False) | Q(expires_at__lte=now)
    return {
        "all": ("All", Q()),
        "holding": ("Holding", ~is_over & Q(turned__gte=F("sign_off__required"))),
        "asked": ("Asked", ~is_over & Q(turned__lt=F("sign_off__required"))),
        "over": ("Over", is_over),
    }
