"""The built-in templates: each item of the documents they come from is covered once, and all of it can be installed."""

import re
from collections import Counter

import pytest

from apps.checklists import library
from apps.checklists.exports.markdown import exported
from apps.checklists.markdown import read
from apps.checklists.rules.conditions import condition_of, cycles
from apps.checklists.rules.fill_ins import capacity
from apps.checklists.rules.keys import is_key
from apps.checklists.rules.parameters import fill, parameter
from tests.counted import FLOOR
from tests.house.source import ROOT

# Items of each template: those of its document. The last one is ours alone.
ITEMS = {
    "go-live-verification-service": 62, "rag-system": 35, "agent": 36, "llm-api-integration": 35, "model-upgrade": 29,
    "security-review": 36, "cost-optimisation": 33, "pre-launch-gate": 18, "llm-application": 32,
    "production-readiness-review": 9, "ai-gateway-rollout": 64, "releasing-keyturn": 24,
}  # fmt: skip
# Documents and the templates that cover them, in the order of their items; 001 is 204 items and a gate of 18.
COVERED = {
    "000": ("go-live-verification-service",),
    "001": (
        "rag-system", "agent", "llm-api-integration", "model-upgrade", "security-review", "cost-optimisation",
        "pre-launch-gate",
    ),
    "002": ("llm-application",),
    "003": ("production-readiness-review",),
    "004": ("ai-gateway-rollout",),
}  # fmt: skip
# The figures of the documents, each with its limit and unit; "?" is one that they leave open.
FIGURES = {
    "go-live-verification-service": "at_least 7 days, below 0.1%, below 3 s, at_most 90 days, equal 5%, equal 25%, "
    "equal 50%, equal 100%, at_least 4 weeks, equal 30 s, equal 60 s, at_most 3 retries, at_most 10000 characters, "
    "at_most 1000 entries",
    "rag-system": "equal 256 tokens, equal 512 tokens, equal 1024 tokens, below 100 ms, equal 0.7, equal 0.3, "
    "at_least 2x, at_least 1 replica, above ?%",
    "agent": "at_most ? iterations, at_most 20 iterations, at_most 30 s, at_most 60 s, at_most 5 minutes",
    "llm-api-integration": "at_most 3, equal 2x, at_most 60 s, at_least ? failures, above ?%, at_most 5 s, "
    "at_least 60 s, at_most 120 s, at_least 80%, at_least 100%, at_least 120%",
    "model-upgrade": "equal ?%, equal 5%, equal 25%, equal 50%, equal 100%",
    "security-review": "at_least 90 days",
    "cost-optimisation": "above 30%, equal 50%, at_least 50%, at_least 80%, at_least 100%",
    "pre-launch-gate": "at_most 1 week",
    "llm-application": "equal 3, at_least 1, at_most 10, equal 30 s, at_least 5 s, at_most 120 s, "
    "at_most 10000 characters, equal 0.00015 USD, equal 0.005 USD, equal 0.001 USD",
    "production-readiness-review": "at_least 20 requests/s, at_most 0.3 s, at_most 0.6, at_least 10 workers",
    "ai-gateway-rollout": "above 90%, above 50%, below 1%, below 2 s, below 80%, below 85%, below 85%, "
    "at_least 24 hours, at_most 48 hours, at_least 5 s, at_most 2 minutes, equal 100 requests, equal 5 minutes, "
    "at_most 10 tokens, at_most 5 tokens",
}
OCCASIONS = ["Take something live", "Change something that runs", "Decide", "Keyturn itself"]
OF_EACH_DEPLOYMENT = {"service", "version", "environment"}  # which no template has to define
EVIDENCE = {"file", "link", "probe", "command", "field"}
ROW = re.compile(r"^\| (\d{3})-(\d+) \| ([^|]{3,60}) \| `([^`]+)` \|$", re.MULTILINE)


@pytest.fixture(params=library.NAMES)
def template(request):
    return library.built_in(request.param)


def limits_of(template):
    return [parameter(values) for values in template.content["parameters"]]


def prose_of(template):
    """Everything that people read in it, commands apart."""
    parts = [template.content, *template.content["sections"]]
    texts = [part[name] for part in parts for name in ("title", "guidance")]
    return texts + [item[name] for item in template.items for name in ("title", "text")]


def commands_of(template):
    return [command for part in (*template.content["sections"], *template.items) for command in part["commands"]]


def settings_of(template):
    """What its probes are set to."""
    probes = [item["probe"] for item in template.items if item["probe"]]
    return [str(value) for probe in probes for value in probe["settings"].values()]


def test_every_file_is_in_the_library_and_read_once():
    assert sorted(library.NAMES) == sorted(path.stem for path in library.FOLDER.glob("*.md"))
    assert library.library() == library.library()
    assert library.built_in("agent") is library.built_in("agent")
    with pytest.raises(KeyError):
        library.built_in("../library/agent")


def test_templates_stand_together_by_occasion():
    occasions = [each.occasion for each in library.library()]
    assert list(dict.fromkeys(occasions)) == OCCASIONS
    assert [occasion for occasion in OCCASIONS for _ in range(occasions.count(occasion))] == occasions


