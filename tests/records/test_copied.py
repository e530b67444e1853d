"""A command that is copied from a record runs as it was written, however a reader copies: with indents or without."""

import re
import subprocess

import pytest

from apps.records import pdf
from apps.records.document import Made, build, shell, wording
from apps.records.document.budget import Budget
from project.management.commands.verify_ledger import head
from tests.records import sample
from tests.records.sample import replace

READERS = [[], ["-raw"], ["-layout"]]
LONG = "printf '<%s>\\n' --begins " + " ".join(f"--option-{n}=value-{n}" for n in range(40))
COMMANDS = {
    "lines of its own": "printf '<%s>\\n' --begins \\\n  --one \\\n  --two",
    "expansions": "NAME=there\n" + LONG + " " + 'then="$NAME" ' * 20,
    "options": LONG,
    "quotes between them": LONG.replace("--option-9=", "'it is' \"so # far\" --option-9="),
    "a comment behind it": f"{LONG} # why " + "this is so and goes on and on " * 9,
}
# Of these the page breaks a word: a reader who copies indents tears it apart, one who copies text does not.
WORDS = {
    "a long word": "printf '<%s>\\n' --begins https://example.com/" + "path/" * 90,
    "a long word of backslashes": "printf '<%s>\\n' --begins " + "\\\\" * 150,
    "a long text in quotes": "printf '<%s>\\n' --begins \"" + "one and other " * 30 + '"',
    "a long word in single quotes": "printf '<%s>\\n' --begins 'https://example.com/?" + "a=$b&" * 90 + "'",
    "a long text in single quotes": "printf '<%s>\\n' --begins '" + "one \\ $other " * 30 + "'",
    "a sign of a comment in a long word": "printf '<%s>\\n' --begins " + "x" * 91 + "#" * 9 + "y z" * 90,
    "single quotes in the middle": "printf '<%s>\\n' --begins --of=" + "x" * 70 + "'" + "y\\" * 60 + "'" + "z" * 90,
}


@pytest.fixture(scope="module")
def printed() -> Made:
    record = sample.record(8, 8)
    commands = [f"{text} --ends{n}" for n, text in enumerate((COMMANDS | WORDS).values())]
    item = replace(record.sections[0].items[0], commands=tuple(commands), text="")
    section = replace(record.sections[0], items=(item,), commands=())
    return pdf.render(replace(record, sections=(section,)), lambda step, pages: None)


def copied(made: Made, reader: list[str], beginning: str, end: str) -> str:
    """What is on paper from here to there, as a reader copies it."""
    run = subprocess.run(["pdftotext", *reader, "-", "-"], input=made.pdf, capture_output=True, check=True)
    found = re.search(
        f"{re.escape(beginning)}(?:(?!{re.escape(beginning)}).)*?{re.escape(end)}", run.stdout.decode(), re.S
    )
    assert found, f"{end} is not there in one piece"
    return found[0]


def ran(command: str) -> str:
    return subprocess.run(["bash", "-c", command], capture_output=True, check=True, text=True).stdout


@pytest.mark.parametrize("reader", READERS, ids=["as text", "raw", "with indents"])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_long_command_runs_as_it_was_written(printed, name, reader):
    n = list(COMMANDS).index(name)
    written = f"{COMMANDS[name]} --ends{n}"
    beginning = "NAME=" if "NAME=" in written else "printf"
    assert ran(copied(printed, reader, beginning, f"--ends{n}")) == ran(written)


@pytest.mark.parametrize("name", WORDS)
def test_a_long_word_does_where_indents_are_not_copied(printed, name):
    n = len(COMMANDS) + list(WORDS).index(name)
    assert ran(copied(printed, ["-raw"], "printf", f"--ends{n}")) == ran(f"{WORDS[name]} --ends{n}")


@pytest.mark.parametrize("reader", READERS, ids=["as text", "raw", "with indents"])
def test_the_command_that_checks_the_record_runs_as_it_is_printed(printed, reader):
    command = copied(printed, reader, "python manage.py verify_ledger", '"\n')
    shown = ran(f"python() {{ printf '%s' \"$4\"; }}\n{command}")
    assert str(head(shown)) == build(sample.record(8, 8)).head_argument
    joined = " ".join(command.split())  # a viewer that makes one line of what it copies
    assert head(ran(f"python() {{ printf '%s' \"$4\"; }}\n{joined}")) == head(shown)


def test_what_does_not_fit_is_a_comment_and_runs_nothing():
    whole = [f"echo {n} {'x ' * 200}" for n in range(60)]
    section = sample.record(2, 1).sections[0]
    item = replace(section.items[0], commands=("\n".join(whole),))
    document = build(replace(sample.record(2, 1), sections=(replace(section, items=(item,)),)))
    *complete, rest = document.sections[0].entries[0].commands[0]
    assert rest.startswith("# Printed up to here.")
    if complete[-1].startswith("# "):
        assert all(row.startswith("# ") for row in complete.pop().split("\n"))
    assert [line.replace("\\\n", "") for line in complete] == [line.rstrip() for line in whole[: len(complete)]]


@pytest.mark.parametrize("room", range(1, 12))
def test_a_line_that_fits_in_part_is_a_comment_in_every_row(room):
    budget = Budget(lines=room)
    for line in budget.command("echo " + "x " * 1_000)[:-1]:
        assert all(row.startswith("# ") for row in line.split("\n"))


@pytest.mark.parametrize("command", [*COMMANDS.values(), *WORDS.values(), "echo '" + "single quotes " * 20 + "'"])
def test_no_row_is_wider_than_its_column(command):
    rows = [row for line in shell.command_lines(command) for row in line.split("\n")]
    assert all(len(row) <= wording.CODE_WIDTH for row in rows)
