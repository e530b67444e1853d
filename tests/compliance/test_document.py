"""docs/compliance.md claims what a test shows, and no document of the repository claims more than support."""

import re
from pathlib import Path

import pytest

from tests.house.source import ROOT, name

DOCUMENT = ROOT / "docs" / "compliance.md"
ROW = re.compile(r"\| (11\.\S+) (.+?) \| (.*) \| (.*) \| (.*)\|")
NAMED = re.compile(r"`(test_\w+)`")
# What section by section is software, or is said to be none.
CLAUSES = re.findall(
    r"\S+",
    """
11.10(a) 11.10(b) 11.10(c) 11.10(d) 11.10(e) 11.10(f) 11.10(g) 11.10(h) 11.10(i) 11.10(j) 11.10(k) 11.30
11.50(a) 11.50(b) 11.70 11.100(a) 11.100(b) 11.100(c) 11.200(a)(1) 11.200(a)(1)(i) 11.200(a)(1)(ii)
11.200(a)(2) 11.200(a)(3) 11.200(b) 11.300(a) 11.300(b) 11.300(c) 11.300(d) 11.300(e)
""",
)
CLAIMS = re.compile(r"\b(compliant|certified)\b", re.IGNORECASE)
CLAIMS_NOTHING = "It is not compliant or certified, and no software could be"
READ_BY_PEOPLE = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))]


def rows() -> list[tuple[str, str, str, str]]:
    """(clause, what Keyturn does, the tests' cell, what stays with the operator) of each row."""
    found = [ROW.fullmatch(line) for line in DOCUMENT.read_text().splitlines() if line.startswith("| 11.")]
    return [(row[1], row[3], row[4], row[5]) for row in found if row]


def shown_here() -> set[str]:
    """The tests of this folder that are called after a clause."""
    files = sorted(Path(__file__).parent.glob("test_part_11*.py"))
    return {found for file in files for found in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)}


def test_every_clause_has_one_row() -> None:
    assert [clause for clause, *_ in rows()] == CLAUSES


@pytest.mark.parametrize("clause", CLAUSES)
def test_what_is_claimed_of_a_clause_is_shown_by_a_test_of_its_name(clause: str) -> None:
    does, shown, stays = next((row[1:] for row in rows() if row[0] == clause), ("", "", ""))
    named = NAMED.findall(shown)
    start = "test_" + "_".join(re.findall(r"\w+", clause)) + "_"
    assert does
    assert {*named} <= shown_here(), f"{clause} names a test that is not there"
    assert all(each.startswith(start) for each in named), f"{clause} names the test of another clause"
    assert named or (does.startswith("**Not yet:**") and stays.strip()), f"{clause} is claimed and not shown"


def test_every_test_of_a_clause_stands_in_the_document() -> None:
    assert {each for _, _, shown, _ in rows() for each in NAMED.findall(shown)} == shown_here()


@pytest.mark.parametrize("path", READ_BY_PEOPLE, ids=name)
def test_no_document_says_more_than_that_keyturn_supports(path: Path) -> None:
    claimed = CLAIMS.findall(path.read_text().replace(CLAIMS_NOTHING, ""))
    assert not claimed, f"{name(path)} says “{claimed[0]}”; Keyturn supports, and claims no more"


def test_it_says_so_itself() -> None:
    assert CLAIMS_NOTHING in DOCUMENT.read_text()
    assert CLAIMS.search(CLAIMS_NOTHING)
