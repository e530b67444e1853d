"""What becomes of every item if a deployment is run again: open, or carried over from where it was signed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from apps.checklists.models import TemplateItem, TemplateVersion
from apps.checklists.selectors import sections_of
from apps.deployments.models import Deployment, Item
from apps.deployments.rules import SIGNED_COLUMNS, Filling
from apps.deployments.selectors import load_origins
from apps.deployments.selectors.applying import filling_of, known_answers
from apps.deployments.selectors.upgrades import signed_of

from .rules import IN_WORDS, TOUCHED, CarryFacts, Reason, why_open


@dataclass(frozen=True)
class RerunItem:
    """What becomes of one item of the checklist.

    origin: the item that has the keys, where it can be carried over. reason: why it is open, None where it is carried
    over; TOUCHED where that was chosen.
    """

    line: TemplateItem
    title: str
    origin: Item | None
    reason: Reason | None

    @property
    def is_carried(self) -> bool:
        """Whether it is carried over."""
        return self.reason is None


@dataclass(frozen=True)
class RerunSection:
    """One section of the checklist; `is_touched` where the change touches all of it."""

    key: str
    title: str
    is_touched: bool
    items: list[RerunItem]

    @property
    def carried(self) -> int:
        """How many of its items are carried over."""
        return sum(1 for item in self.items if item.is_carried)


@dataclass(frozen=True)
class Rerun:
    """The whole, before it begins. left: items of the parent that the checklist does not have."""

    parent: Deployment
    version: TemplateVersion
    sections: list[RerunSection]
    left: list[Item]

    @cached_property
    def items(self) -> list[RerunItem]:
        """Every item in order."""
        return [item for section in self.sections for item in section.items]

    @property
    def origins(self) -> dict[str, Item]:
        """The items that are carried over, by key."""
        return {each.line.key: each.origin for each in self.items if each.is_carried and each.origin}

    @property
    def open(self) -> list[RerunItem]:
        """Those that are open."""
        return [each for each in self.items if not each.is_carried]


def newest_version(deployment: Deployment) -> TemplateVersion:
    """The newest published version of its checklist, on which it is run again; one query."""
    return TemplateVersion.objects.select_related("template").newest_beside(deployment.template_version_id)[0]


def rerun_of(
    parent: Deployment,
    version: TemplateVersion,
    answers: Mapping[str, str],
    *,
    sections: Collection[str] = (),
    items: Collection[str] = (),
    now: datetime,
) -> Rerun:
    """What becomes of every item, in a fixed number of queries.

    answers: `version` of the deployment to be, and its variables by name, which fill its texts. sections, items:
    keys of what the change touches.
    """
    named = {"service": parent.service, "environment": parent.environment, "version": answers["version"]}
    variables = {**known_answers(version, named), **answers}
    filling = filling_of(Deployment(**named, variables=variables), version)
    before = _items_of(parent)
    found = {item.key: item for item in before}
    made = []
    for source in sections_of(version):
        is_touched = source.key in sections
        own = [
            _item(line, found.get(line.key), filling, parent, now, touched=is_touched or line.key in items)
            for line in source.lines
        ]
        made.append(RerunSection(source.key, filling.title(source.title), is_touched, own))
    keys = {each.line.key for section in made for each in section.items}
    return Rerun(parent, version, made, [item for item in before if item.key not in keys])


def _items_of(parent: Deployment) -> list[Item]:
    """The items of what is run again, each with where it was signed."""
    items = list(parent.items.order_by("number").with_everything())
    load_origins(items)
    return items


def _item(
    line: TemplateItem, item: Item | None, filling: Filling, parent: Deployment, now: datetime, *, touched: bool
) -> RerunItem:
    origin = item.carried.origin if item and item.is_carried else item
    asked = _asked(line, filling)
    facts = CarryFacts(
        code=parent.code,
        state=item.state if item else None,
        changed=[name for name in IN_WORDS if origin and asked[name] != _signed(origin)[name]],
        age=(now - proved_at(origin)).days if origin and origin.sign_off.turned else 0,
        max_age=line.max_age_days,
    )
    reason = why_open(facts)
    if reason:
        origin = None
    return RerunItem(line, str(asked["title"]), origin, reason or (TOUCHED if touched else None))


def proved_at(item: Item) -> datetime:
    """When the oldest proof of a signed item was given: its evidence and the run of its probe, else its first key."""
    moments = [each.added_at for each in item.evidence]
    if item.pinned_run and item.pinned_run.finished_at:
        moments.append(item.pinned_run.finished_at)
    return min(moments) if moments else item.sign_off.turned[0].signed_at


def _asked(line: TemplateItem, filling: Filling) -> dict[str, Any]:
    """What the checklist would say, with the values of the deployment to be."""
    blanks = [{**blank, "label": filling.sentence(blank["label"])} for blank in line.fill_ins]
    return signed_of(line, filling) | {"blanks": blanks}


def _signed(item: Item) -> dict[str, Any]:
    """The same as it was signed."""
    blanks = [{name: value for name, value in fill.items() if name != "value"} for fill in item.fill_ins]
    own = {name: getattr(item, name) for name in SIGNED_COLUMNS}
    return own | {"blanks": blanks}
