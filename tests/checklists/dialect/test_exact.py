"""Keyturn's own Markdown is read exactly: structure where it is marked, text word for word everywhere else."""

import re

import pytest

from apps.checklists.exports import markdown
from apps.checklists.markdown import content, read
from apps.checklists.markdown.document import Correction, LineType
from tests.house.source import ROOT

HEAD = "---\nkeyturn: 1\ntitle: Pier\n---\n"


def parsed(body):
    return read(HEAD + body)


def template(body):
    return parsed(body).templates[0]


def only_item(body):
    (item,) = template(body).items
    return item


def line_types(body, chosen=None):
    lines = read(HEAD + body, chosen or {}).lines
    return [str(line.line_type) for line in lines if line.line > 4]


def test_the_worked_example_of_the_documentation_says_what_it_promises():
    page = (ROOT / "docs" / "markdown.md").read_text()
    example = re.search(r"^`{4}markdown\n(.*?)^`{4}$", page, re.DOTALL | re.MULTILINE)[1]
    values = markdown.content_of(example)
    assert not [one for one in read(example).suggestions if one.kind in ("attribute", "front_matter")]
    assert markdown.content_of(markdown.exported(values)) == values
    section, *_ = values["sections"]
    p95, sub = section["items"]
    assert (values["title"], values["tiers"], section["key"]) == ("AI gateway rollout", ["A", "B", "C"], "before")
    assert (p95["key"], p95["critical"], p95["keys"], p95["max_age_days"]) == ("p95", True, 3, 14)
    assert (p95["passkey"], sub["passkey"]) == (True, False)
    assert [blank["kind"] for blank in p95["fill_ins"]] == ["number", "date", "capacity", "choice"]
    assert [one["subject"] for one in p95["conditions"]] == ["environment", "item"]
    assert p95["commands"] == ["curl -fsS http://127.0.0.1:4000/health"]
    settings = {"url": "http://127.0.0.1:4000/health", "conditions": "status == 200"}
    assert p95["probe"] == {"kind": "http", "settings": settings}
    assert (sub["key"], sub["depth"], sub["keys"]) == ("sub", 1, 2)


def test_a_fence_of_a_shell_that_is_told_and_no_command_stays_told():
    values = markdown.content_of("# Release\n\n## Before\n\n- [ ] One\n")
    values["sections"][0]["items"][0]["text"] = "What it prints:\n\n```sh\nls\n```"
    again = markdown.content_of(markdown.exported(values))
    assert again == values
    assert again["sections"][0]["items"][0]["commands"] == []


def test_every_attribute_of_an_item_is_understood():
    item = only_item(
        '## A\n- [x] **Lamps** <!-- keyturn key=lamps critical keys=1 evidence=file,link max-age=14 owner="harbour '
        'master" controls=CC8.1,A.8.32 minutes=10 tiers=A,B if="environment is production" link="https://e.org/a Book" '
        'link=b.md probe=http probe-url="http://e.org/" paths=a/b.py later=1 -->\n'
    )
    own = item.properties
    assert (item.key, item.critical, item.keys, item.paths) == ("lamps", True, 2, ("a/b.py",))
    assert (own.evidence_kinds, own.max_age_days, own.owner_role) == (("file", "link"), 14, "harbour master")
    assert (own.controls, own.minutes, own.tiers) == (("CC8.1", "A.8.32"), 10, ("A", "B"))
    assert own.runbooks == (("Book", "https://e.org/a"), ("b.md", "b.md"))
    assert (own.probe.kind, own.probe.settings) == ("http", (("url", "http://e.org/"),))
    assert [str(one) for one in own.conditions] == ["environment is production"]
    assert own.attributes == (("later", "1"),)


@pytest.mark.parametrize(
    ("attribute", "sentence"),
    [
        ("keys=5", "keys=5 is no number from 1 to 4. Correct it."),
        ("max-age=0", "max-age=0 is no number from 1 to 3,650. Correct it."),
        ("key=A_b", "“A_b” is no key. Use small letters, digits and hyphens, at most 48."),
        ("evidence=film", "“film” is no kind of evidence. Choose among file, link, probe, command, field."),
        ('if="weather is fine"', "“weather is fine” is not a condition."),
        ('link=" "', "A link has an address, and words after it"),
    ],
)
def test_an_attribute_that_cannot_be_stays_as_it_is_with_a_sentence(attribute, sentence):
    document = parsed(f"## A\n- [ ] **Lamps** <!-- keyturn {attribute} -->\n")
    (item,) = document.templates[0].items
    (problem,) = [one for one in document.suggestions if one.kind == "attribute"]
    assert (problem.line, problem.text[: len(sentence)]) == (6, sentence)
    assert markdown.exported(content.content(document.templates[0])).count(attribute) == 1
    assert item.key == "lamps"


