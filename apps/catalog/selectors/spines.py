"""The spine of a checklist: a tick for each item, a gap between sections, critical ones tall."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from apps.checklists.models import TemplateItem

MOST_TICKS = 120  # of one spine; what is longer shows that by a last tall one in another tone


@dataclass(frozen=True)
class Spine:
    """What is drawn: of each section its ticks, True for a critical item; and the numbers in words beside it."""

    sections: tuple[tuple[bool, ...], ...]

    @property
    def items(self) -> int:
        """How many items there are."""
        return sum(map(len, self.sections))

    @property
    def critical(self) -> int:
        """How many of them are critical."""
        return sum(map(sum, self.sections))

    @property
    def rendered(self) -> tuple[tuple[tuple[bool, str], ...], ...]:
        """Sections of (tall, tone) as the tag `spine` draws them, no more than fit."""
        left, found = MOST_TICKS, []
        for section in self.sections:
            found.append(tuple((tall, "") for tall in section[:left]))
            left -= len(found[-1])
        return tuple(filter(None, found))


def spines_of(versions: Collection[UUID]) -> dict[UUID, Spine]:
    """The spine of each version; one query."""
    rows = TemplateItem.objects.filter(version__in=versions).order_by("version", "section__position", "position")
    found: dict[UUID, Spine] = {}
    for version, own in groupby(rows.values_list("version", "section", "critical"), lambda row: row[0]):
        found[version] = spine(((section, critical) for _, section, critical in own))
    return found


def spine(items: Iterable[tuple[object, bool]]) -> Spine:
    """The spine of (section, critical) of all items in order."""
    return Spine(tuple(tuple(tall for _, tall in own) for _, own in groupby(items, lambda row: row[0])))
