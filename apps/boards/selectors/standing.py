"""How deployments stand, for lists: counted once, kept until something changes.

Kept in this process only, by the ledger's length and what is outside the ledger. Asking for any number
of deployments is one query, and at most four more for each whose standing is not kept yet.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from apps.deployments.models import Deployment
from apps.deployments.rules import Blocker
from apps.deployments.selectors.readiness import Roster, general_blockers, item_blocker
from apps.deployments.selectors.rows import Row, load_rows
from apps.deployments.states import State
from apps.ledger.models import Stream

from .drawing import Kept

MOST_STANDINGS = 256


@dataclass(frozen=True)
class Standing:
    """One deployment as lists show it. `counts` has one number per look; `open` its blocking items."""

    total: int
    counts: dict[str, int]
    general: tuple[Blocker, ...]
    open: tuple[tuple[Row, Blocker], ...]

    @property
    def blocking(self) -> int:
        """How many conditions are not met."""
        return len(self.general) + len(self.open)

    @property
    def settled(self) -> int:
        """Items that block nothing."""
        return self.total - len(self.open)

    @property
    def is_go(self) -> bool:
        """GO means: nothing blocks."""
        return not self.blocking


@dataclass(frozen=True)
class Line:
    """One row of a list: the deployment, how it stands, and its words."""

    deployment: Deployment
    standing: Standing
    tag: str
    tone: str
    window: str


STANDINGS = Kept(MOST_STANDINGS)


def standings(deployments: Collection[Deployment], people: Roster) -> list[Standing]:
    """How each of these deployments stands; they come from `with_probe_versions`."""
    lengths = dict(Stream.objects.filter(name__in=[d.stream for d in deployments]).values_list("name", "length"))
    found = []
    for deployment in deployments:
        key = (deployment.id, lengths.get(deployment.stream, 0), deployment.probe_versions, people)
        found.append(STANDINGS.get(key) or STANDINGS.keep(key, _count(deployment, people)))
    return found


def lines(deployments: Collection[Deployment], people: Roster) -> list[Line]:
    """Deployments as rows of a list."""
    now = timezone.now()
    return [
        Line(deployment, standing, *_tag(deployment, standing), window=window_words(deployment, now))
        for deployment, standing in zip(deployments, standings(deployments, people), strict=True)
    ]


def window_words(deployment: Deployment, now: datetime) -> str:
    """The window in UTC, said shortly: "today 16:00–18:00", "Tue 24 Nov 06:00–07:00"; empty without one."""
    start, end = deployment.window_start, deployment.window_end
    if start is None:
        return f"until {_moment(end, now)}" if end else ""
    if end is None:
        return f"from {_moment(start, now)}"
    if start.astimezone(UTC).date() == end.astimezone(UTC).date():
        return f"{_moment(start, now)}–{end.astimezone(UTC):%H:%M}"
    return f"{_moment(start, now)} – {_moment(end, now)}"


def is_late(deployment: Deployment, now: datetime) -> bool:
    """Whether its window has gone by."""
    end = deployment.window_end or deployment.window_start
    return end is not None and end < now


def _moment(moment: datetime, now: datetime) -> str:
    moment, today = moment.astimezone(UTC), now.astimezone(UTC).date()
    days = {today - timedelta(days=1): "yesterday", today: "today", today + timedelta(days=1): "tomorrow"}
    year = "" if moment.year == today.year else f" {moment.year}"
    day = days.get(moment.date(), f"{moment:%a} {moment.day} {moment:%b}{year}")
    return f"{day} {moment:%H:%M}"


def _tag(deployment: Deployment, standing: Standing) -> tuple[str, str]:
    """What the list says first of it, and the status it is coloured by."""
    if deployment.state == State.DRAFT:
        return "Draft", ""
    if deployment.state == State.CLOSED:
        return deployment.get_outcome_display(), ""
    return ("GO", "go") if standing.is_go else ("NO-GO", "no-go")


def _count(deployment: Deployment, people: Roster) -> Standing:
    rows = load_rows(deployment)
    blocking = ((row, item_blocker(deployment, row, people)) for row in rows)
    return Standing(
        total=len(rows),
        counts=dict(Counter(row.state for row in rows)),
        general=tuple(general_blockers(deployment, people)) if deployment.state != State.CLOSED else (),
        open=tuple((row, blocker) for row, blocker in blocking if blocker),
    )
