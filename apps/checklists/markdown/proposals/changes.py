"""The changes that can be proposed, and one function that makes them in a content."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, assert_never

from apps.checklists.rules.conditions import Condition
from apps.checklists.rules.parameters import Parameter
from apps.checklists.rules.variables import Variable

# What stands for something in texts and commands; the dollar sign twice is one that a shell prints.
NAMED = re.compile(r"(?<!\$)\$\{([A-Za-z_][A-Za-z0-9_]{1,40})\}|(?<![\w.])([xX]\.[yY]\.[zZ])(?![\w.])")


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
    made = _Made(content)
    renamed = {}
    for change in changes:
        if isinstance(change, ParameterChange):
            made.replace_number(change)
        elif isinstance(change, VariableChange):
            made.add("variables", change.variable.values())
            renamed[change.found] = f"{{{{{change.variable.name}}}}}"
        else:
            made.change_item(change)
    if renamed:
        made.rename(renamed)
    return made.content


class _Made:
    """A content that is changed, with what finds its parts by key: there may be thousands of changes."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        # Copies of all that is changed in its place; a deep copy of 10,000 items takes a second.
        lists = {name: list(content[name]) for name in ("parameters", "variables")}
        sections = [
            {**section, "items": [{**item, "conditions": list(item["conditions"])} for item in section["items"]]}
            for section in content["sections"]
        ]
        self.content: dict[str, Any] = {**content, **lists, "sections": sections}
        self.names = {name: {one["name"] for one in own} for name, own in lists.items()}
        self.sections = {section["key"]: section for section in sections}
        self.items = {item["key"]: item for section in sections for item in section["items"]}

    def add(self, kind: str, new: dict[str, Any]) -> None:
        """Add a parameter or a variable, unless one of its name is there."""
        if new["name"] not in self.names[kind]:
            self.names[kind].add(new["name"])
            self.content[kind].append(new)

    def replace_number(self, change: ParameterChange) -> None:
        """Put the name of a parameter where its number stands."""
        place = change.place
        part = (
            self.items.get(place.item) if place.item
            else self.sections.get(place.section) if place.section
            else self.content
        )  # fmt: skip
        text = part.get(place.field, "") if part is not None else ""
        at = _nearest(text, change.found, place.start)
        if part is None or at < 0:
            return
        part[place.field] = f"{text[:at]}{{{{{change.parameter.name}}}}}{text[at + len(change.found) :]}"
        self.add("parameters", change.parameter.values())

    def change_item(self, change: ItemChange) -> None:
        """Give an item a property."""
        item = self.items.get(change.item)
        if item is None:
            return
        match change:
            case ConditionChange(condition=condition, variable=variable):
                if variable is not None:
                    self.add("variables", variable.values())
                if condition.as_values() not in item["conditions"]:
                    item["conditions"].append(condition.as_values())
            case CriticalChange():
                item |= {"critical": True, "keys": max(item["keys"], 2)}
            case KeysChange(keys=keys):
                item["keys"] = max(keys, 2) if item["critical"] else keys
            case ProbeChange(kind=kind, settings=settings):
                item["probe"] = {"kind": kind, "settings": dict(settings)}
            case _:
                assert_never(change)

    def rename(self, names: Mapping[str, str]) -> None:
        """Put the names of variables wherever what stood for them is written, in one go."""

        def renamed(text: str) -> str:
            return NAMED.sub(lambda found: names.get(found[0], found[0]), text)

        self.content["guidance"] = renamed(self.content["guidance"])
        for part in (*self.sections.values(), *self.items.values()):
            for field in ("title", "text", "guidance"):
                if field in part:
                    part[field] = renamed(part[field])
            part["commands"] = [renamed(command) for command in part["commands"]]


def _nearest(text: str, found: str, start: int) -> int:
    """Where characters stand that stood at `start` before other changes moved them; -1 where they are gone."""
    places = []
    at = text.find(found)
    while at >= 0:
        if not (text[at - 1 : at].isdigit() and found[:1].isdigit()):
            places.append(at)
        at = text.find(found, at + 1)
    return min(places, key=lambda place: abs(place - start), default=-1)


def named_once(changes: Sequence[ParameterChange]) -> list[ParameterChange]:
    """The changes with unique names: the same number of the same name is one parameter, another one has its own."""
    known: dict[tuple[str, ...], Parameter] = {}
    names: set[str] = set()
    last: dict[str, int] = {}  # the last number behind each name
    made = []
    for change in changes:
        wanted = change.parameter
        same = (wanted.name, wanted.value, wanted.unit, wanted.limit)
        if same not in known:
            name = wanted.name
            while name in names:
                last[wanted.name] = last.get(wanted.name, 1) + 1
                name = f"{wanted.name[:34]}_{last[wanted.name]}"
            names.add(name)
            known[same] = replace(wanted, name=name)
        made.append(replace(change, parameter=known[same]))
    return made
