"""What public runbooks and checklists do beside listing tasks: they tell, set, show, name, and leave room."""

import pytest

from apps.checklists.markdown import read
from tests.checklists.reading import commands, fill_ins, items, sections, sheet, texts, types

STEPS = "## Steps\n\n- Sail\n"


@pytest.mark.parametrize(
    "title",
    [
        "Known constraints / accepted risks", "SLO targets", "Trigger", "Auto-rollback triggers", "Conventions",
        "Ownership model", "Communication template", "GitHub release notes template", "Pontos em aberto",
        "Offene Punkte", "Appendix B: ports", "Anhang A", "Apêndice — provas", "Where the version lives",
        "What it does", "Advantages of this way", "Key features", "Need help?", "Backup retention", "Symptoms",
        "症状", "影响范围", "Production safety notes", "Topology",
        "Troubleshooting", "Findings of the last trip", "Enforced guarantees",
        "Timeline at a glance", "Notes for reviewers", "Versioning scheme",
    ],
)  # fmt: skip
def test_a_part_that_tells_has_no_items(title):
    assert items(f"# Trip\n\n## {title}\n\n- The hull is old\n- The mast was mended\n\n{STEPS}") == ["Sail"]


@pytest.mark.parametrize("title", ["Appendix: checklist of the mate", "Write release notes", "Update the notes"])
def test_a_part_that_asks_has_items_whatever_else_its_title_says(title):
    assert items(f"# Trip\n\n## {title}\n\n- Look\n\n{STEPS}") == ["Look", "Sail"]


@pytest.mark.parametrize(
    "lead",
    [
        "Backend environment variables:", "This way has several benefits:", "Some checks were skipped since:",
        "The rehearsal now executes its checks in this order:", "What happens:", "This script validates:",
        "The harbour uses two separate models:", "Counting returned:",
    ],
)  # fmt: skip
def test_a_line_that_tells_stands_over_no_items_and_is_no_label(lead):
    text = f"# Trip\n\n## Harbour\n\n{lead}\n\n- one thing\n- another thing\n\nNow go on.\n\n1. Sail\n2. Land\n"
    assert sections(text) == [("Harbour", ["Sail", "Land"])]


def test_names_that_a_list_explains_are_no_items():
    assert items(f"# Trip\n\n## Words\n- `SEA` is the water\n- `SKY` means air\n\n{STEPS}") == ["Sail"]


class TestSettings:
    def test_a_list_of_what_is_set_is_none_to_go_through(self):
        text = f"# Trip\n\n## Boat\n- **Image**: redis:7\n- Sail area: `20`\n- Port: 8080 (old)\n\n{STEPS}"
        assert items(text) == ["Sail"]

    @pytest.mark.parametrize(
        "line", ["- Run: `./sail`", "- Tests: `make test`", "- Hull: dry and clean", "- Mast: stands"]
    )
    def test_a_list_with_something_to_do_is_one_to_go_through(self, line):
        assert len(items(f"# Trip\n\n## Boat\n- Image: `redis:7`\n{line}\n\n{STEPS}")) == 3

    def test_where_it_is_all_a_text_has_it_is_the_list(self):
        assert items("# Boat\n\n- Image: redis:7\n- Port: 8080\n") == ["Image: redis:7", "Port: 8080"]


@pytest.mark.parametrize("line", ["1. _______", "- [Enter notes here]"])
def test_room_for_words_is_no_item(line):
    assert items(f"# Trip\n\n## Top\n{line}\n\n{STEPS}") == ["Sail"]


def test_one_underscore_behind_a_label_is_a_blank():
    assert fill_ins("# Trip\n\n- [ ] Sail\n  - **Wind:** _\n  - Speed: __\n") == [("Sail", ["Wind", "Speed"])]
    assert fill_ins("# Trip\n\n- [ ] The key is key_\n") == [("The key is key_", [])]


class TestTables:
    HEADER = "| ID | Aufgabe | Nachweis | Status |\n|---|---|---|---|\n"

    def test_tasks_with_their_status_are_items_in_any_language(self):
        text = f"# Fahrt\n\n## Freigabe\n{self.HEADER}| A-1 | Segel prüfen | Foto | offen |\n\n## Dann\n1. Los\n"
        assert (items(text), sheet(text)) == (["Segel prüfen", "Los"], [])

    def test_a_tick_that_answers_is_no_box(self):
        text = "# Trip\n\n- [ ] Sail\n\n## Keys\n| Key | Needed |\n|---|---|\n| SEA | ✅ Yes |\n| SKY | Optional |\n"
        assert items(text) == ["Sail"]

    def test_a_table_that_is_all_of_a_text_is_its_list(self):
        text = "| Deutsch | English |\n|---|---|\n| Segel da | Sails there |\n| | |\n| Anker da | Anchor there |\n"
        assert (items(text), types(text)) == (
            ["Segel da", "Anker da"], ["layout", "layout", "item", "layout", "item"],
        )  # fmt: skip
        assert items(f"Some words.\n\n{text}") == []
        assert sections(f"# Matka\n\n## Ennen\n\n{text}") == [("Ennen", ["Segel da", "Anker da"])]


