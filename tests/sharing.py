"""Processes of one run share its files: `python -m tests.sharing ARGUMENTS` starts two of pytest with ARGUMENTS.

Each collects all tests in the same order and takes the next file that nobody took, so that a file stays in one process.
pytest-xdist does that with a process more, which hears of every test: see docs/decisions/0022-what-runs-twice.md.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import chain, pairwise
from pathlib import Path

import pytest

PROCESSES = 2
SHARED = "KEYTURN_TEST_SHARED"  # the folder that notes which files are taken


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run the files that this process takes; where none are shared, pytest runs them all."""
    folder = os.environ.get(SHARED)
    if not folder or session.testsfailed or session.config.option.collectonly:
        return None
    for item, following in pairwise(chain(taken(session.items, Path(folder)), [None])):
        if item is not None:  # it never is: that is the end
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
    return True


def taken(items: Iterable[pytest.Item], folder: Path) -> Iterator[pytest.Item]:
    """The tests of each file that no other process took before, file by file."""
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.nodeid.partition("::")[0], []).append(item)
    for file, tests in files.items():
        if _take(folder / file.replace("/", "+")):
            yield from tests


def _take(note: Path) -> bool:
    try:
        note.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def main(arguments: list[str]) -> int:
    """Run them; the first shows what it does at once, the others when they end. Returns the highest of their codes."""
    command = [sys.executable, "-m", "pytest", "-o", "console_output_style=classic", "-p", "no:cacheprovider"]
    with tempfile.TemporaryDirectory(prefix="kt-shared-") as folder, ExitStack() as open_until_the_end:
        env = os.environ | {SHARED: folder}
        outputs = [Path(folder) / f"output-{number}" for number in range(1, PROCESSES)]
        files = [None, *(open_until_the_end.enter_context(output.open("wb")) for output in outputs)]
        runs = [subprocess.Popen([*command, *arguments], env=env, stdout=file) for file in files]
        try:
            codes = [run.wait() for run in runs]
        except KeyboardInterrupt:  # which they hear of as well
            codes = [run.wait() for run in runs]
        for output in outputs:
            sys.stdout.write(output.read_text())
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
