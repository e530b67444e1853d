"""Attributes work in any Markdown, everything has a key, and what was not understood stays at its place."""

from apps.checklists.exports import markdown
from apps.checklists.markdown import content, read
from apps.checklists.markdown.document import Field, ParsedItem, ParsedSection, ParsedTemplate

TEXT = """\
# Pier

<!-- above -->

## Before <!-- keyturn key=first later=1 -->
- [ ] **Lamps** <!-- keyturn key=lamps critical keys=3 if="environment is production" -->
  - Seen on: ____ <!-- keyturn kind=date -->
  - Odd: ____ <!-- keyturn other=1 -->
- [ ] Ropes are dry <!-- keyturn keys=9 paths=a.py -->

<!-- one -->
<!-- two -->

## After <!-- keyturn key="not a key" -->
- [ ] Ropes are dry

```
- [ ] no item <!-- keyturn key=no -->
```
"""


def test_attributes_work_in_any_markdown():
    document = read(TEXT)
    (template,) = document.templates
    before, after = template.sections
    lamps, ropes, again = template.items
    assert (before.key, before.attributes, after.key) == ("first", (("later", "1"),), "after")
    assert (lamps.key, lamps.critical, lamps.keys) == ("lamps", True, 3)
    assert [str(one) for one in lamps.properties.conditions] == ["environment is production"]
    assert [(blank.label, blank.kind) for blank in lamps.fill_ins] == [("Seen on", "date"), ("Odd", "text")]
    assert (ropes.key, again.key, ropes.keys, ropes.paths) == ("ropes-are-dry", "ropes-are-dry-2", 2, ("a.py",))
    assert [one.text for one in document.suggestions if one.kind == "attribute"] == [
        "keys=9 is no number from 1 to 4. Correct it."
    ]
    assert "keyturn" not in f"{template.guidance}{before.guidance}{lamps.title}{lamps.text}{ropes.title}"
    assert [line.text for line in document.lines][3].endswith('if="environment is production" -->')


def test_what_was_not_understood_stays_where_it_stood_and_is_given_back():
    (template,) = read(TEXT).templates
    assert [one.text for one in template.unread] == ["<!-- above -->"]
    assert [(one.after, one.text) for one in template.sections[0].unread] == [
        ("ropes-are-dry", "<!-- one -->\n<!-- two -->")
    ]
    values = content.content(template)
    assert markdown.content_of(markdown.exported(values)) == values


def test_a_critical_item_takes_two_keys_whatever_its_attributes_say():
    (item,) = read("# P\n- [ ] (critical) Lamps <!-- keyturn keys=1 -->\n").templates[0].items
    assert (item.critical, item.keys) == (True, 2)


def test_what_has_no_title_and_what_is_too_long_is_given_back_as_it_is_stored():
    section = ParsedSection(
        "", 1, items=(ParsedItem("x", "", 2, fill_ins=(Field("a " * 150, 2), Field(" ", 2)), key="x"),), key="s"
    )
    below = ParsedSection("B", 3, depth=2, parent="", key="b")
    values = content.content(ParsedTemplate("", 1, sections=(section, below)))
    assert [(one["title"], one["parent"]) for one in values["sections"]] == [("Untitled", ""), ("B", "Untitled")]
    assert values["title"] == "Untitled checklist"
    labels = [blank["label"] for blank in values["sections"][0]["items"][0]["fill_ins"]]
    assert labels == ["a " * 99 + "a", "Answer"]
    assert markdown.content_of(markdown.exported(values)) == values
