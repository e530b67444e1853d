"""The register of waivers: every one that was asked for, whether it holds, waits, or is over."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, F, Q, QuerySet

from apps.core.lists import PER_PAGE
from apps.deployments.models import Deployment, Waiver
from apps.deployments.states import WaiverState
from apps.signoff.models import Signature

FILTERS = (("", "All"), ("holding", "Holding"), ("asked", "Asked"), ("over", "Over"))
SORTS = {
    "item": ("By item", ("item__number", "requested_at")),
    "until": ("Ends first", ("expires_at", "item__number")),
    "newest": ("Newest", ("-requested_at", "-pk")),
}
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


def waivers_page(deployment: Deployment, *, q: str, shows: str, sort: str, page: str) -> dict[str, Any]:
    """One page of the waivers of a deployment; three queries.

    q: words that the title of the item, the reason, the measure or a name holds. shows: a word of FILTERS. sort: one of
    SORTS, by item first.
    """
    sort = sort if sort in SORTS else "item"
    shows = shows if shows in dict(FILTERS) else ""
    now = deployment.judged_at
    every = Waiver.objects.filter(item__deployment=deployment)
    counts = every.annotate(turned=TURNED).aggregate(
        **{name or "all": Count("pk", filter=_shown(name, now)) for name, _ in FILTERS}  # of the rows above
    )
    found = _found(every.annotate(turned=TURNED), q).filter(_shown(shows, now)).order_by(*SORTS[sort][1])
    found = found.select_related("item", "sign_off").prefetch_related("sign_off__signatures")
    listed = Paginator(found, PER_PAGE).get_page(page)
    return {
        "deployment": deployment,
        "page": listed,
        "rows": [RegisteredWaiver(waiver, now) for waiver in listed],
        "filters": [(name, label, counts[name or "all"]) for name, label in FILTERS],
        "sorts": [(name, label) for name, (label, _) in SORTS.items()],
        "shows": shows,
        "sort": sort,
        "sort_label": SORTS[sort][0],
        "q": q,
        "total": counts["all"],
        "holding": counts["holding"],
    }


def _shown(name: str, now: datetime) -> Q:
    is_over = Q(ended_at__isnull=False) | Q(expires_at__lte=now)
    filters = {
        "holding": ~is_over & Q(turned__gte=F("sign_off__required")),
        "asked": ~is_over & Q(turned__lt=F("sign_off__required")),
        "over": is_over,
    }
    return filters.get(name, Q())


def _found(waivers: QuerySet[Waiver], q: str) -> QuerySet[Waiver]:
    for word in q.split():
        texts = ("item__title", "justification", "measure", "afterwards", "requested_by_name")
        holds = Q()
        for name in texts:
            holds |= Q(**{f"{name}__holds": word})
        waivers = waivers.filter(holds)
    return waivers