class TestSteps:
    def test_one_numbered_heading_with_a_list_among_steps_is_one(self):
        step = "## {}. Go on\n```sh\nmake {}\n```\n\n"
        text = (
            f"# Trip\n\n## 0. Choose\n- a is the sea\n- b is the sky\n\n{''.join(step.format(n, n) for n in (1, 2, 3))}"
        )
        assert texts(text)[0] == ("0. Choose", "- a is the sea\n- b is the sky")
        assert [title for title, _ in commands(text)] == ["0. Choose", "1. Go on", "2. Go on", "3. Go on"]

    def test_one_that_asks_or_has_parts_is_none(self):
        steps = "".join(f"## {n}. Go on\n```sh\nmake {n}\n```\n\n" for n in (2, 3, 4))
        assert sections(f"# Trip\n\n## 1. Look\n- [ ] Sea\n\n{steps}")[0] == ("1. Look", ["Sea"])
        parts = "## 5. Land\n\n### 5.1 Rope\n\n- Tie\n\n# End\n"
        assert sections(f"# Trip\n\n{steps}{parts}")[-2] == ("5.1 Rope", ["Tie"])

    def test_paragraphs_that_begin_with_a_verb_are_steps_where_nothing_else_is(self):
        first = "# Trip\n\nHow we sail.\n\nCheck the wind:\n\n```sh\nwind\n```\n\nWait.\n\n"
        text = f"{first}Pull the rope. Then rest.\nPush it.\n"
        assert commands(text) == [
            ("Check the wind:", ["wind"]),
            ("Wait.", []),
            ("Pull the rope. Then rest.", []),
            ("Push it.", []),
        ]
        assert items("# Trip\n\nCheck the wind.\n\nIt blows.\n") == []

    def test_numbers_below_an_introduction_are_steps_where_they_tell(self):
        intro = "# Trip\n\nOnly the wind is ours, the rest is the sea:\n\n{}\n## Sail\n\n- Up\n\n## Rope\n\n- Tie\n"
        numbered = "1. Check the wind\n2. `sail --now`\n3. Rest\n"
        assert items(intro.format(numbered))[:3] == ["Check the wind", "sail --now", "Rest"]
        assert items(intro.format("1. The wind\n2. The sea\n- Sky\n3. Check the hull\n")) == ["Up", "Tie"]

    def test_a_line_over_boxes_of_its_own_is_an_item(self):
        text = "# Trip\n\n- [ ] Look\n- With the new sail, cross the bay\n  - [ ] North\n  - [ ] South\n"
        assert items(text) == ["Look", "With the new sail, cross the bay", "North", "South"]

    def test_a_long_label_over_boxes_is_a_label(self):
        label = "check the lower bounds of everything that came aboard since the last trip for changes:"
        text = f"# Trip\n\n- before:\n  - [ ] Look\n- {label}\n  - [ ] Count\n"
        assert sections(text) == [("before", ["Look"]), (label[:-1], ["Count"])]

    def test_a_signed_line_over_boxes_further_in_is_a_label(self):
        assert sections("# Trip\n\n✅ BEFORE (done)\n   [x] Look\n   [x] Count\n") == [
            ("BEFORE (done)", ["Look", "Count"])
        ]


class TestLinks:
    def test_a_bullet_with_words_and_an_address_is_an_item_beside_one(self):
        text = "# Trip\n\n- Look out for rocks: https://rocks.example/map\n- Sail\n- Map: https://rocks.example\n"
        assert items(text) == ["Look out for rocks: https://rocks.example/map", "Sail"]


class TestLabels:
    def test_a_few_words_over_lists_are_labels_where_there_are_two(self):
        text = "# Trip\n\nAt sea\n\n* Sail\n* Rest\n\nOn land\n\n* Walk\n"
        assert sections(text) == [("At sea", ["Sail", "Rest"]), ("On land", ["Walk"])]

    @pytest.mark.parametrize("line", ["At sea", "Tie the rope", "at sea", "At sea we sail as long as we can"])
    def test_one_alone_or_a_sentence_is_none(self, line):
        assert sections(f"# Trip\n\n{line}\n\n* Sail\n\n## End\n\n* Rest\n")[0] == ("Trip", ["Sail"])


