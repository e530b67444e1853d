"""What another version of its checklist would change in a deployment: which keys stay, which fall out, and why."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet, Subquery

from apps.accounts.models import User
from apps.checklists.models import TemplateItem, TemplateSection, TemplateVersion
from apps.checklists.selectors import Sections, sections_of_each
from apps.core.shown import texts
from apps.deployments.models import Deployment, Item, Section
from apps.deployments.rules import SIGNED_COLUMNS, Filling

from .applying import conditions_of, filling_of, section_texts

# What keys cover of what a template says.
SIGNED = (*SIGNED_COLUMNS, "labels")


@dataclass(frozen=True)
class ItemUpgrade:
    """What becomes of one item. `line` is what the new version says, None where it leaves; `item` None for a new one.

    `before` and `after` are the signed fields of both versions, filled in for this deployment.
    """

    item: Item | None
    line: TemplateItem | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @cached_property
    def turned(self) -> int:
        """How many keys count on it now."""
        return len(self.item.sign_off.turned) if self.item else 0

    @cached_property
    def is_changed(self) -> bool:
        """Whether what keys cover changes."""
        return self.item is not None and self.line is not None and self.before != self.after

    @property
    def lets_go(self) -> bool:
        """Whether it has what a change ends besides keys: a waiver, or that it is carried over."""
        return self.item is not None and (self.item.waiver is not None or self.item.is_carried)

    @property
    def falls_out(self) -> bool:
        """Whether it changes, and that ends what somebody signed, asked for or carried over."""
        return self.is_changed and bool(self.turned or self.lets_go)

    @property
    def comes(self) -> bool:
        """Whether it is not there yet, or left before and comes back."""
        return self.line is not None and (self.item is None or bool(self.item.left_in))

    @property
    def falls(self) -> int:
        """How many keys fall out."""
        return self.turned if self.is_changed else 0

    @property
    def applies_as_now(self) -> bool:
        """Whether nothing has to be judged to know that it applies: its conditions stay, or a new one has none."""
        return self.line is not None and conditions_of(self.line) == (self.item.conditions if self.item else [])

    def blocks_then(self, blocked: Collection[int]) -> bool:
        """Whether it blocks after the upgrade, where it applies. blocked: numbers of the items that block now."""
        if self.item is None or self.comes or not self.applies_as_now:
            return self.line is not None
        return self.item.applies if self.falls_out else self.item.number in blocked

    @property
    def fields(self) -> tuple[str, ...]:
        """The signed fields that change."""
        return tuple(name for name in SIGNED if self.before.get(name) != self.after.get(name))


@dataclass
class Upgrade:
    """All that a new version changes, by what it costs."""

    deployment: Deployment
    before: TemplateVersion
    version: TemplateVersion
    sections: Sections
    items: list[ItemUpgrade]
    filling: Filling
    every: list[Item]

    @property
    def last_number(self) -> int:
        """The number of the last item there is."""
        return max((item.number for item in self.every), default=0)

    @cached_property
    def homes(self) -> dict[str, str]:
        """The key of the section each item stands in, by the item's key."""
        return {line.key: section.key for section in self.sections for line in section.lines}

    @cached_property
    def fall(self) -> list[ItemUpgrade]:
        """Items whose keys fall out, whose waiver ends, or that are no longer carried over."""
        return [each for each in self.items if each.falls_out]

    @cached_property
    def come(self) -> list[ItemUpgrade]:
        """Items that are not there yet, or that left before and come back."""
        return [each for each in self.items if each.comes]

    @cached_property
    def change(self) -> list[ItemUpgrade]:
        """Items that change before anybody signed them."""
        return [each for each in self.items if each.is_changed and not each.falls_out and not each.comes]

    @cached_property
    def leave(self) -> list[ItemUpgrade]:
        """Items that the new version no longer has."""
        return [each for each in self.items if each.line is None and each.item and not each.item.left_in]

    @property
    def keys_that_fall(self) -> int:
        """How many keys fall out."""
        return sum(each.falls for each in self.items)

    @property
    def keys_that_stay(self) -> int:
        """How many turned keys stay as they are."""
        return sum(each.turned for each in self.items) - self.keys_that_fall

    def reads_otherwise(self, section: Section, source: TemplateSection) -> dict[str, Any]:
        """What the new version says of a section; empty where it stands there already."""
        texts = section_texts(source, self.filling)
        return {} if all(getattr(section, name) == text for name, text in texts.items()) else texts

    @property
    def sections_changed(self) -> int:
        """How many sections with items read otherwise then."""
        known = {item.section.key: item.section for item in self.every}
        pairs = ((known.get(source.key), source) for source in self.sections)
        return sum(1 for section, source in pairs if section and self.reads_otherwise(section, source))

    @property
    def shown(self) -> dict[str, str]:
        """What its page shows, to whoever makes it: which version, and which keys are turned now."""
        items = [each.item for each in self.items if each.item]
        keys = [f"{one.number}:{one.sign_off.revision}:{len(one.sign_off.turned)}:{one.is_carried:d}" for one in items]
        return texts(version=self.version.pk, now=self.deployment.template_version_id, keys=" ".join(keys))


