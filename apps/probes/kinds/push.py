"""What a CI job or a script reports by a token: values by name, or a JUnit report."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, NoReturn

from django import forms

from apps.probes.conditions import ANYTHING, NUMBER, UNITS, Value
from apps.probes.conditions.values import HUGE, quantity, visible, written_number

from .junit import TEST_COUNTS, counts_of, why_not_ok
from .kind import setting
from .outcome import Reading, shown
from .passive import LINK, BadReport, Passive

JSON, XML = "application/json", ("application/xml", "text/xml")
MOST_VALUES = 50
LONGEST_TEXT, LONGEST_NOTE, LONGEST_LINK = 500, 2000, 2000  # characters
NAMED = re.compile(r"(?P<name>[A-Za-z]\w{0,39})\s*(?:\[\s*(?P<unit>[^\]\s]+)\s*\])?", re.ASCII)
TAKEN = {"all", "any", "size", "has", "true", "false", "null", "in", "contains", "matches", "warn"}
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=31)
PARTS = {"values", "note", "link"}


@dataclass(frozen=True, kw_only=True)
class Push(Passive):
    """What is reported, a value a line with its unit, and how often.

    ok: what the report says of itself; of a JUnit report that tests ran, and none of them failed.
    every, grace: a time with its unit, as 1 d; no report within both counts as one without a result.
    """

    LABEL = "Report from CI or a script"
    ABOUT = "a job or a script says what it found; silence counts"
    FACTS = {
        "by": "Reported by",
        "note": "Note",
        "link": "Link",
        "failing": "Failing",
        "sha256": "SHA-256 of the report",
    }

    VALUES = {
        "ok": ANYTHING,
        "tests": NUMBER,
        "failures": NUMBER,
        "errors": NUMBER,
        "skipped": NUMBER,
        "duration": "s",
    }
    USUAL = "ok == true"

    names: str = setting(
        forms.CharField,
        default="",
        first=True,
        label="Values beside ok",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "placeholder": "p95 [ms]\nerrors [%]"}),
        help_text="One a line, with its unit. A JUnit report brings tests, failures, errors, skipped and duration.",
    )
    every: str = setting(
        forms.CharField,
        default="",
        first=True,
        label="Expected every",
        max_length=20,
        widget=forms.TextInput(attrs={"placeholder": "1 d"}),
        help_text="1 min to 31 d. Without a report by then the probe has no value, which blocks. Whenever, if empty.",
    )
    late: str = setting(
        forms.CharField,
        default="",
        first=True,
        label="Grace",
        max_length=20,
        widget=forms.TextInput(attrs={"placeholder": "30 min"}),
        help_text="How much later a report is still in time. None if empty.",
    )

    def asked(self) -> dict[str, str]:
        often = f" every {self.every}" if self.every else ""
        grace = f", {self.late} later at most" if self.late else ""
        return {"method": "Reported", "url": f"by a job or a script{often}{grace}"}

    def measures(self) -> Mapping[str, str]:
        """What every report may have, and what is named here."""
        return self.VALUES | {name: unit or ANYTHING for name, unit in self.units.items()}

    @cached_property
    def units(self) -> dict[str, str]:
        """The unit of each value that is named here, empty for none."""
        found = filter(None, map(NAMED.fullmatch, self._lines))
        return {each["name"]: each["unit"] or "" for each in found}

    @property
    def _lines(self) -> list[str]:
        return [line.strip() for line in self.names.splitlines() if line.strip()]

    @property
    def interval(self) -> timedelta | None:
        return _span(self.every)

    @property
    def grace(self) -> timedelta:
        return _span(self.late) or timedelta()

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from self._problems_of_names()
        for name, text in (("every", self.every), ("late", self.late)):
            if text and _span(text) is None:
                yield name, "Write a time with its unit, as 30 min, 6 h or 1 d."
        if self.interval is not None and not SHORTEST <= self.interval <= LONGEST:
            yield "every", "A report is expected every minute at most, and every 31 days at least."
        if self.grace > LONGEST:
            yield "late", "A report may be late by 31 days at most."
        if self.late and not self.every:
            yield "every", "Say how often a report is expected; without that none is late."

    def _problems_of_names(self) -> Iterator[tuple[str, str]]:
        lines = self._lines
        if len(lines) > MOST_VALUES:
            yield "names", f"A report has at most {MOST_VALUES} values."
        for line in lines:
            found = NAMED.fullmatch(line)
            if found is None:
                yield "names", f"“{line[:60]}” is no name. Write a name, and its unit in brackets: p95 [ms]."
            elif found["unit"] and found["unit"] not in UNITS:
                yield "names", f"There is no unit “{found['unit']}”. Use one of {', '.join(UNITS)}."
            elif found["name"] in TAKEN or found["name"] in self.VALUES:
                yield "names", f"Every report may have “{found['name']}”, or conditions use it. Take another name."
        if len(self.units) < len(lines):
            yield "names", "Each value has one name of its own."

    def reading(self, body: bytes, media: str) -> Reading:
        """What a report says. media: its Content-Type. Raises BadReport."""
        kind = media.partition(";")[0].strip().lower()
        hint = ""
        if kind in XML:
            values, rest, hint = _of_junit(body)
        elif kind == JSON:
            values, rest = self._of_json(body)
        else:
            raise BadReport(f"Send {JSON}, or a JUnit report as {XML[0]}, and say which in Content-Type.")
        about = ", ".join(f"{name} {value}" for name, value in values.items())
        digest = hashlib.sha256(body).hexdigest()
        response = {**rest, "snippet": shown(body), "sha256": digest}
        return Reading(f"Reported {about or 'nothing'}", values, response, hint)

    def _of_json(self, body: bytes) -> tuple[dict[str, Value], dict[str, str]]:
        try:
            report = json.loads(body.decode("utf-8-sig"), parse_float=written_number, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            if isinstance(error, BadReport):
                raise
            raise BadReport("The report is no JSON that can be read.") from error
        if not isinstance(report, dict) or not isinstance(report.get("values", {}), dict):
            raise BadReport('Send an object, as {"values": {"ok": true}}.')
        if unknown := sorted(set(report) - PARTS):
            raise BadReport(f"A report has values, note and link, and nothing called “{visible(unknown[0][:60])}”.")
        values = {name: self._value(name, data) for name, data in report.get("values", {}).items()}
        return values, {"note": _text(report, "note", LONGEST_NOTE), "link": _link(report)}

    def _value(self, name: str, data: Any) -> Value:
        known = self.measures()
        if name not in known:
            raise BadReport(f"This probe has no value called “{visible(name[:60])}”. It has {', '.join(known)}.")
        unit = known[name] if known[name] in UNITS else ""
        if isinstance(data, str):
            return _of_text(name, data, unit)
        if isinstance(data, bool):
            return Value(data)
        if isinstance(data, int | Decimal) and (number := Decimal(data)).copy_abs() < HUGE:
            return Value(number * (UNITS[unit][1] if unit else 1), unit)
        raise BadReport(f"“{name}” has to be a number below 10^24, a text, true or false.")


def _of_text(name: str, text: str, unit: str) -> Value:
    if len(text) > LONGEST_TEXT:
        raise BadReport(f"The text of “{name}” is longer than {LONGEST_TEXT} characters.")
    if not unit:
        return Value(visible(text))
    found = quantity(text)
    if found is None or not found[1] or UNITS[found[1]][0] != UNITS[unit][0]:
        raise BadReport(f"“{name}” is in {unit}: send a number, or a text as “226 {unit}”.")
    return Value(found[0], unit)


def _of_junit(body: bytes) -> tuple[dict[str, Value], dict[str, str], str]:
    """Its values, what to keep of it, and in words why it is not ok."""
    counts = counts_of(body)
    values = {ours: Value(counts.count(theirs)) for ours, theirs in TEST_COUNTS.items()}
    why_not = why_not_ok(counts)
    failing = visible("\n".join(counts.failing))
    values = {"ok": Value(not why_not), **values, "duration": Value(counts.seconds, "s")}
    return values, {"failing": failing}, visible(why_not)


def _text(report: Mapping[str, Any], name: str, most: int) -> str:
    text = report.get(name, "")
    if not isinstance(text, str) or len(text) > most:
        raise BadReport(f"The {name} is a text of at most {most} characters.")
    return visible(text)


def _link(report: Mapping[str, Any]) -> str:
    link = _text(report, "link", LONGEST_LINK)
    if link and not LINK.fullmatch(link):
        raise BadReport("The link begins with https:// or http://.")
    return link


def _span(text: str) -> timedelta | None:
    """The time that was written with its unit; None for anything else."""
    found = quantity(text.strip())
    if found is None or not found[1] or UNITS[found[1]][0] != "time" or not 0 < found[0] <= 10**9:
        return None
    return timedelta(seconds=float(found[0]))


def _refuse_constant(name: str) -> NoReturn:
    raise BadReport(f"{name} is no number that can be compared. Leave the value out.")
