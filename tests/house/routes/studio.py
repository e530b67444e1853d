"""The addresses of studio."""

import uuid
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from apps.checklists.models import ITEM_FIELDS, SECTION_FIELDS, VERSION_FIELDS
from apps.studio.rules import texts_of
from apps.studio.selectors import draft_of
from tests.house.routes.route import Route, Values, nothing, over, says, team


def written(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**team(stage), "template": stage.written.template_id}


def own(row: Any, names: tuple[str, ...]) -> dict[str, str]:
    """What a form of the studio shows of a row."""
    return texts_of({name: getattr(row, name) for name in names})


def part(key: str) -> Values:
    """The address of an item or a section of the draft."""
    return lambda stage: {**written(stage), "key": key}


OF_A_TEAM = {
    "studio:draft": Route(written, get=200),
    "studio:rows": Route(written, get=200),
    "studio:here": Route(
        written, body=says(page=str(uuid.UUID(int=7)), place="items/tell-support"), auditor=200, records=False
    ),
    "studio:follow": Route(lambda stage: {"template": stage.written.template_id}, get=200),
    "studio:item": Route(part("tell-support"), get=200),
    "studio:item_panel": Route(part("tell-support"), get=200),
    "studio:section": Route(part("items"), get=200),
    "studio:section_panel": Route(part("items"), get=200),
    "studio:version": Route(written, get=200),
    "studio:version_panel": Route(written, get=200),
    "studio:undo_step": Route(written, body=lambda stage: {"shown": 3}),
    "studio:redo_step": Route(written, body=lambda stage: {"shown": 4}),
    "studio:edit_draft": Route(written, body=over(lambda s: own(s.written, VERSION_FIELDS), title="Release")),
    "studio:accept_draft_problem": Route(
        written, body=lambda stage: {"problem": draft_of(stage.written).problems[0].digest, "why": "It is a word."}
    ),
    "studio:add_draft_items": Route(written, body=says(section="items", titles="Call somebody")),
    "studio:edit_draft_items": Route(written, body=says(item=["tell-support"], what="keys 3")),
    "studio:edit_draft_item": Route(
        part("tell-support"),
        body=over(
            lambda s: own(s.written.items.get(key="tell-support"), ITEM_FIELDS), title="Tell everybody", keys="2"
        ),
    ),
    "studio:move_draft_items": Route(written, body=says(item=["tell-support"], to="up")),
    "studio:indent_draft_items": Route(written, body=says(item=["tell-support"], levels="1")),
    "studio:remove_draft_items": Route(written, body=says(item=["tell-support"])),
    "studio:add_draft_section": Route(written, body=says(title="Rollback")),
    "studio:edit_draft_section": Route(
        part("items"), body=over(lambda s: own(s.written.sections.get(key="items"), SECTION_FIELDS), title="Before")
    ),
    "studio:move_draft_section": Route(part("items"), body=says(to="down")),
    "studio:remove_draft_section": Route(part("items"), body=nothing),
}
