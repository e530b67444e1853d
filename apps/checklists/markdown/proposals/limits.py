"""Numbers in words: `p95 < 3s`, `max 3 retries`, `older than 30 days`, `>X%`, `N iterations`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from apps.checklists.rules.keys import slug
from apps.checklists.rules.parameters import Parameter

_UNITS = {
    "%": r"%|percent\b|per cent\b",
    "ms": r"ms\b|milliseconds?\b|msecs?\b",
    "s": r"s\b|secs?\b|seconds?\b",
    "minutes": r"mins?\b|minutes?\b",
    "hours": r"h\b|hrs?\b|hours?\b",
    "days": r"days?\b|d\b",
    "weeks": r"weeks?\b",
    "months": r"months?\b",
    "years": r"years?\b",
    "consecutive failures": r"consecutive failures?\b",
    "consecutive errors": r"consecutive errors?\b",
    "retries": r"retr(?:y|ies)\b",
    "attempts": r"attempts?\b",
    "iterations": r"iterations?\b",
    "failures": r"failures?\b",
    "times": r"times\b",
    "requests": r"requests?\b",
    "replicas": r"replicas?\b",
    "approvals": r"approvals?\b",
    "users": r"users?\b",
    "KB": r"KB\b", "MB": r"MB\b", "GB": r"GB\b", "TB": r"TB\b",
    "x": r"x\b(?! ?\d)|×",
}  # fmt: skip
_LIMITS = {
    "at_most": r"<=|≤|=<|at most|up to|no more than|not more than|max(?:imum)?(?: of)?|within|not exceed(?:ing)?",
    "at_least": r">=|≥|=>|at least|no less than|not less than|min(?:imum)?(?: of)?",
    "below": r"<|below|under|less than|lower than|fewer than|younger than|faster than",
    "above": r">|above|over|more than|greater than|higher than|older than|exceed(?:s|ing)?",
    "equal": r"exactly|==?",
}
_UNIT = "|".join(f"(?P<u{at}>{pattern})" for at, pattern in enumerate(_UNITS.values()))
_LIMIT = "|".join(f"(?P<l{at}>{pattern})" for at, pattern in enumerate(_LIMITS.values()))
_FOUND = re.compile(
    rf"(?:(?<![\w<>=-])(?:{_LIMIT})\s{{0,3}})?"
    rf"(?P<number>(?<![\w.,:/$#-])(?:\d{{1,9}}(?:\.\d{{1,4}})?(?![\d.,:/]\d)|[XNY](?=\s?%|\s[a-z])))"
    rf"(?:(?:\s|-(?=day|hour|minute|second|week|month))?(?:{_UNIT}))?",
    re.IGNORECASE,
)  # fmt: skip
_HIDDEN = re.compile(
    r"^(?P<fence>`{3,}|~{3,}).*?(?:^(?P=fence)|\Z)|`[^`\n]{0,2000}`|https?://\S+|\]\([^)\n]{0,500}\)|"
    r"\{\{[^}\n]{0,80}\}\}|<!--.{0,500}?-->",
    re.DOTALL | re.MULTILINE,
)
_CLAUSE = re.compile(r"[.;:()\[\]\n,–—|]|\s-\s|->|→")
_WORD = re.compile(r"[A-Za-z][\w'-]*|\d+[A-Za-z]\w*")
_STOP = frozenset(
    re.findall(
        r"\w+",
        """a an and are as at be been by can do does each every for from has have if in into is it its meets must no
        not of on or our per set should stay stays still stable than that the their then there these this to until up
        was we when which will with you your e g eg verify check confirm ensure make sure alert least most stabilize
        typically target targeting any all after before below above under over""",
    )
)
SIGNS = "<>≤≥="


@dataclass(frozen=True, slots=True)
class Limit:
    """A number that was found in a text; start and end are of the number with its unit."""

    parameter: Parameter
    start: int
    end: int
    found: str


def limits(text: str, about: str = "") -> Iterator[Limit]:
    """The numbers of a text that can be parameters; about: words it belongs to, where its own give no name."""
    if not re.search(r"\d|[XNY]", text):
        return
    shown = _HIDDEN.sub(lambda found: re.sub(r"[^\n]", "\x00", found[0]), text)
    for found in _FOUND.finditer(shown):
        unit = next((name for at, name in enumerate(_UNITS) if found[f"u{at}"]), "")
        number = found["number"]
        is_measured = bool(unit) or (number.isdigit() and found[0][0] in SIGNS)
        if is_measured and (number.isupper() or not number.isalpha()):
            span = found.start("number"), found.end()
            words = _words(shown[: found.start()], shown[found.end() :], about)
            yield Limit(_parameter(number, unit, words, found), *span, text[slice(*span)])


def _parameter(number: str, unit: str, words: list[str], found: re.Match[str]) -> Parameter:
    label = " ".join(words)
    name = slug(label).replace("-", "_")[:36].strip("_")
    name = name if name[:1].isalpha() else f"limit_{name}".strip("_")
    value = "" if number.isalpha() else number.lstrip("0").rjust(1, "0") if number.isdigit() else number
    limit = next((name for at, name in enumerate(_LIMITS) if found[f"l{at}"]), "")
    return Parameter(name, label[:1].upper() + label[1:], value, unit, limit)


def _words(before: str, after: str, about: str) -> list[str]:
    """Up to three words that say what is counted: those before it in its clause or in the label before that, else those
    after it, else those it belongs to.
    """
    parts = before.rpartition("\n")[2][-200:].rpartition(":")
    clauses = (parts[2], parts[0] if parts[1] else "", after[:200], about)
    for at, words in enumerate(clauses):
        clause = _CLAUSE.split(words)[-1 if at < 2 else 0].replace("\x00", " ")
        found = [word for word in _WORD.findall(clause) if word.casefold() not in _STOP]
        if found:
            return found[-3:] if at < 2 else found[:3]
    return ["limit"]
