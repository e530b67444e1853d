"""People's corrections of an import as they are stored: by line number, only what differs from the reader's result."""

from collections.abc import Iterable, Mapping
from typing import Any

from apps.core.wording import plural

from .document import Correction, LineType, ParsedDocument
from .text import split_lines

Stored = dict[str, dict[str, Any]]
Words = dict[str, str]


def from_stored(stored: Stored) -> dict[int, Correction]:
    """Corrections as the reader takes them."""
    return {
        int(line): Correction(
            LineType(values["line_type"]) if "line_type" in values else None, values.get("critical"), values.get("keys")
        )
        for line, values in stored.items()
    }


def merged(stored: Stored, chosen: Mapping[int, Correction], *, shown: ParsedDocument, plain: ParsedDocument) -> Stored:
    """The stored corrections with those a person chose.

    shown: the text as they saw it; what they left as it was is no choice of theirs.
    plain: the text read without corrections; a line put back to that has none any more.
    """
    before, default = _values(shown), _values(plain)
    result = {line: dict(values) for line, values in stored.items()}
    for line, choice in chosen.items():
        if line not in default:
            continue
        values = result.pop(str(line), {})
        for name in ("line_type", "critical", "keys"):
            value = getattr(choice, name)
            if value is not None and value != before[line][name]:
                values[name] = str(value) if name == "line_type" else value
            if name in values and values[name] == default[line][name]:
                del values[name]
        if values:
            result[str(line)] = values
    return result


def stated(document: ParsedDocument, lines: Iterable[int], chosen: Mapping[int, Correction] | None = None) -> Words:
    """What each of the lines becomes, in words, by the name of its field; `chosen` comes before what is stored."""
    values, texts = _values(document), {line.line: line.text for line in document.lines}
    return {f"f{line}": _words(values[line], (chosen or {}).get(line), texts[line]) if line in values else ""
            for line in lines}  # fmt: skip


def _words(values: Mapping[str, Any], choice: Correction | None, text: str) -> str:
    line_type, critical, keys = (
        values[name] if choice is None or getattr(choice, name) is None else getattr(choice, name)
        for name in ("line_type", "critical", "keys")
    )
    more = f"{', critical' if critical else ''}, {plural(keys, 'key')}" if line_type == LineType.ITEM else ""
    return f"{str(line_type).replace('_', ' ')}{more}: {text}"


def _values(document: ParsedDocument) -> dict[int, dict[str, Any]]:
    """Type, critical and keys of every line that is not blank."""
    items = {item.line: item for template in document.templates for item in template.items}
    return {
        line.line: {
            "line_type": line.line_type,
            "critical": items[line.line].critical if line.line in items else False,
            "keys": items[line.line].keys if line.line in items else 2,
        }
        for line in document.lines
    }


def moved(stored: Stored, before: str, after: str) -> Stored:
    """Corrections after the text was edited: each follows its line, or goes with it.

    A line that was edited in its place is still that line: its text is gone, and nothing of before stands there.
    """
    old, new = split_lines(before), split_lines(after)
    numbers: dict[str, list[int]] = {}
    for number, line in enumerate(new, 1):
        numbers.setdefault(line.strip(), []).append(number)
    seen: dict[str, int] = {}
    result: Stored = {}
    known = {line.strip() for line in old}
    for number, line in enumerate(old, 1):
        at = seen[line.strip()] = seen.get(line.strip(), 0) + 1
        places = numbers.get(line.strip(), [])
        if str(number) not in stored:
            continue
        if at <= len(places):
            result[str(places[at - 1])] = stored[str(number)]
        elif len(old) == len(new) and new[number - 1].strip() not in known:
            result[str(number)] = stored[str(number)]
    return result
