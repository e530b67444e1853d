"""What a JUnit report says, read without building it: the parser sees no entity, no other file and no depth."""

import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from xml.parsers import expat

from apps.core.wording import plural

from .passive import BadReport

DEEPEST = 32
MOST_NAMED = 10  # failing tests that are named
LONGEST_NAME = 200  # characters
MOST_SHOWN, LONGEST_SHOWN = 3, 100  # names in a sentence, and characters of each
OUTCOMES = ("failure", "error", "skipped")
TEST_COUNTS = {"tests": "tests", "failures": "failure", "errors": "error", "skipped": "skipped"}
SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass
class Counts:
    """Of all test cases: how many there are, how many ended how, the seconds that they took; who failed, by name."""

    found: Counter[str] = field(default_factory=Counter)
    stated: Counter[str] = field(default_factory=Counter)
    of_all: Counter[str] = field(default_factory=Counter)
    seconds: Decimal = Decimal()
    failing: list[str] = field(default_factory=list)

    def count(self, name: str) -> int:
        """The larger of what there is and what the suites say of themselves: one that broke lists no case for that."""
        return max(self.found[name], self.stated[name], self.of_all[name])


class _Reader:
    """Takes what the parser meets, element by element."""

    def __init__(self) -> None:
        self.counts = Counts()
        self.path: list[str] = []
        self.case = ""
        self.ended: set[str] = set()

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if not self.path and name not in ("testsuites", "testsuite"):
            raise BadReport("This is no JUnit report: it begins with neither testsuites nor testsuite.")
        self.path.append(name)
        if len(self.path) > DEEPEST:
            raise BadReport(f"The report is more than {DEEPEST} elements deep.")
        if name == "testcase":
            self.counts.found["tests"] += 1
            self.ended = set()
            self.case = ".".join(filter(None, [attributes.get("classname", ""), attributes.get("name", "")]))
            if SECONDS.fullmatch(attributes.get("time", "")):
                self.counts.seconds += Decimal(attributes["time"])
        elif name in OUTCOMES and self.path[-2] == "testcase" and name not in self.ended:
            self.ended.add(name)
            self.counts.found[name] += 1
            if name != "skipped" and len(self.counts.failing) < MOST_NAMED:
                self.counts.failing.append(self.case[:LONGEST_NAME])
        elif name == "testsuite" and "testsuite" not in self.path[:-1]:
            self.counts.stated += Counter(_stated(attributes))
        elif name == "testsuites" and len(self.path) == 1:
            self.counts.of_all += Counter(_stated(attributes))

    def end(self, name: str) -> None:
        self.path.pop()


def _stated(attributes: dict[str, str]) -> dict[str, int]:
    """The counts that a suite, or all of them together, state of themselves."""
    numbers = {counted: attributes.get(attribute, "") for attribute, counted in TEST_COUNTS.items()}
    return {counted: int(text) for counted, text in numbers.items() if NUMBER.fullmatch(text)}


def counts_of(data: bytes) -> Counts:
    """Count the cases of a report in UTF-8. Raises BadReport for what is none, and for one that declares a DTD."""
    reader, parser = _Reader(), expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.EndElementHandler = reader.begin, reader.end
    parser.StartDoctypeDeclHandler = _refuse_declarations
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        why = f"line {error.lineno}, {expat.ErrorString(error.code)}"
        raise BadReport(f"The report is no XML that can be read: {why}.") from error
    return reader.counts


def why_not_ok(counts: Counts) -> str:
    """Why a report is not ok: how many tests failed, the first of them by name, or that none ran; empty where it is."""
    tests, failed = counts.count("tests"), counts.count("failure") + counts.count("error")
    if not failed:
        return _why_none_ran(counts)
    of = f" of {plural(tests, 'test', 'tests')}" if tests >= failed else ""
    named = [" ".join(name.split())[:LONGEST_SHOWN] for name in counts.failing[:MOST_SHOWN]]
    if not named:
        return f"{failed}{of} failed; the report names none."
    more = f" and {failed - len(named)} more" if failed > len(named) else ""
    return f"{failed}{of} failed: {', '.join(named)}{more}."


def _why_none_ran(counts: Counts) -> str:
    """That no test ran, or none that the report lists: what suites only state of themselves, nobody can look at."""
    tests, skipped, listed = counts.count("tests"), counts.count("skipped"), counts.found["tests"]
    if tests <= skipped:
        return "No test ran" + (f": {plural(tests, 'test was', 'tests were')} skipped." if tests else ".")
    if not listed:
        return f"The report states {plural(tests, 'test', 'tests')} and lists none of them, so it shows none that ran."
    if listed <= counts.found["skipped"]:
        return f"The report states {plural(tests, 'test', 'tests')}, and all that it lists were skipped."
    return ""


def _refuse_declarations(*_: object) -> None:
    """Entities and external files are declared in a DTD, and no JUnit report needs one."""
    raise BadReport("The report declares a document type (DOCTYPE). Send it without.")