def test_what_is_said_twice_or_belongs_to_no_probe_stays_as_an_attribute():
    body = "## A\n- [ ] **L** <!-- keyturn key=a key=b keys=3 keys=4 owner=x owner=y probe-url=z paths=a paths=b -->\n"
    item = only_item(body)
    assert (item.key, item.keys, item.properties.owner_role, item.properties.probe) == ("a", 3, "x", None)
    assert item.properties.attributes == (
        ("key", "b"),
        ("keys", "4"),
        ("owner", "y"),
        ("paths", "b"),
        ("probe-url", "z"),
    )
    twice = only_item("## A\n- [ ] **L** <!-- keyturn probe=http probe=tcp -->\n").properties
    assert (twice.probe.kind, twice.attributes) == ("http", (("probe", "tcp"),))


def test_titles_are_read_without_marks_and_with_their_signs():
    titles = [item.title for item in template(
        "## A\n- [ ] **Have `kubectl` ready**\n- [ ] **\\*Star\\* and \\[box\\]**\n- [ ] Read *all* of it\n"
        "- [ ] **Bold** - and its detail\n").items]  # fmt: skip
    assert titles == ["Have kubectl ready", "*Star* and [box]", "Read all of it", "Bold"]
    assert template("## A\n- [ ] **Bold** - and its detail\n").items[0].text == "and its detail"


def test_text_keeps_its_lines_and_belongs_to_the_innermost_item_it_is_indented_under():
    above, below = template(
        "## A\n\nGuidance.\n\n- [ ] **Above**\n\n  First.\n\n\n  \n    Deep.\n"
        "  - [ ] **Below**\n    Of below.\n\tTabbed.\n"
        "  Of above again.\nOf the section.\n"
    ).items
    assert above.text == "First.\n\n\n\n  Deep.\n\nOf above again."
    assert (below.depth, below.text) == (1, "Of below.\nTabbed.")
    assert template("## A\nOne.\n- [ ] **x**\nTwo.\n").sections[0].guidance == "One.\n\nTwo."


def test_fences_are_commands_in_sections_and_items_and_text_above_them():
    document = parsed(
        "```bash\nls\n```\n\n## A\n```sh\ndate\n```\n- [ ] **x**\n  ```bash\n  echo a\n    echo b\n  ```\n"
        "  ```python\n  # no heading\n  ```\n  ```bash\n- [ ] **y**\n"
    )
    (one,) = document.templates
    assert one.guidance == "```bash\nls\n```"
    assert [code.text for code in one.sections[0].code] == ["date"]
    assert [(code.text, code.is_command) for code in one.items[0].code] == [
        ("echo a\n  echo b", True), ("# no heading", False),
    ]  # fmt: skip
    assert one.items[0].text == "```python\n# no heading\n```\n```bash"  # a fence that never closes is a text
    assert [item.title for item in one.items] == ["x", "y"]


def test_a_fence_is_closed_by_as_many_of_its_own_sign():
    item = only_item("## A\n- [ ] **x**\n  ````bash\n  ```\n  ~~~\n  ````\n  ~~~sh\n  date\n  ~~~\n")
    assert [code.text for code in item.code] == ["```\n~~~", "date"]


def test_blanks_are_of_their_item_and_under_a_sign_off_heading_of_the_sheet():
    one = template(
        "## A\n- [ ] **x**\n  - Where: ____\n  - On: ____ <!-- keyturn kind=date -->\n"
        "  - Odd: ____ <!-- keyturn kind=film -->\n  - Text and blank: ____ <!-- keyturn stays -->\n"
        "- Of nothing: ____\n\n"
        "## Sign-off\n\n- Led by: ____\nName: ____ Date: ____\n"
        "- Ready: ____ <!-- keyturn kind=choice options=Yes,No -->\n"
        "- Count: ____ <!-- keyturn kind=number unit=s -->\n\nSome words.\n"
    )
    (item,) = one.items
    assert [(blank.label, blank.kind) for blank in item.fill_ins] == [
        ("Where", "text"), ("On", "date"), ("Odd", "text"), ("Text and blank", "text"),
    ]  # fmt: skip
    assert item.text == "- Text and blank: ____"
    assert one.sections[0].guidance == "- Of nothing: ____"
    assert [(field.label, field.kind, field.options) for field in one.sign_off_fields] == [
        ("Led by", "text", ()), ("Name", "text", ()), ("Date", "date", ()), ("Ready", "choice", ("Yes", "No")),
        ("Count", "text", ()),
    ]  # fmt: skip
    assert one.sections[1].guidance == "Some words."