def test_a_description_names_no_text():
    text = "---\nname: Release of the boat\n---\n\n## Description\n\nBuild it.\n\n### Tasks\n\n- [ ] Sail\n"
    assert (read(text).templates[0].title, sections(text)) == (
        "Release of the boat", [("Description", []), ("Tasks", ["Sail"])],
    )  # fmt: skip


class TestFences:
    def test_a_sample_of_markdown_goes_on_behind_the_fences_in_it(self):
        sample = "```markdown\n# Boat\n```sh\nmake\n```\n## Sail\n- [ ] Not ours\n```\n"
        assert items(f"# Trip\n\n- [ ] Look\n\n{sample}\n## Then\n- [ ] Sail\n") == ["Look", "Sail"]

    def test_one_whose_fences_do_not_add_up_ends_at_the_first(self):
        text = "# Trip\n\n```markdown\n```sh\nmake\n```\n\n- [ ] Look\n\n```markdown\n~~~\n"
        assert items(text) == ["Look"]

    def test_one_without_fences_ends_as_any(self):
        assert items("# Trip\n\n```markdown\na\n```\n\n- [ ] Look\n") == ["Look"]


class TestRuledLines:
    def test_lines_that_are_drawn_below_words_make_them_headings(self):
        frame = "╔═════╗\n║ TRIP ║\n║\t║\n║ of ours ║\n╚═════╝\n\n"
        text = f"{frame}STEP 1: SEA\n━━━━━━\n\n  Rope:\n  ─────\n  ☐ Tie\n  ☐ Pull\n"
        document = read(text)
        assert document.templates[0].title == "TRIP"
        assert sections(text) == [("STEP 1: SEA", []), ("Rope", ["Tie", "Pull"])]
        assert types(text)[:5] == ["layout", "title", "layout", "guidance", "layout"]

    @pytest.mark.parametrize("line", ["It was said.", "- a", "──────"])
    def test_below_anything_else_they_only_rule(self, line):
        assert items(f"# Trip\n\n- [ ] Look\n\n{line}\n──────\n") == ["Look"]


def test_the_states_of_which_one_is_chosen_are_no_words_of_a_title():
    assert items("# Trip\n\n- [ ] :sun: / :cloud:/:rain: Look at the sky\n") == ["Look at the sky"]


class TestSignsOfLists:
    def test_a_ring_is_a_bullet_where_several_lines_have_one(self):
        text = "Trip\n====\n\no Look\n  - at the sea\n\no Sail\n\no ./rest.sh\n\no tie\n"
        assert texts(text) == [("Look", "- at the sea"), ("Sail", ""), ("./rest.sh", ""), ("tie", "")]
        assert items("# Viagem\n\no barco\n\n- Zarpar\n\no mar\n") == ["Zarpar"]

    def test_what_the_boxes_mean_is_no_item(self):
        assert items("# Trip\n\n[ ] = open\n\n[ ] Sail\n[x] Look\n") == ["Sail", "Look"]


class TestListsInLists:
    def test_labels_below_an_item_are_its_words(self):
        text = "# Trip\n\n* Paint the names in:\n  + Bow:\n    - left\n  + Stern:\n    - right\n* Sail\n"
        assert texts(text)[0][1] == "+ Bow:\n  - left\n+ Stern:\n  - right"
        assert items(text) == ["Paint the names in:", "Sail"]

    def test_labels_below_a_label_are_parts(self):
        text = "# Trip\n\n* Before:\n  + Bow:\n    - left\n  + Stern:\n    - right\n* After:\n  - rest\n"
        assert [title for title, found in sections(text) if found] == ["Bow", "Stern", "After"]


def test_the_paragraphs_of_a_form_say_how_to_fill_it_in():
    assert items("# Trip\n\nRequest a boat.\n\nBoat: ____\n\nAdd what you know.\n") == []


