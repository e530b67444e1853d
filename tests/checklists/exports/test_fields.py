"""A field of a template's item or section has a place wherever items are written, read, stored, compared and edited."""

from collections.abc import Collection

import pytest

from apps.checklists.exports import canonical, table
from apps.checklists.markdown import content, read
from apps.checklists.models import ITEM_FIELDS, SECTION_FIELDS
from apps.checklists.rules import merging
from apps.studio.selectors import panel
from tests.checklists.exports.contents import ITEM, SECTION

FIELDS = frozenset(canonical.ITEM)
READ = content.content(read("# A\n\n- [ ] b\n").templates[0])["sections"][0]["items"][0]
STATED = {"key", "title", "text", "commands", "depth"}  # by every document, so that merging never guesses them
ELSEWHERE = {"key", "title", "text", "commands", "depth"}  # in the studio: edited at the top of the panel, or moved
UNEDITED = {"paths", "attributes"}  # found in the text, or unknown to Keyturn
EDITED = {field for _, _, fields in panel.PROPS for field in fields}

PLACES = {
    "what a text says (markdown/content.py: _item, with its default in markdown/document.py: Properties)": READ,
    "the columns of a table (exports/table.py: COLUMNS)": {column.name for column in table.COLUMNS},
    "random contents, which try each format with it (tests/checklists/exports/contents.py: ITEM)": ITEM,
    "what the database stores (models/contents.py: ITEM_FIELDS, and a column with its migration)": ITEM_FIELDS,
    "what a changed document leaves as it is (rules/merging.py: UNSAID)": STATED | merging.UNSAID.keys(),
    "the studio's panel (apps/studio/selectors/panel.py: PROPS)": ELSEWHERE | UNEDITED | EDITED,
}


@pytest.mark.parametrize("place", PLACES)
def test_every_field_of_an_item_has_a_place_in(place: str) -> None:
    found: Collection[str] = PLACES[place]
    lacking = FIELDS - set(found)
    assert not lacking, f"{', '.join(sorted(lacking))} of exports/canonical.py: ITEM lacks a place in {place}. Add it."


def test_every_field_of_a_section_is_stored_and_tried_at_random() -> None:
    for place, found in (
        ("what the database stores (models/contents.py: SECTION_FIELDS)", {*SECTION_FIELDS, "items"}),
        ("random contents (tests/checklists/exports/contents.py: SECTION)", {*SECTION, "parent"}),  # found by depth
    ):
        lacking = canonical.SECTION - found
        assert not lacking, f"{', '.join(sorted(lacking))} of canonical.py: SECTION lacks a place in {place}. Add it."


def test_every_field_that_a_text_or_the_database_has_is_one_of_a_content() -> None:
    odd = {*READ, *ITEM_FIELDS} - FIELDS
    assert not odd, f"{', '.join(sorted(odd))} is no field of exports/canonical.py: ITEM. Add it there and to _item."