def test_a_template_says_what_it_is_for_and_where_it_comes_from(template):
    assert template.title
    assert template.title == template.content["title"]
    assert 20 < len(template.summary) < 140
    assert template.summary.endswith(".")
    assert re.fullmatch(r"[\w ,()-]{10,100}", template.source), "a title, and no path or address"


def test_a_template_has_one_item_for_each_of_its_document(template):
    assert template.counts["items"] == ITEMS[template.name]


def test_the_importer_reads_all_of_it_and_warns_of_nothing(template):
    document = read(template.text, name=template.name)
    assert document.problem == ""
    assert document.not_understood == ()
    assert [one for one in document.suggestions if not one.is_note] == []
    assert len(document.templates) == 1
    assert not any(item["attributes"] for item in template.items), "attributes that Keyturn does not know"
    assert not any(part["unread"] for part in (template.content, *template.content["sections"]))


def test_a_file_is_what_its_export_writes(template):
    """So that a team that compares its export with the file sees what the team changed, and nothing else."""
    assert exported(template.content) == template.text, "write the export into the file"


def test_it_is_a_plain_checklist_to_whoever_knows_nothing_of_keyturn(template):
    plain = re.sub(r" ?<!-- keyturn .*? -->", "", template.text.partition("\n---\n")[2])
    (read_plain,) = read(plain).templates
    assert read_plain.title == template.title
    assert [item.title for item in read_plain.items] == [item["title"] for item in template.items]
    assert [section.title for section in read_plain.sections] == [
        section["title"] for section in template.content["sections"]
    ]


def test_keys_are_unique_and_written_down(template):
    for parts in (template.content["sections"], template.items):
        keys = [part["key"] for part in parts]
        assert len(set(keys)) == len(keys)
        assert all(is_key(key) for key in keys)
        assert [key for key in keys if f"keyturn key={key}" not in template.text] == []


def test_a_title_is_one_short_line_that_says_what_to_do(template):
    limits = {limit.name: limit for limit in limits_of(template)}
    titles = [fill(item["title"], limits) for item in template.items]
    assert [title for title in titles if len(title) > 80] == []
    assert len(set(titles)) == len(titles)
    assert [title for title in titles if title.endswith(".") or not title[0].isupper()] == []
    assert [title for title in titles if title.split()[0] in {"All", "The", "A", "An", "No", "Is", "Are"}] == []


def test_an_item_says_how_to_check_it(template):
    silent = [item["key"] for item in template.items if not item["text"] and not item["commands"]]
    assert silent == []
    assert [item["key"] for item in template.items if not item["owner_role"] or not item["minutes"]] == []
    assert {kind for item in template.items for kind in item["evidence_kinds"]} <= EVIDENCE
    assert [item["key"] for item in template.items if item["max_age_days"] and not item["evidence_kinds"]] == []


def test_every_name_in_braces_is_known_and_every_limit_and_variable_used(template):
    texts = (*prose_of(template), *commands_of(template), *settings_of(template))
    used = {name for text in texts for name in re.findall(r"\{\{(\w+)\}\}", text)}
    asked = {one["name"] for item in template.items for one in item["conditions"] if one["subject"] == "variable"}
    limits = {limit.name for limit in limits_of(template)}
    variables = {one["name"] for one in template.content["variables"]}
    assert used - limits - variables - OF_EACH_DEPLOYMENT == set()
    assert (limits | variables) - used - asked == set()
    assert asked - variables == set()
    assert all(limit.label for limit in limits_of(template))
    assert all(one["label"] != one["name"] for one in template.content["variables"])


def test_a_limit_in_a_command_stands_where_it_is_filled_in(template):
    limits = {limit.name: limit for limit in limits_of(template)}
    filled = [fill(command, limits, in_command=True) for command in commands_of(template)]
    assert [line for line in filled if any(f"{{{{{name}}}}}" in line for name in limits)] == []


@pytest.mark.parametrize("name", FIGURES)
def test_the_figures_of_a_document_are_limits_of_its_template(name):
    found = [(limit, limit.shown or f"?{'' if limit.unit == '%' else ' '}{limit.unit}")
             for limit in limits_of(library.built_in(name))]  # fmt: skip
    assert [f"{limit.limit} {shown}" for limit, shown in found] == FIGURES[name].split(", ")


def test_what_documents_leave_open_has_to_be_filled_in():
    unfilled = {(each.name, limit.name) for each in library.library() for limit in limits_of(each) if not limit.value}
    assert unfilled == {
        ("rag-system", "empty_limit"), ("agent", "loop_steps"), ("llm-api-integration", "failures"),
        ("llm-api-integration", "error_limit"), ("model-upgrade", "canary_share"),
    }  # fmt: skip
    assert sum(each.counts["unfilled"] for each in library.library()) == 5


def test_conditions_ask_what_can_be_answered(template):
    conditions = {item["key"]: [condition_of(one) for one in item["conditions"]] for item in template.items}
    answers = {item["key"]: item["fill_ins"] for item in template.items}
    for one in (one for found in conditions.values() for one in found if one.subject == "item"):
        assert len(answers[one.name]) == 1, f"{one.name} is asked, and has not exactly one answer"
    assert not cycles(conditions)


