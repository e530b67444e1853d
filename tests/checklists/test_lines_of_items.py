"""Which lines are items, and which of those around an item belong to it."""

import pytest

from apps.checklists.markdown import read
from tests.checklists.reading import commands, first, items, sections, texts, types


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("- [ ] Text with [x] inside", "Text with [x] inside"),
        ("- [ ] Write `- [ ]` in it", "Write - [ ] in it"),
        (r"- [ ] Write \[ \] in it", "Write [ ] in it"),
        ("- - [ ] Nested", "Nested"),
        ("1. - [ ] Nested", "Nested"),
        (r"- \[ \] Escaped", "Escaped"),
        ("- **[ ] Bold**", "Bold"),
        ("### [ ] Heading", "Heading"),
        ("> > - [ ] Quoted", "Quoted"),
        ("- [ ][The plan](https://a.example)", "The plan"),
        ("- [ ]\n  The next line", "The next line"),
    ],
)
def test_a_line_that_begins_with_a_box_is_an_item(line, title):
    assert items(f"# T\n- [ ] First\n{line}\n") == ["First", title]


@pytest.mark.parametrize("after", ["", "\n- [ ] b", "\n  - [ ] b", "\n  - b", "\nwords", "\n  ```\n  x\n  ```"])
def test_a_box_without_words_is_not_understood(after):
    assert types(f"# T\n- [ ] a\n- [ ]{after}\n")[2] == "not_understood"


@pytest.mark.parametrize("line", ["- ✅ Ropes dry", "✅ Ropes dry", "- ☑ Ropes dry"])
def test_a_tick_right_beside_boxes_is_an_item_that_was_ticked(line):
    assert items(f"# T\n- [ ] Lamps lit\n{line}\n") == ["Lamps lit", "Ropes dry"]


def test_bullets_of_bullets_without_a_box_are_no_boxes():
    assert items("# T\n- - - - - - a\n") == ["- - - - - a"]


class TestWrapped:
    @pytest.mark.parametrize(
        ("lines", "title"),
        [
            ("Read the notes of\n      [the drill](u)\n      and repeat", "Read the notes of the drill and repeat"),
            ("Read the notes of\nthe drill", "Read the notes of the drill"),
            ("Make sure that the boat in\n  Paris is dry", "Make sure that the boat in Paris is dry"),
            ("Check the boat\n  `name` first", "Check the boat name first"),
            ("Run\n  `name`", "Run name"),
            ("Check the boat\n  (the old one)", "Check the boat (the old one)"),
            ("Check the boat (the\n  Old one)", "Check the boat (the Old one)"),
            ("灯りを\n  確認する", "灯りを確認する"),
            (f"{'Long words ' * 6}\n  Ada wrote", f"{'Long words ' * 6}Ada wrote"),
        ],
    )
    def test_a_line_that_goes_on_with_the_sentence_is_part_of_the_title(self, lines, title):
        assert items(f"# T\n- [ ] {lines}\n- [ ] Next\n") == [title, "Next"]

    @pytest.mark.parametrize(
        ("lines", "title", "text"),
        [
            ("**Boat**\n  and words", "Boat", "and words"),
            ("Check the boat.\n  it is old", "Check the boat.", "it is old"),
            ("Check the boat\n  Set the sail", "Check the boat", "Set the sail"),
            ("Check the boat\n  [plan](u)", "Check the boat", "[plan](u)"),
            ("Check the boat\n  > a quote", "Check the boat", "> a quote"),
            ("Check the boat\nSet the sail\nSlowly", "Check the boat", "Set the sail\nSlowly"),
        ],
    )
    def test_another_sentence_is_its_text(self, lines, title, text):
        assert texts(f"# T\n- [ ] {lines}\n- [ ] Next\n") == [(title, text), ("Next", "")]

    def test_what_follows_stays_nested(self):
        text = "# T\n- [ ] Parent\n  - [ ] One that is about\nsomething else\nAnd more\n  - [ ] Two\n"
        assert [item.depth for item in read(text).templates[0].items] == [0, 1, 1]
        assert items("# T\n- a\ngoes on\n  - sub\n") == ["a goes on"]

    def test_a_label_right_below_an_item_is_none_of_it(self):
        assert read("# T\n- [ ] Sail\n**More:** words\n").templates[0].sections[0].guidance == "**More:** words"


class TestBetween:
    def test_words_between_two_items_stay_between_them(self):
        assert texts("# T\n- [ ] a\n\nWait ten minutes.\n\n- [ ] b\n\nThe end.\n") == [
            ("a", "Wait ten minutes."),
            ("b", ""),
        ]

    @pytest.mark.parametrize("mark", ["- [ ] ", "- ", "1. "])
    def test_a_fence_after_a_blank_line_belongs_to_the_item_above(self, mark):
        text = f"# T\n{mark}Back up\n\n```sh\npg_dump\n```\n\n{mark}Restore\n\n```sh\npg_restore\n```\n"
        assert commands(text) == [("Back up", ["pg_dump"]), ("Restore", ["pg_restore"])]

    def test_a_fence_after_several_boxes_belongs_to_the_last_if_it_is_to_be_run(self):
        boxes = "# T\n- [ ] Back up\n- [ ] Tell\n\n"
        assert commands(f"{boxes}```sh\npg_dump\n```\n") == [("Back up", []), ("Tell", ["pg_dump"])]
        assert [len(item.code) for item in read(f"{boxes}```json\n1\n```\n").templates[0].items] == [0, 0]


