"""Several keys in one series: the items that were chosen or wait, each with all that its key covers."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from apps.accounts.models import User
from apps.core.comparing import PartChange
from apps.deployments import permissions
from apps.deployments.models import Deployment, Item
from apps.deployments.rules import NextStep, next_step
from apps.deployments.selectors.readiness import members
from apps.deployments.selectors.summaries import ItemSummary, summaries
from apps.factors.rules import MOST_TURNS
from apps.factors.selectors import offer
from apps.ledger.chain import canonical
from apps.signoff.permissions import takes_passkey
from apps.signoff.rules import Meaning, content_digest, ordinal

from .ceremony import MEANS, StandsIn, signed_lines, stands_in
from .next_item import waiting_for
from .rows import KeyIcon, key_icon

KEYS = (NextStep.FIRST_KEY, NextStep.NEXT_KEY)  # what waits for a key, not for a decision over a waiver
MOST_SEEN = 20_000  # characters of what a row brings along, so that a refusal shows what changed; a longer one does not


@dataclass(frozen=True)
class SeriesRow:
    """One key of the series as the page offers it.

    `box` is what its tick sends: number, slot and digest. `turn` is the same for a passkey. `changed` is what changed
    since it was read, where that stopped the series, which is then told by `stopped`.
    """

    item: Item
    icon: KeyIcon
    slot: int
    meaning: Meaning
    shown: str
    exact: str
    lines: list[tuple[str, str]]
    stands_in: StandsIn | None
    same_as: str
    is_ticked: bool = False
    is_open: bool = False
    stopped: str = ""
    changed: tuple[PartChange, ...] = ()

    @property
    def box(self) -> str:
        """`5.2.<digest>`."""
        return f"{self.item.number}.{self.slot}.{self.shown}"

    @property
    def turn(self) -> str:
        """The key as `factors.forms.Turns` reads it."""
        return f"{self.item.sign_off_id}.{self.shown}.{self.slot}.{self.meaning}"

    @property
    def which(self) -> str:
        """ "second"."""
        return ordinal(self.slot)

    @property
    def seen(self) -> str:
        """What the row brings along of what it shows."""
        return self.exact if len(self.exact) <= MOST_SEEN else ""


@dataclass(frozen=True)
class Stopped:
    """What stopped a series: the number of the item, why, and what changed of it since it was read."""

    number: int
    why: str
    changed: tuple[PartChange, ...]


def series_page(
    deployment: Deployment,
    viewer: User,
    numbers: Collection[int],
    *,
    ticked: Collection[str] = (),
    stopped: Stopped | None = None,
) -> dict[str, Any]:
    """Everything templates/boards/series.html needs besides the form: the items `numbers`, or all that wait.

    ticked: boxes that were sent. One whose text is another by now is ticked no more.
    """
    people = members(deployment.team)
    if numbers:
        found = summaries(deployment, sorted(numbers)[:MOST_TURNS])
    else:
        waiting = waiting_for(deployment, viewer, people)
        found = [row for row in waiting if next_step(row.facts) in KEYS][:MOST_TURNS]
    items = {item.number: item for item in _items(deployment, [row.number for row in found])}
    may = {row.number: permissions.sign_item(viewer, items[row.number]) for row in found}
    rows = [_row(items[row.number], row, viewer) for row in found if may[row.number]]
    rows = [_as_sent(row, ticked, stopped) for row in rows]
    first = next((row for row in rows if row.stopped or not (stopped or row.is_ticked)), None)
    rows = [replace(row, is_open=row is first) for row in rows]
    return {
        "deployment": deployment,
        "rows": rows,
        "left_out": [(row, may[row.number].reason) for row in found if not may[row.number]],
        "more": max(len(numbers) - MOST_TURNS, 0),
        "means": [(meaning, MEANS[meaning]) for meaning in MEANS if any(row.meaning == meaning for row in rows)],
        "stopped": stopped,
        "may": permissions.sign_items(viewer, deployment),
        "offer": offer(viewer).for_key(
            takes_passkey=any(takes_passkey(viewer, row.item.sign_off, row.meaning) for row in rows)
        ),
        "intent": uuid4(),
    }


def _items(deployment: Deployment, numbers: Collection[int]) -> list[Item]:
    items = [*deployment.items.with_everything().filter(number__in=numbers)]
    for item in items:
        item.deployment = deployment
    return items


def _row(item: Item, row: ItemSummary, viewer: User) -> SeriesRow:
    content, turned = item.content(pinned=item.run_to_pin), item.sign_off.turned
    meaning = Meaning.VERIFIED if turned else Meaning.PERFORMED
    return SeriesRow(
        item=item,
        icon=key_icon(row),
        slot=len(turned) + 1,
        meaning=meaning,
        shown=content_digest(content),
        exact=canonical(content).decode(),
        lines=signed_lines(item),
        stands_in=stands_in(viewer, item.sign_off, meaning),
        same_as=turned[-1].name if turned else "",
    )


def _as_sent(row: SeriesRow, ticked: Collection[str], stopped: Stopped | None) -> SeriesRow:
    """The row as it was sent: ticked, unless it is the one that stopped the series."""
    if stopped and row.item.number == stopped.number:
        return replace(row, stopped=stopped.why, changed=stopped.changed)
    return replace(row, is_ticked=row.box in ticked)
