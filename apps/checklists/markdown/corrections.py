"""What is kept of a person's corrections of an import: a small table, line number to what she said."""

from collections.abc import Mapping
from typing import Any

from .document import Choice, Document, Fate
from .text import split_lines

Stored = dict[str, dict[str, Any]]


def choices_of(stored: Stored) -> dict[int, Choice]:
    """Corrections as the reader takes them, from how they are kept."""
    return {
        int(line): Choice(Fate(kept["fate"]) if "fate" in kept else None, kept.get("critical"), kept.get("keys"))
        for line, kept in stored.items()
    }


def corrections(stored: Stored, chosen: Mapping[int, Choice], *, shown: Document, plain: Document) -> Stored:
    """The corrections kept after a person chose.

    shown: the text as she saw it; what she left as it was is no choice of hers.
    plain: the text read without corrections; a line put back to that has none any more.
    """
    seen, default = _states(shown), _states(plain)
    kept = {line: dict(said) for line, said in stored.items()}
    for line, choice in chosen.items():
        if line not in default:
            continue
        said = kept.pop(str(line), {})
        for name in ("fate", "critical", "keys"):
            value = getattr(choice, name)
            if value is not None and value != seen[line][name]:
                said[name] = str(value) if name == "fate" else value
            if name in said and said[name] == default[line][name]:
                del said[name]
        if said:
            kept[str(line)] = said
    return kept


def _states(document: Document) -> dict[int, dict[str, Any]]:
    """Fate, critical and keys of every line that is not blank."""
    items = {item.line: item for template in document.templates for item in template.items}
    return {
        line.line: {
            "fate": line.fate,
            "critical": items[line.line].critical if line.line in items else False,
            "keys": items[line.line].keys if line.line in items else 2,
        }
        for line in document.lines
    }


def moved(stored: Stored, before: str, after: str) -> Stored:
    """Corrections after the text was edited: each follows its line, or goes with it."""
    numbers: dict[str, list[int]] = {}
    for number, line in enumerate(split_lines(after), 1):
        numbers.setdefault(line.strip(), []).append(number)
    seen: dict[str, int] = {}
    kept: Stored = {}
    for number, line in enumerate(split_lines(before), 1):
        at = seen[line.strip()] = seen.get(line.strip(), 0) + 1
        places = numbers.get(line.strip(), [])
        if str(number) in stored and at <= len(places):
            kept[str(places[at - 1])] = stored[str(number)]
    return kept