class TestCommands:
    @pytest.mark.parametrize(
        "block", ["```\n$ make\nit works\n$ make \\\n  all\n```", "```console\n$ make\nit works\n$ make \\\n  all\n```"]
    )
    def test_prompts_and_output_are_no_part_of_a_command(self, block):
        item = first(f"# T\n- [ ] Build\n\n{block}\n")
        assert [(one.text, one.is_command) for one in item.code] == [
            ("make\nmake \\\n  all", True),
            ("it works", False),
        ]
        assert item.text == "```\nit works\n```"

    def test_comments_before_a_prompt_stay(self):
        assert commands("# T\n- [ ] a\n\n```sh\n# first\n$ make\n```\n") == [("a", ["# first\nmake"])]

    @pytest.mark.parametrize(
        "lines",
        [
            "Hull\n  `make all`",
            "Hull\n\n  `make all`",
            "Hull\n\n`make all`\n\n- [ ] x",
            "**Hull** `make all`",
            "**Hull**: `make all`",
        ],
    )
    def test_a_command_alone_as_the_text_is_the_command(self, lines):
        item = first(f"# T\n- [ ] {lines}\n")
        assert (item.title, item.text, [one.text for one in item.code]) == ("Hull", "", ["make all"])

    def test_a_command_alone_as_the_title_is_the_command_too(self):
        assert commands("# T\n- [ ] `make all`\n- [ ] `boat`\n") == [("make all", ["make all"]), ("boat", [])]


class TestReferences:
    FOOT = '\n## Foot\n\n[1]: https://a.example/plan "Plan"\n[log]: <https://b.example>\n[^n]: Twice.\n[word]: hello\n'

    def test_links_keep_their_targets_wherever_they_are_defined(self):
        item = first(f"# T\n## One\n- [ ] Read [the plan][1], [this][log], [Log] and `[1]` [word]\n{self.FOOT}")
        assert item.title == "Read the plan, this, Log and [1] [word]"
        assert [link.url for link in item.links] == ["https://a.example/plan", "https://b.example"]

    def test_so_do_those_of_guidance_and_rows(self):
        section = (
            read(f"# T\n## One\n\nSee [log].\n\n| Check | By |\n|---|---|\n| [Sail][1] | x |\n{self.FOOT}")
            .templates[0]
            .sections[0]
        )
        assert section.guidance == "See [log](https://b.example)."
        assert section.items[0].title == "Sail"

    def test_a_footnote_is_read_with_its_item(self):
        item = first(f"# T\n- [ ] Sail[^n] and\n  again[^n][^other]\n{self.FOOT}")
        assert (item.title, item.text.splitlines()[-1]) == ("Sail and again", r"\[^n]: Twice.")

    def test_lines_are_shown_as_they_were_typed(self):
        document = read(f"# T\n- [ ] a\n\nSee [log].\n{self.FOOT}")
        assert [line.text for line in document.lines][2:] == [
            "See [log].",
            *self.FOOT.split("\n\n", 1)[0].strip().split("\n"),
            *self.FOOT.strip().split("\n")[2:],
        ]

    def test_a_badge_that_is_a_reference_is_its_words_and_a_definition_in_place_is_no_guidance(self):
        text = "# T\n- [ ] Nightly [![runs][badge]][page]\n\n[badge]: https://a.example/b.svg\n[page]: https://a.example/runs\n"
        document = read(text)
        assert [link.url for link in document.templates[0].items[0].links] == ["https://a.example/runs"]
        assert document.templates[0].items[0].title == "Nightly runs"
        assert types(text)[2:] == ["link", "layout"]


class TestFencesInLists:
    def test_a_fence_behind_a_bullet_ends_where_it_ends(self):
        text = "# T\n- [ ] Announce\n  - ```\n    # words\n    ```\n- [ ] Sail\n1. ~~~sh\n   make\n   ~~~\n"
        assert items(text) == ["Announce", "Sail"]
        assert first(text).code[0].text == "# words"


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("**1. Back up the database** ⬜", "1. Back up the database"),
        ("**4. Start it** ⬜（optional）", "4. Start it（optional）"),
        ("- Alerts are set ☐", "Alerts are set"),
        ("1. Tell the team: [ ]", "Tell the team"),
    ],
)
def test_a_box_behind_its_words_makes_an_item(line, title):
    assert items(f"# Go\n\n{line}\n\n```bash\nmake backup\n```\n")[0] == title


@pytest.mark.parametrize("line", ["Approved ☐", "Go: ☐ yes ☐ no", "`a[ ]`", "| a | ☐ |"])
def test_a_box_behind_an_answer_makes_none(line):
    assert items(f"# Go\n\n- [ ] a b\n\n{line}\n") == ["a b"]


def test_marks_of_another_time_do_not_hide_what_is_bold():
    assert texts("- [ ] ✅ **Keys**: rotated\n- [ ] ⏳ **Backup** of all\n") == [
        ("Keys", "rotated"),
        ("Backup of all", ""),
    ]
    assert items("- [ ] **Fast enough** (P95 < 3 s)\n") == ["Fast enough (P95 < 3 s)"]


def test_anchors_and_notes_in_tags_are_not_shown_in_titles():
    text = (
        '- [ ] <a name="one"></a>Find the cause[<sup>[1]</sup>](#ref-1)\n'
        '- [ ] Read [it](https://a.example){:target="_blank"} now\n'
    )
    assert items(text) == ["Find the cause", "Read it now"]
    assert sections('# A\n\n## <a name="b">Sessions</a>\n- [ ] a b\n')[-1][0] == "Sessions"


def test_a_kind_in_bold_brackets_is_not_what_is_to_be_done():
    assert texts("- [ ] **(Manual step)** Open the page\n") == [("Open the page", "**(Manual step)** Open the page")]
