"""Each of the documents that Keyturn began with, published and deployed, ends in a record that holds all of it.

The shortest one shows it; the long form is `make documents`, for every built-in template, and for the texts in the
folder that KEYTURN_TEST_DOCUMENTS names.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.checklists import library
from apps.checklists.rules.parameters import parameter
from apps.deployments.selectors.applying import filling_of
from apps.ledger.selectors import Head
from apps.records.document import shell, wording
from project import verification
from tests.records.documents import Taken, taken

pytestmark = pytest.mark.django_db
ASKED = os.environ.get("KEYTURN_TEST_DOCUMENTS", "")
SHORTEST = "production-readiness-review"
NAMES = (SHORTEST,) if not ASKED else library.NAMES if ASKED == "all" else sorted(map(str, Path(ASKED).iterdir()))
BETWEEN = ["-x", "0", "-y", "60", "-W", "596", "-H", "716"]  # points of an A4 page
SPACE = re.compile(r"[\s\u2066-\u2069\u00ad]+")


# What a record says of an item as its template does, by the name of the field in both.
SAME = ("critical", "passkey", "depth", "evidence_kinds", "max_age_days", "owner_role", "minutes", "controls")


def text_of(name: str) -> str:
    return library.built_in(name).text if name in library.NAMES else Path(name).read_text()


def items_of(part: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for section in part["sections"] for item in section["items"]]


def assert_it_was_decided(facts: dict[str, Any]) -> None:
    decision, sheet = facts["decision"], facts["sheet"]
    assert (decision["state"], decision["outcome"], decision["verdict"]) == ("closed", "completed", "GO")
    assert decision["blockers"] == []
    assert sheet["completed"]["person"] != sheet["verified"]["person"]


def assert_nothing_is_lost(one: Taken, facts: dict[str, Any]) -> None:
    """Every section, item, command, blank and limit of the version, in its order, with its names filled in."""
    says, content = filling_of(one.deployment, one.deployment.template_version), one.content
    for section, fact in zip(content["sections"], facts["sections"], strict=True):
        parents = f"{section['parent']} · " if section["parent"] else ""
        assert fact["title"] == parents + says.sentence(section["title"])
        assert fact["text"] == says.sentence(section["guidance"])
        assert fact["commands"] == [*map(says.command, section["commands"])]
        for item, found in zip(section["items"], fact["items"], strict=True):
            assert found["title"] == says.sentence(item["title"])
            assert found["text"] == says.sentence(item["text"])
            assert found["commands"] == [*map(says.command, item["commands"])]
            assert [each["label"] for each in found["fill_ins"]] == [
                says.sentence(i["label"]) for i in item["fill_ins"]
            ]
            assert {name: found[name] for name in SAME} == {name: item[name] for name in SAME}
            assert len(found["links"]) == len(item["links"])
            assert found["required"] == item["keys"]
    asked = [(each["name"], each["label"]) for each in content["variables"]]
    assert [(each["name"], each["label"]) for each in facts["deployment"]["variables"]] == asked
    assert all(each["value"] for each in facts["deployment"]["variables"])
    limits = [parameter(values) for values in content["parameters"]]
    assert [(each["name"], each["used"]) for each in facts["deployment"]["limits"]] == [
        (limit.name, limit.limit_used) for limit in limits
    ]


def assert_each_item_was_signed(facts: dict[str, Any]) -> None:
    """By as many people as it asks for, its blanks filled; or waived, or it says why it does not apply."""
    for item in items_of(facts):
        assert item["state"] in ("signed", "waived", "not applicable")
        assert bool(item["inapplicable"]) == (item["state"] == "not applicable")
        if item["state"] == "signed":
            assert len({each["person"] for each in item["signatures"]}) == item["required"]
            assert all(each["value"] for each in item["fill_ins"])
            asked = {"probe": bool(item["probe"]), "field": bool(item["fill_ins"])}
            assert all(asked.get(kind, item["evidence"]) for kind in item["evidence_kinds"])
    assert sorted(each["item"] for each in facts["waivers"]) == [
        item["number"] for item in items_of(facts) if item["state"] == "waived"
    ]


def texts_of(facts: dict[str, Any]) -> Iterator[str]:
    """What has to stand on paper to the letter."""
    yield from (f"{each['label']}: {each['used']}" for each in facts["deployment"]["limits"])
    yield from (f"{each['label'] or each['name']} = {each['value']}" for each in facts["deployment"]["variables"])
    for part in (*facts["sections"], *items_of(facts)):
        yield part["title"]
        yield from (line for line, _ in wording.markdown_lines(part["text"]))
        yield from (line for command in part["commands"] for line in shell.command_lines(command))
    for item in items_of(facts):
        yield from (f"{each['label']} = {each['shown'] or each['value'] or 'left empty'}" for each in item["fill_ins"])
        yield from (each["value"] for each in item["links"])
        yield from (item["inapplicable"], item["result"], item["owner_role"])
        yield from (f"{each['digest'][:12]} {each['name']}" for each in item["signatures"])
    yield from (each["sha256"] for each in facts["evidence"])
    yield from (each["justification"] for each in facts["waivers"])


def printed_of(one: Taken, file: Path) -> str:
    """All words between head and foot of its pages, as `bare` has them."""
    file.write_bytes(one.record.blob.data)
    run = subprocess.run(["pdftotext", "-raw", *BETWEEN, file, "-"], capture_output=True, check=True)
    return bare(run.stdout.decode())


def bare(text: str) -> str:
    """A text without blanks, and without the backslashes that a broken line of a command ends with."""
    return SPACE.sub("", re.sub(r"\\$", "", text, flags=re.MULTILINE))


@pytest.mark.parametrize("name", NAMES)
def test_a_document_ends_in_a_record_that_holds_all_of_it(people: Any, name: str, tmp_path: Path) -> None:
    for place, one in enumerate(taken(people, text_of(name), name)):
        facts = json.loads(bytes(one.record.data_blob.data))["facts"]
        assert_it_was_decided(facts)
        assert_nothing_is_lost(one, facts)
        assert_each_item_was_signed(facts)
        printed = printed_of(one, tmp_path / f"{place}.pdf")
        assert [text for text in texts_of(facts) if bare(text) not in printed] == []
        head = Head(one.deployment.stream, one.record.head_sequence, one.record.head_digest)
        assert verification.verify([head]).faults == []
