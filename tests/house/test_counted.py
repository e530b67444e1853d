"""What counts lines and branches finds what no test takes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests import counted, servers

MISSED: dict[str, Any] = {
    "executed_lines": [1, 2],
    "missing_lines": [3],
    "executed_branches": [[1, 2]],
    "missing_branches": [[1, 3]],
}


def figures(file: Path, name: str, parts: dict[str, Any]) -> Path:
    """The file of a process that counted one module."""
    file.write_text(json.dumps({"meta": {"software": "slipcover", "branch_coverage": True}, "files": {name: parts}}))
    return file


def test_what_one_process_takes_another_need_not(tmp_path):
    other = MISSED | {"executed_lines": [3], "missing_lines": [1, 2], "executed_branches": [[1, 3]]}
    one = figures(tmp_path / "1.json", "apps/a/rules.py", MISSED)
    whole = counted.joined([one, figures(tmp_path / "2.json", "apps/a/rules.py", other)])
    assert counted.percent(whole["files"].values()) == 100
    assert counted.percent(counted.joined([one])["files"].values()) == 60


def test_a_branch_to_what_cannot_be_reached_is_none(tmp_path):
    excluded = MISSED | {"missing_lines": [], "missing_branches": [[1, 3]]}
    whole = counted.joined([figures(tmp_path / "1.json", "apps/a/rules.py", excluded)])
    assert counted.percent(whole["files"].values()) == 100


def test_a_run_that_counted_nothing_is_refused():
    with pytest.raises(SystemExit, match="Nothing was counted"):
        counted.joined([])


@pytest.mark.parametrize(
    ("name", "pure"),
    [
        ("apps/ledger/chain.py", True),
        ("apps/records/document/cover.py", True),
        ("apps/records/views.py", False),
        ("apps/boards/selectors/rules.py", False),
        ("project/rules.py", False),
    ],
)
def test_pure_rooms_are_known_by_their_names(name, pure):
    assert counted.is_pure(name) == pure


def test_a_last_case_is_only_for_what_mypy_proves_to_be_unreachable():
    """These lines are left out of the count."""
    sources = [file.read_text() for folder in counted.SOURCES for file in (servers.ROOT / folder).rglob("*.py")]
    assert sum(source.count("case _:") for source in sources) > 2
    assert not [source for source in sources if re.search(r"case _:\n(?!\s+assert_never\()", source)]
