"""A probe that asks the same of each entry of a list, such as a model: all of them have to hold.

It is one probe with one run, so that its item has one answer. What each entry came to stands in the run, condition by
condition, as the parts of a series do.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from apps.probes import conditions as judging
from apps.probes.conditions import Condition, Series, Value
from apps.probes.conditions.judging import WORST_FIRST as WORST_VERDICT_FIRST

from .outcome import FAILED, INCONCLUSIVE, PASSED, SNIPPET_BYTES, Outcome, Reached

PLACE = "{each}"  # what an entry takes the place of, in every setting that is a text, but these
SAME_FOR_ALL = ("secret", "server_name", "authorities")  # what a secret is released for, once for all entries
MOST_ENTRIES = 50
AT_ONCE = 8  # entries that are asked at the same time: they have one target
ENTRY = re.compile(r"[\w.:/@+-]{1,80}", re.ASCII)
WORST_FIRST = (FAILED, INCONCLUSIVE, PASSED)
UNJUDGED = {FAILED: judging.FAIL, INCONCLUSIVE: judging.INCONCLUSIVE}
MOST_NAMED = 5


def entries_of(text: str) -> tuple[str, ...]:
    """The entries of a setting, one a line."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def for_entry(kind: Any, entry: str) -> Any:
    """The probe as it asks about one entry."""
    filled = {name: text.replace(PLACE, entry) for name, text in _texts(kind).items()}
    return replace(kind, **filled | {"for_each": ""})


def _texts(kind: Any) -> dict[str, str]:
    """The settings that may name an entry."""
    found = {each.name: getattr(kind, each.name) for each in fields(kind) if each.name not in SAME_FOR_ALL}
    return {name: text for name, text in found.items() if isinstance(text, str)}


def problems(kind: Any) -> Iterator[str]:
    """What is wrong with the list, or with what the probe becomes for one of its entries."""
    entries = entries_of(kind.for_each)
    if entries and kind.target is None:
        yield "This kind of probe goes nowhere, so it cannot ask about several entries."
    elif wrong := _wrong_list(entries):
        yield wrong
    elif entries and not any(PLACE in text for name, text in _texts(kind).items() if name != "for_each"):
        yield f"Write {PLACE} where an entry goes, as in https://example.com/models/{PLACE}."
    elif any(each.operator == "matches" and PLACE in each.limit for each in kind.judges()):
        # Each pattern is tried where it is written, which may take a tenth of a second, and entries are fifty.
        yield f"A pattern is the same for every entry. Take {PLACE} out of it, or ask with “contains”."
    else:
        yield from filter(None, (_wrong_entry(kind, entry) for entry in entries))


def _wrong_list(entries: Sequence[str]) -> str:
    if len(entries) > MOST_ENTRIES:
        return f"There are {len(entries)} entries; a probe asks about at most {MOST_ENTRIES}. Attach another one too."
    if len(set(entries)) < len(entries):
        return "An entry stands there twice."
    odd = next((entry for entry in entries if not ENTRY.fullmatch(entry)), "")
    return f"“{odd[:40]}” has signs that an entry cannot have: letters, digits and . : / @ + - _ only." if odd else ""


def _wrong_entry(kind: Any, entry: str) -> str:
    try:
        there = type(kind).parse(for_entry(kind, entry).as_json()).target
    except ValueError as error:
        return f"With “{entry}”: {error}"
    if _place(there) != _place(kind.target):
        return f"With “{entry}” it goes to another host or port. Attach a probe of its own for each of them."
    return ""


def _place(target: Any) -> tuple[Any, ...]:
    return tuple(getattr(target, name, None) for name in ("scheme", "host", "port"))


def combined(kind: Any, asked: Outcome, outcomes: Mapping[str, Outcome]) -> Outcome:
    """`asked` with what all entries came to; outcomes: by entry, in the order of the list."""
    worst = sorted(outcomes, key=lambda entry: WORST_FIRST.index(outcomes[entry].verdict))
    decisive = next((outcomes[entry] for entry in worst if outcomes[entry].value), outcomes[worst[0]])
    digests = "".join(str(each.response.get("sha256", "")) for each in outcomes.values())
    lines = "\n".join(f"{entry}: {each.explanation}" for entry, each in outcomes.items())
    return replace(
        asked,
        verdict=outcomes[worst[0]].verdict,
        explanation=_explained(outcomes, worst),
        value=decisive.value,
        unit=decisive.unit,
        limit=decisive.limit,
        request={**asked.request, "for_each": list(outcomes)},
        response={"sha256": hashlib.sha256(digests.encode()).hexdigest(), "snippet": lines[:SNIPPET_BYTES]},
        conditions=tuple(_judged(kind, place, line, outcomes) for place, line in enumerate(kind.judges())),
        values=_values(outcomes),
        reached=_reached(outcomes.values()),
    )


def _explained(outcomes: Mapping[str, Outcome], worst: Sequence[str]) -> str:
    bad = [entry for entry in worst if outcomes[entry].verdict != PASSED]
    if not bad:
        return f"All {len(outcomes)} are as expected."
    more = f" {len(bad) - MOST_NAMED} more do not pass." if len(bad) > MOST_NAMED else ""
    sentences = (f"{entry}: {outcomes[entry].explanation}" for entry in bad[:MOST_NAMED])
    return f"{len(bad)} of {len(outcomes)} do not pass. {' '.join(sentences)}{more}"


def _judged(kind: Any, place: int, line: Condition, outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    """A condition over all entries: the worst of them, and each as a part."""
    made = []
    for entry, outcome in outcomes.items():
        expression = for_entry(kind, entry).judges()[place].expression
        found = next((each for each in outcome.conditions if each["expression"] == expression), None)
        made.append((entry, found or _unjudged(outcome)))
    made.sort(key=lambda one: WORST_VERDICT_FIRST.index(one[1]["verdict"]))
    entry, worst = made[0]
    return {
        "expression": line.expression,
        "verdict": worst["verdict"],
        "explanation": f"{entry}: {worst['explanation']}" if worst["explanation"] else "",
        "value": worst["value"],
        "limit": worst["limit"],
        "parts": [[name, each["value"], each["verdict"]] for name, each in made],
    }


def _unjudged(outcome: Outcome) -> dict[str, Any]:
    """A condition of an entry that gave no answer."""
    verdict = UNJUDGED[outcome.verdict]
    return {"verdict": verdict, "explanation": outcome.explanation, "value": "", "limit": ""}


def _values(outcomes: Mapping[str, Outcome]) -> dict[str, Value | Series]:
    """What each entry measured, as series, for whoever tries the probe."""
    names = dict.fromkeys(name for each in outcomes.values() for name in each.values)
    found = {
        name: [(entry, value) for entry, each in outcomes.items() if isinstance(value := each.values.get(name), Value)]
        for name in names
    }
    return {name: Series(tuple(parts)) for name, parts in found.items() if parts}


def _reached(outcomes: Any) -> Reached:
    """What became of the questions together. Where only some came through, nothing is asked again."""
    found = {each.reached for each in outcomes}
    if len(found) == 1:
        return found.pop()
    return Reached.BUSY if found == {Reached.ANSWERED, Reached.BUSY} else Reached.SILENT