def upgrade_of(deployment: Deployment, by: User | None = None) -> Upgrade | None:
    """What the newest published version would change; None if it runs on that. In a fixed number of queries.

    by: who makes it; without, nobody does.
    """
    now, *newer = versions_of(deployment)
    return _upgrade(deployment, now, newer[0], by) if newer else None


def versions_of(deployment: Deployment) -> QuerySet[TemplateVersion]:
    """The version it runs on and, behind it, the newest published one where that is another."""
    newest = TemplateVersion.objects.newest_beside(deployment.template_version_id)
    which = Q(pk=deployment.template_version_id) | Q(pk=Subquery(newest.values("pk")))
    return TemplateVersion.objects.filter(which).order_by("number")


def _upgrade(deployment: Deployment, now: TemplateVersion, new: TemplateVersion, by: User | None) -> Upgrade:
    former, sections = sections_of_each(now, new)
    items = list(deployment.items.for_upgrade(by))
    by_key = {item.key: item for item in sorted(items, key=lambda item: item.number) if item.key}
    filling = filling_of(deployment, new)
    pairs = list(_pairs(by_key, sections, _signed_by_key(former, filling_of(deployment, now)), filling))
    return Upgrade(deployment, now, new, sections, pairs, filling, items)


def _pairs(
    items: Mapping[str, Item], sections: Sections, before: Mapping[str, Any], filling: Filling
) -> Iterator[ItemUpgrade]:
    lines = [line for section in sections for line in section.lines]
    for line in lines:
        item = items.get(line.key)
        after = signed_of(line, filling)
        yield ItemUpgrade(item, line, (before.get(line.key) or _signed_now(item)) if item else {}, after)
    known = {line.key for line in lines}
    for key, item in items.items():
        if key not in known:
            yield ItemUpgrade(item, None, before.get(key, {}), {})


def _signed_by_key(sections: Sections, filling: Filling) -> dict[str, dict[str, Any]]:
    return {line.key: signed_of(line, filling) for section in sections for line in section.lines}


def _signed_now(item: Item) -> dict[str, Any]:
    """What keys cover of an item that the version it runs on does not have: it left before, and comes back."""
    own = {name: getattr(item, name) for name in SIGNED_COLUMNS}
    return own | {"labels": [fill["label"] for fill in item.fill_ins]}


def signed_of(line: TemplateItem, filling: Filling) -> dict[str, Any]:
    """What keys would cover of what a template says, with this deployment's values."""
    return {
        "title": filling.title(line.title),
        "text": filling.sentence(line.text),
        "commands": [filling.command(command) for command in line.commands],
        "critical": line.critical,
        "keys": line.keys,
        "passkey": line.passkey,
        "labels": [filling.sentence(blank["label"]) for blank in line.fill_ins],
    }