def test_a_blank_that_is_of_no_known_kind_has_a_sentence():
    document = parsed("## A\n- [ ] **x**\n  - Odd: ____ <!-- keyturn kind=film -->\n")
    assert [one.text[:29] for one in document.suggestions if one.kind == "attribute"] == [
        "“film” is no kind of fill-in."
    ]


def test_headings_are_sections_and_the_first_is_the_title():
    one = template(
        "# Heading\n\n#### Deep\n## A <!-- keyturn key=a later -->\n### B ##\n# C\n###### D <!-- keyturn depth=7 -->\n"
    )
    assert one.title == "Pier"
    assert [(each.title, each.depth, each.parent, each.attributes) for each in one.sections] == [
        ("Deep", 1, "", ()), ("A", 1, "", (("later", None),)), ("B", 2, "A", ()), ("C", 1, "", ()), ("D", 2, "C", ()),
    ]  # fmt: skip
    assert read("---\nkeyturn: 1\n---\n# Heading\n- [ ] **x**\n").templates[0].title == "Heading"
    assert read("---\nkeyturn: 1\n---\nText.\n# Heading\n- [ ] **x**\n", name="File").templates[0].title == "File"
    assert [each.title for each in template("- [ ] **x**\n").sections] == ["Pier"]


def test_blocks_that_were_not_understood_stay_where_they_were():
    one = template(
        "<!-- keyturn unread -->\nabove\n<!-- keyturn end -->\n\n## A\n- [ ] **x** <!-- keyturn key=k -->\n"
        "<!-- keyturn unread -->\n- [ ] no item\n<!-- keyturn end --> <!-- keyturn text -->\n<!-- keyturn end -->\n"
        "<!-- keyturn end -->\n<!-- keyturn unread -->\nnever ends"
    )
    assert [(each.after, each.text) for each in one.unread] == [("", "above")]
    assert [(each.after, each.text) for each in one.sections[0].unread] == [
        ("k", "- [ ] no item\n<!-- keyturn end -->"), ("k", "never ends"),
    ]  # fmt: skip


def test_a_line_that_says_it_is_text_is_text():
    assert (
        template("## A\n## B <!-- keyturn text -->\n- [ ] x <!-- keyturn text -->\n").sections[0].guidance
        == "## B\n- [ ] x"
    )


def test_people_may_correct_what_a_line_is():
    body = "# T\n## A\nWords.\n- [ ] **x**\n  Odd: ____\n  date\nGone.\nUnclear.\n"
    chosen = {
        6: Correction(LineType.GUIDANCE), 7: Correction(LineType.SECTION), 8: Correction(None, critical=True, keys=3),
        9: Correction(LineType.SIGN_OFF), 10: Correction(LineType.COMMAND), 11: Correction(LineType.LEFT_OUT),
        12: Correction(LineType.NOT_UNDERSTOOD),
    }  # fmt: skip
    document = read(HEAD + body, chosen)
    (one,) = document.templates
    assert line_types(body, chosen) == [
        "title", "guidance", "section", "item", "sign_off", "command", "left_out", "not_understood",
    ]  # fmt: skip
    assert (one.guidance, one.sections[0].title) == ("## A", "Words.")
    assert (one.items[0].critical, one.items[0].keys, one.items[0].code[0].text) == (True, 3, "date")
    assert one.sections[0].unread[0].text == "Unclear."
    assert [
        item.title for item in read(HEAD + "# T\nTake me\n", {6: Correction(LineType.ITEM)}).templates[0].items
    ] == ["Take me"]


def test_many_fences_that_never_close_are_read_in_time():
    text = HEAD + "## A\n" + "- [ ] **x**\n  ~~~a\n" * 3_000 + "  ~~~\n" + "~~~~a\n" * 3_000 + "~~~\n" * 30
    assert len(read(text).templates[0].items) == 3_000
