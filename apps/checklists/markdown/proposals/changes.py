"""The changes that can be proposed, and one function that makes them in a content."""

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from apps.checklists.rules.conditions import Condition
from apps.checklists.rules.parameters import Parameter
from apps.checklists.rules.variables import Variable


@dataclass(frozen=True, slots=True)
class Place:
    """A text of a content. section and item: keys, "" for the template's own; start and end: characters of the text."""

    field: str  # title, text or guidance
    section: str = ""
    item: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class ParameterChange:
    """A number in a text becomes a parameter; without a value it must be filled before publishing."""

    parameter: Parameter
    place: Place
    found: str  # the characters that {{name}} replaces


@dataclass(frozen=True, slots=True)
class VariableChange:
    """A name that stands for something becomes a variable, wherever it is written."""

    variable: Variable
    found: str


@dataclass(frozen=True, slots=True)
class ConditionChange:
    """An item applies only where a condition holds; variable: what is asked for it at the start."""

    item: str
    condition: Condition
    variable: Variable | None = None


@dataclass(frozen=True, slots=True)
class CriticalChange:
    """An item becomes critical."""

    item: str


@dataclass(frozen=True, slots=True)
class KeysChange:
    """An item takes so many keys."""

    item: str
    keys: int


@dataclass(frozen=True, slots=True)
class ProbeChange:
    """A machine answers an item; settings: plain values of the kind, which need not exist yet."""

    item: str
    kind: str
    settings: tuple[tuple[str, str], ...] = ()


ItemChange = ConditionChange | CriticalChange | KeysChange | ProbeChange
Change = ParameterChange | VariableChange | ItemChange


@dataclass(frozen=True, slots=True)
class Proposal:
    """One change, the line of the source it is about, and a sentence that asks for it."""

    line: int
    kind: str  # parameter placeholder variable condition critical keys probe
    text: str
    change: Change


def applied(content: Mapping[str, Any], changes: Iterable[Change]) -> dict[str, Any]:
    """The content with these changes. One whose place is gone changes nothing; the content given stays as it is."""
    made: dict[str, Any] = copy.deepcopy(dict(content))
    items = {item["key"]: item for section in made["sections"] for item in section["items"]}
    for change in changes:
        if isinstance(change, ParameterChange):
            _parameter(made, items, change)
        elif isinstance(change, VariableChange):
            _add(made["variables"], change.variable.values())
            _rewrite(made, change.found, f"{{{{{change.variable.name}}}}}")
        elif change.item in items:
            _item(made, items[change.item], change)
    return made


def _parameter(content: dict[str, Any], items: Mapping[str, dict[str, Any]], change: ParameterChange) -> None:
    place = change.place
    sections = {section["key"]: section for section in content["sections"]}
    part = items.get(place.item) if place.item else sections.get(place.section) if place.section else content
    text = part.get(place.field, "") if part is not None else ""
    at = _nearest(text, change.found, place.start)
    if part is None or at < 0:
        return
    part[place.field] = f"{text[:at]}{{{{{change.parameter.name}}}}}{text[at + len(change.found) :]}"
    _add(content["parameters"], change.parameter.values())


def _nearest(text: str, found: str, start: int) -> int:
    """Where characters stand that stood at `start` before other changes moved them; -1 where they are gone."""
    places = []
    at = text.find(found)
    while at >= 0:
        if not (text[at - 1 : at].isdigit() and found[:1].isdigit()):
            places.append(at)
        at = text.find(found, at + 1)
    return min(places, key=lambda place: abs(place - start), default=-1)


def _item(content: dict[str, Any], item: dict[str, Any], change: ItemChange) -> None:
    if isinstance(change, ConditionChange):
        if change.variable is not None:
            _add(content["variables"], change.variable.values())
        if change.condition.as_values() not in item["conditions"]:
            item["conditions"].append(change.condition.as_values())
    elif isinstance(change, CriticalChange):
        item["critical"] = True
        item["keys"] = max(item["keys"], 2)
    elif isinstance(change, KeysChange):
        item["keys"] = max(change.keys, 2) if item["critical"] else change.keys
    else:
        item["probe"] = {"kind": change.kind, "settings": dict(change.settings)}


def _add(values: list[dict[str, Any]], new: dict[str, Any]) -> None:
    """Adds a parameter or a variable, unless one of its name is there."""
    if all(one["name"] != new["name"] for one in values):
        values.append(new)


def _rewrite(content: dict[str, Any], found: str, name: str) -> None:
    """Replaces characters in every text and command of a content."""
    content["guidance"] = content["guidance"].replace(found, name)
    for section in content["sections"]:
        for part in (section, *section["items"]):
            for field in ("title", "text", "guidance"):
                if field in part:
                    part[field] = part[field].replace(found, name)
            part["commands"] = [command.replace(found, name) for command in part["commands"]]


def named_once(changes: Sequence[ParameterChange]) -> list[ParameterChange]:
    """The changes with unique names: the same number of the same name is one parameter, another one has its own."""
    known: dict[str, Parameter] = {}
    made = []
    for change in changes:
        wanted, name, number = change.parameter, change.parameter.name, 2
        while name in known and replace(known[name], label=wanted.label) != replace(wanted, name=name):
            name = f"{wanted.name[:36]}_{number}"
            number += 1
        known.setdefault(name, replace(wanted, name=name))
        made.append(replace(change, parameter=known[name]))
    return made
