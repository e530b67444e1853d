"""Items of a draft: edited, added, removed, moved, indented."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.checklists.models import TemplateItem, TemplateVersion
from apps.checklists.rules.keys import UniqueKeys
from apps.core.errors import Stale, TooLarge, WrongState
from apps.core.shown import require_unchanged
from apps.core.wording import plural
from apps.studio import rules, selectors
from apps.studio.events import (
    DraftItemEdited,
    DraftItemsAdded,
    DraftItemsEdited,
    DraftItemsIndented,
    DraftItemsMoved,
    DraftItemsRemoved,
)
from apps.studio.rules import Change

from .parts import MEANWHILE, begin, make_step, named, places

MOST_ITEMS = 10_000
EMPTY = {name: value for name, value in TemplateItem().own().items() if name != "key"}


@transaction.atomic
def edit_draft_item(
    version: TemplateVersion,
    *,
    by: User,
    key: str,
    values: Mapping[str, Any],
    shown: str | None = None,
    intent: UUID | None = None,
) -> TemplateVersion:
    """Change fields of an item, unless one of them changed since it was `shown`."""
    edit = begin(version, by=by, intent=intent)
    version = edit.version
    if edit.is_known:
        return version
    item = _item(version, key)
    now = {name: getattr(item, name) for name in values}
    require_unchanged(shown, rules.texts_of(now), rules.texts_of(values))
    changes = rules.edited("item", key, item.own(), _consistent(item, values))
    event = DraftItemEdited(**named(version, f"edited “{item.title}”"))
    return make_step(edit, changes, event, items=[item])


@transaction.atomic
def edit_draft_items(
    version: TemplateVersion, *, by: User, keys: Sequence[str], values: Mapping[str, Any], intent: UUID | None = None
) -> TemplateVersion:
    """Set fields of several items to the same values, as one step."""
    edit = begin(version, by=by, intent=intent)
    version = edit.version
    if edit.is_known:
        return version
    found = list(version.items.filter(key__in=keys).order_by("section__position", "position"))
    changes = [
        change for item in found for change in rules.edited("item", item.key, item.own(), _consistent(item, values))
    ]
    words = f"set {', '.join(name.replace('_', ' ') for name in values)} of {plural(len(changes), 'item')}"
    return make_step(edit, changes, DraftItemsEdited(**named(version, words)))


@transaction.atomic
def add_draft_items(
    version: TemplateVersion,
    *,
    by: User,
    section: str,
    titles: Sequence[str],
    after: str = "",
    depth: int = 0,
    intent: UUID | None = None,
) -> list[str]:
    """Add an item for each title behind the item `after`, "" for the end of the section. Returns their keys."""
    edit = begin(version, by=by, intent=intent)
    version = edit.version
    if edit.is_known:
        return []
    every = places(version)
    if len(every) + len(titles) > MOST_ITEMS:
        raise TooLarge(f"A checklist has at most {MOST_ITEMS:,} items; this one has {len(every):,} already.")
    _require_section(version, section)
    unique = UniqueKeys("item", [place.key for place in every])
    keys = [unique.make(title) for title in titles]
    new, others = rules.added(every, keys, section=section, after=after, depth=depth)
    changes = [
        Change("item", place.key, None, {**EMPTY, "title": title, **rules.fields_of(place)})
        for place, title in zip(new, titles, strict=True)
    ]
    words = f"added {_called(titles)}"
    make_step(edit, [*others, *changes], DraftItemsAdded(**named(version, words)))
    return keys


@transaction.atomic
def remove_draft_items(
    version: TemplateVersion, *, by: User, keys: Sequence[str], intent: UUID | None = None
) -> TemplateVersion:
    """Take items out, and what stands under them, as one step."""
    edit = begin(version, by=by, intent=intent)
    version = edit.version
    if edit.is_known:
        return version
    going = [place.key for place in rules.with_children(places(version), keys)]
    items = list(version.items.filter(key__in=going).select_related("section"))
    words = f"removed {_called([item.title for item in items])}"
    changes = [Change("item", item.key, stored(item), None) for item in items]
    return make_step(edit, changes, DraftItemsRemoved(**named(version, words)))


@transaction.atomic
def move_draft_items(
    version: TemplateVersion,
    *,
    by: User,
    keys: Sequence[str],
    section: str,
    after: str = "",
    intent: UUID | None = None,
) -> TemplateVersion:
    """Move items, and what stands under them, behind the item `after` of a section, "" for its top."""
    edit = begin(version, by=by, intent=intent)
    version = edit.version
    if edit.is_known:
        return version
    _require_section(version, section)
    changes = rules.moved(places(version), keys, section=section, after=after)
    return make_step(edit, changes, DraftItemsMoved(**named(version, f"moved {_named(version, keys)}")))


@transaction.atomic
def indent_draft_items(
    version: TemplateVersion, *, by: User, keys: Sequence[str], levels: int, intent: UUID | None = None
) -> TemplateVersion:
    """Make items sub-items of the one above them (`levels` 1), or bring them up (-1)."""
    edit = begin(version, by=by, intent=intent)
    version = edit.version
    if edit.is_known:
        return version
    changes = rules.indented(places(version), keys, by=levels)
    words = f"{'indented' if levels > 0 else 'outdented'} {_named(version, keys)}"
    return make_step(edit, changes, DraftItemsIndented(**named(version, words)))


def stored(item: TemplateItem) -> dict[str, Any]:
    """All that is needed to make the item again."""
    own = {name: value for name, value in item.own().items() if name != "key"}
    return own | {"section": item.section.key, "position": item.position}


def _item(version: TemplateVersion, key: str) -> TemplateItem:
    item = selectors.item_of(version, key)
    if item is None:
        raise Stale("This item was removed meanwhile. Undo that, or add it again.")
    return item


def _consistent(item: TemplateItem, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with what they bring along: a critical item has two keys at least."""
    critical = values.get("critical", item.critical)
    if critical and values.get("keys", 2) < 2:
        raise WrongState("A critical item takes two keys at least. Make it not critical first.")
    needs = critical and values.get("keys", item.keys) < 2
    return {**values, "keys": 2} if needs else {**values}


def _require_section(version: TemplateVersion, section: str) -> None:
    if not version.sections.filter(key=section).exists():
        raise Stale(MEANWHILE)


def _called(titles: Sequence[str]) -> str:
    return f"“{''.join(titles)}”" if not titles[1:] else plural(len(titles), "item")


def _named(version: TemplateVersion, keys: Sequence[str]) -> str:
    return _called(list(version.items.filter(key__in=keys).values_list("title", flat=True)))