class TestPlainText:
    def test_code_below_a_list_line_ends_at_the_next_one(self):
        text = "The trip:\n  * Make a boat:\n        git clone boat\n  * Paint it\n  * Load it:\n        make load\n"
        assert commands(text) == [("Make a boat:", ["git clone boat"]), ("Paint it", []), ("Load it:", ["make load"])]

    def test_a_line_over_boxes_is_no_code_though_it_looks_like_a_key(self):
        text = "1. TRIP\n   □ Look\n\n2. BOATS\n   north:\n   □ Sail\n   mast.json:\n   □ Rest\n"
        assert sections(text)[1:] == [("2. BOATS", []), ("north", ["Sail"]), ("mast.json", ["Rest"])]

    def test_a_line_in_an_item_over_its_boxes_tells_more_of_it(self):
        text = "- [ ] Look\n  Of which:\n  - [ ] hull\n  And of which:\n  - [ ] mast\n"
        assert len(sections(text)) == 1

    @pytest.mark.parametrize(
        ("title", "line"),
        [("6. BOATS (set in the harbour, at sea)", "-" * 35), ("1. BOAT: must be (not may be)", "-" * 60)],
    )
    def test_a_numbered_line_over_a_line_of_about_its_length_is_a_heading(self, title, line):
        assert sections(f"Trip\n====\n\n{title}\n{line}\n\n[ ] Sail\n")[-1][1] == ["Sail"]
        assert types(f"Trip\n====\n\n{title}\n{line}\n\n[ ] Sail\n")[2:4] == ["section", "section"]

    def test_a_number_between_numbered_headings_is_one(self):
        parts = "1. LOOK\n   □ Hull\n\n2. SAIL\n   1. go\n   2. stay\n   □ Eat\n\n3. REST\n    □ Sleep\n\n"
        text = f"Trip\n\n{parts}4. LAND\n   □ Walk\n"
        assert [title for title, _items in sections(text)] == ["1. LOOK", "2. SAIL", "3. REST", "4. LAND"]


def test_a_run_that_was_reported_beside_boxes_is_no_list():
    table = "| Check | Status | Notes |\n|---|---|---|\n| Hull | ✅ PASS | dry |\n| Mast | ✅ PASS | {} |\n"
    text = f"# Trip\n\n## {{}}\n\n{table}\n## Sail\n\n- [ ] Go\n"
    assert items(text.format("Test results", "up")) == ["Go"]
    for title, note in (("Test results", ""), ("Record the results", "up"), ("Tests", "up")):
        assert items(text.format(title, note)) == ["Hull", "Mast", "Go"]


def test_a_heading_over_what_is_to_be_written_somewhere_is_a_step():
    text = "# Trip\n\n## Pull\n\n```sh\nmake pull\n```\n\n## Speed\n\n{} `sail.json`:\n\n```json\n{{}}\n```\n"
    assert items(text.format("Add to")) == ["Pull", "Speed"]
    assert items(text.format("This is")) == ["Pull"]


def test_a_numbered_step_may_tell_in_a_list_what_its_command_does():
    code = "```sh\nmake sail\n```"
    text = (
        f"# Trip\n\n### Step 1: Sail\n\n{code}\n\nIt:\n\n- {{}} the sail\n- Deploys the anchor\n\n## Rest\n\n1. Rest\n"
    )
    assert items(text.format("Creates"))[0] == "Step 1: Sail"
    assert "Step 1: Sail" not in items(text.format("Create"))


class TestLabelsAmongSettings:
    @pytest.mark.parametrize(
        "lines",
        [
            "- Name: `boat`\n- Purpose: long trips\n- Port: 8080",
            "- **Name**: `boat`\n- URL: https://boat.example\n- **Purpose**: long trips",
        ],
    )
    def test_a_label_among_settings_is_one(self, lines):
        assert items(f"# Trip\n\n## Boat\n\n{lines}\n\n## Steps\n\n- Sail\n") == ["Sail"]

    @pytest.mark.parametrize(
        "lines",
        [
            "- Name: `boat`\n- Deploy: the anchor\n- Port: 8080",
            "- Name: `boat`\n- Purpose: check it\n- Port: 8080",
            "- Name: `boat`\n- Purpose: long trips\n- Mast: of wood",
            "- Name: `boat`\n- Port: 8080\n- Tie it",
        ],
    )
    def test_a_list_with_something_to_do_is_none(self, lines):
        assert items(f"# Trip\n\n## Boat\n\n{lines}\n\n## Steps\n\n- Sail\n")[0] != "Sail"


@pytest.mark.parametrize(
    "title",
    [
        "Disparadores",
        "Arquitetura do barco",
        "Riesgos",
        "Issues that warrant a return",
        "架构",
        "はじめに",
        "배경",
        "Контакты",
    ],
)
def test_parts_that_tell_in_other_words(title):
    assert items(f"# Trip\n\n## {title}\n\n- hull\n- mast\n\n## Steps\n\n- Sail\n") == ["Sail"]


def test_a_number_that_goes_on_with_steps_is_one_behind_their_details():
    assert items("Trip\n\n1. Look\n2. Fill in\n   - north\n   - south\n3. Sail\n") == ["Look", "Fill in", "Sail"]
