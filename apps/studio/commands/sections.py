"""Sections of a draft: added, edited, moved, removed."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.checklists.models import TemplateSection, TemplateVersion
from apps.checklists.rules.keys import UniqueKeys
from apps.core.errors import Stale, TooLarge
from apps.core.shown import require_unchanged
from apps.studio import rules
from apps.studio.events import DraftSectionAdded, DraftSectionEdited, DraftSectionMoved, DraftSectionRemoved
from apps.studio.rules import Change

from .items import stored as stored_item
from .parts import begin, make_step, named

MOST_SECTIONS = 500
EMPTY = {name: value for name, value in TemplateSection().own().items() if name != "key"}


@transaction.atomic
def add_draft_section(
    version: TemplateVersion, *, by: User, title: str, after: str = "", intent: UUID | None = None
) -> str:
    """Add a section behind the section `after`, "" for the end. Returns its key, "" where it was added already."""
    edit = begin(version, by=by, intent=intent)
    version = edit.version
    if edit.is_known:
        return ""
    every = _places(version)
    if len(every) >= MOST_SECTIONS:
        raise TooLarge(f"A checklist has at most {MOST_SECTIONS} sections. Split it into several checklists.")
    key = UniqueKeys("section", [place.key for place in every]).make(title)
    at = next((n for n, place in enumerate(every, 1) if place.key == after), len(every))
    [position], others = rules.make_room(every, at, 1, what="section")
    change = Change("section", key, None, {**EMPTY, "title": title, "position": position})
    make_step(
        edit,
        [*others, change],
        DraftSectionAdded(**named(version, f"added the section “{title}”")),
    )
    return key


@transaction.atomic
def edit_draft_section(
    version: TemplateVersion,
    *,
    by: User,
    key: str,
    values: Mapping[str, Any],
    shown: str | None = None,
    intent: UUID | None = None,
) -> TemplateVersion:
    """Change what a section says, unless that changed since it was `shown`."""
    edit = begin(version, by=by, intent=intent)
    version = edit.version
    if edit.is_known:
        return version
    section = _section(version, key)
    now = section.own()
    require_unchanged(shown, rules.texts_of({name: now[name] for name in values}), rules.texts_of(values))
    changes = rules.edited("section", key, now, values)
    words = f"edited the section “{section.title}”"
    return make_step(edit, changes, DraftSectionEdited(**named(version, words)))


@transaction.atomic
def move_draft_section(
    version: TemplateVersion, *, by: User, key: str, after: str = "", intent: UUID | None = None
) -> TemplateVersion:
    """Move a section with its items behind the section `after`, "" for the top."""
    edit = begin(version, by=by, intent=intent)
    version = edit.version
    if edit.is_known:
        return version
    section = _section(version, key)
    staying = [place for place in _places(version) if place.key != key]
    at = next((n for n, place in enumerate(staying, 1) if place.key == after), 0)
    [position], others = rules.make_room(staying, at, 1, what="section")
    changes = others + rules.edited("section", key, {"position": section.position}, {"position": position})
    words = f"moved the section “{section.title}”"
    return make_step(edit, changes, DraftSectionMoved(**named(version, words)))


@transaction.atomic
def remove_draft_section(
    version: TemplateVersion, *, by: User, key: str, intent: UUID | None = None
) -> TemplateVersion:
    """Take a section out with its items, as one step."""
    edit = begin(version, by=by, intent=intent)
    version = edit.version
    if edit.is_known:
        return version
    section = _section(version, key)
    items = section.items.select_related("section")
    changes = [Change("item", item.key, stored_item(item), None) for item in items]
    changes.append(Change("section", key, stored(section), None))
    words = f"removed the section “{section.title}”"
    return make_step(edit, changes, DraftSectionRemoved(**named(version, words)))


def stored(section: TemplateSection) -> dict[str, Any]:
    """All that is needed to make the section again, but for its items."""
    return {name: value for name, value in section.own().items() if name != "key"} | {"position": section.position}


def _places(version: TemplateVersion) -> list[rules.Place]:
    rows = version.sections.order_by("position").values_list("key", "position")
    return [rules.Place(key, "", position, 0) for key, position in rows]


def _section(version: TemplateVersion, key: str) -> TemplateSection:
    section = version.sections.filter(key=key).first()
    if section is None:
        raise Stale("This section was removed meanwhile. Undo that, or add it again.")
    return section