def test_tiers_of_items_are_tiers_of_their_template(template):
    tiers = template.content["tiers"]
    assert {tier for item in template.items for tier in item["tiers"]} <= set(tiers)
    assert not tiers or any(item["tiers"] for item in template.items)


# What single templates hold besides


def test_each_item_of_the_launch_gate_is_critical():
    gate = library.built_in("pre-launch-gate")
    assert gate.counts["critical"] == 18
    assert [len(section["items"]) for section in gate.content["sections"]] == [3] * 6


def test_the_readiness_review_has_six_stages_in_order_and_counts_workers():
    review = library.built_in("production-readiness-review")
    sections = review.content["sections"]
    assert [section["title"].partition(". ")[2] for section in sections[:6]] == [
        "Design review", "Load and failure tests", "Security controls", "Observability baseline", "Release gates",
        "Post-release monitoring",
    ]  # fmt: skip
    assert [len(section["items"]) for section in sections] == [0, 0, 0, 0, 0, 0, 4, 5]
    assert all(section["guidance"] for section in sections)
    assert [blank["kind"] for item in review.items for blank in item["fill_ins"]].count("capacity") == 1
    rate, latency, share, workers = (limit.value for limit in limits_of(review))
    assert str(capacity(rate, latency, share).workers) == workers == "10"
    assert [item["paths"] for item in sections[-1]["items"]] == [
        ["src/api/server.py"], ["src/llm/router.py"], ["src/memory/store.py"], ["src/observability/tracer.py"],
        ["src/security/auth.py"],
    ]  # fmt: skip


def test_the_gateway_has_its_commands_blanks_and_sheet():
    gateway = library.built_in("ai-gateway-rollout")
    assert gateway.counts["commands"] == 42
    assert sum(len(item["fill_ins"]) for item in gateway.items) == 4
    sheet = gateway.content["sign_off_fields"]
    assert [field["kind"] for field in sheet] == ["text", "date", "text", "text", "date", "text", "text", "choice"]
    assert sheet[-1]["options"] == ["Yes", "No", "With caveats"]
    sections = {section["key"]: section for section in gateway.content["sections"]}
    assert len([key for key in sections if key.startswith("rollback-")]) == 5
    assert sections["watch-window"]["guidance"].count("\n- ") == 6
    assert sections["alert-responses"]["guidance"].count("\n- ") == 8


def test_the_rollback_of_a_go_live_counts_only_where_it_is_needed():
    template = library.built_in("go-live-verification-service")
    sections = {section["key"]: section["items"] for section in template.content["sections"]}
    asked = {"subject": "item", "name": "no-error-rise", "is_not": False, "values": ["yes"]}
    assert all(asked in item["conditions"] for item in sections["investigate"] + sections["mend"])


def test_the_list_keyturn_is_released_with_names_what_there_is():
    commands = "\n".join(commands_of(library.built_in("releasing-keyturn")))
    targets = set(re.findall(r"^(\w[\w-]*):(?!=)", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", commands)) - targets == set()
    for path in re.findall(r"-m (scripts\.\w+|tests\.\w+)", commands):
        assert (ROOT / f"{path.replace('.', '/')}.py").is_file()
    for path in re.findall(r"(?<!\S)(?:docs|scripts)/[\w/.]+\w", commands):
        assert (ROOT / path).exists()


def test_the_figures_keyturn_is_released_by_are_those_of_its_makefile_and_pages():
    values = {limit.name: limit.value for limit in limits_of(library.built_in("releasing-keyturn"))}
    makefile, contributing, production = (
        (ROOT / name).read_text() for name in ("Makefile", "CONTRIBUTING.md", "docs/production.md")
    )
    assert float(values["coverage"]) == FLOOR
    assert f"KEYTURN_TEST_PIECES={values['pieces']} " in makefile
    assert f"scripts.kills postgresql` | {values['kill_minutes']} min | {values['kills']} kills" in contributing
    assert f"PostgreSQL ({values['postgresql']} or newer), a Redis ({values['redis']} or newer)" in production


# The table of docs/library.md


def test_each_item_of_each_document_is_covered_once_and_in_order():
    rows = ROW.findall((ROOT / "docs" / "library.md").read_text())
    for document, names in COVERED.items():
        keys = [item["key"] for name in names for item in library.built_in(name).items]
        numbers = [(int(number), key) for found, number, _words, key in rows if found == document]
        assert numbers == list(enumerate(keys, 1))
    assert len(rows) == sum(ITEMS.values()) - ITEMS["releasing-keyturn"] == 389


def test_the_table_says_of_each_item_what_it_is_and_how_many_a_template_has():
    page = (ROOT / "docs" / "library.md").read_text()
    assert [line for line in page.splitlines() if re.match(r"\| \d{3}-\d", line) and not ROW.match(line)] == []
    counted = Counter(
        {name: int(items) for name, items in re.findall(r"^\| `([\w-]+)\.md` \|[^|]+\| (\d+) \|", page, re.M)}
    )
    assert counted == ITEMS
