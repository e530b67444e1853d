"""Which lines and branches a run takes: `pytest -p tests.counted`, then `python -m tests.counted`.

As a plugin it counts from before the first app is imported, and each process of the run leaves its figures in one file.
As a command it joins them, prints what was not taken, and with `--floors` ends with an error where that is too much.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
import slipcover

FOLDER = Path(__file__).parents[1] / ".counted"
SOURCES = ["apps", "project"]
OMITTED = ["*/migrations/*"]
UNREACHABLE = ["if TYPE_CHECKING:", "case _:"]  # tests/house/test_counted.py holds the second to `assert_never`
# The rooms that need no database, each a file or a folder of whatever app.
PURE_ROOMS = frozenset({
    "argv", "events", "rules", "states", "roles", "chain", "conditions", "document", "exports", "formats", "markdown",
    "wording",
})  # fmt: skip
FLOOR, PURE_FLOOR = 95.0, 100.0  # percent of lines and branches

_counters: list[slipcover.Slipcover] = []


def pytest_addhooks() -> None:
    """Begin to count. This is called while the plugin is registered, before a conftest imports anything."""
    FOLDER.mkdir(exist_ok=True)
    if "PYTEST_XDIST_WORKER" not in os.environ:
        for file in FOLDER.glob("*.json"):
            file.unlink(missing_ok=True)  # another process of the same run may begin just now
    counter = slipcover.Slipcover(branch=True, source=SOURCES, omit=OMITTED, exclude_also=UNREACHABLE)
    slipcover.ImportManager(counter, slipcover.FileMatcher(SOURCES, OMITTED)).__enter__()
    _counters.append(counter)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave the figures of this process."""
    for counter in _counters:
        (FOLDER / f"{os.getpid()}.json").write_text(json.dumps(counter.get_coverage()))


def joined(files: Iterable[Path]) -> dict[str, Any]:
    """The figures of several processes as one."""
    parts = [json.loads(file.read_text()) for file in files]
    if not parts:
        raise SystemExit("Nothing was counted: run pytest with -p tests.counted first.")
    whole = reduce(slipcover.merge_coverage, parts)
    for figures in whole["files"].values():
        known = {0, *figures["executed_lines"], *figures["missing_lines"]}  # 0 is the end of a function
        figures["missing_branches"] = [way for way in figures["missing_branches"] if way[1] in known]
    return dict(whole)


def percent(files: Iterable[dict[str, Any]]) -> float:
    """How many of the lines and branches of these files were taken."""
    taken = missed = 0
    for figures in files:
        taken += len(figures["executed_lines"]) + len(figures["executed_branches"])
        missed += len(figures["missing_lines"]) + len(figures["missing_branches"])
    return 100 * taken / max(taken + missed, 1)


def is_pure(name: str) -> bool:
    """Whether a file belongs to a room that needs no database."""
    app, *rest = Path(name).with_suffix("").parts
    return app == "apps" and len(rest) > 1 and rest[1] in PURE_ROOMS


def main() -> None:
    """Print the figures; with --floors, end with an error where they are too low."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--floors", action="store_true", help="refuse what is below the floors")
    options = parser.parse_args()
    whole = joined(sorted(FOLDER.glob("*.json")))
    slipcover.slipcover.add_summaries(whole)
    slipcover.print_coverage(whole, skip_covered=True, missing_width=60)
    files = whole["files"]
    parts = {"all": (files, FLOOR), "pure rooms": ([name for name in files if is_pure(name)], PURE_FLOOR)}
    reached = {part: percent(files[name] for name in names) for part, (names, _) in parts.items()}
    for part, (names, floor) in parts.items():
        print(f"{part}: {reached[part]:.2f} % of lines and branches in {len(names)} files; the floor is {floor:.0f} %")
    if options.floors and any(reached[part] < floor for part, (_, floor) in parts.items()):
        sys.exit("Too little is tested, see above.")


if __name__ == "__main__":
    main()
