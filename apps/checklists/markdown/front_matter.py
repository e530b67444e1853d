"""Front matter: settings between two lines `---` above a text. Wrong YAML is a sentence, never a crash."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import yaml

from apps.checklists.rules import parameters, variables
from apps.checklists.rules.parameters import Parameter, text_of
from apps.checklists.rules.variables import Variable

from . import yaml_values

T = TypeVar("T")
MOST_LINES = 2_000
MOST_CHARACTERS = 300_000
MOST_TIERS = 20
OWN = ("keyturn", "title", "occasion", "source", "tiers", "parameters", "variables")
_TOP = re.compile(r"([A-Za-z_][\w-]*)\s*:(?:\s|$)")
_SETTING = re.compile(r"[A-Za-z_][\w-]*\s*:(?:\s|$)|\s|#|$")
_TOML_TITLE = re.compile(r"(?:title|name)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')\s*$", re.MULTILINE)
# Everything is read as text: a version 1.10 stays 1.10, and no stays no.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True, slots=True)
class Settings:
    """What front matter says. problems: (line, sentence); unread: its lines that mean nothing here, word for word."""

    end: int = 0  # the number of its last line, 0 where there is none
    is_keyturn: bool = False
    title: str = ""
    occasion: str = ""
    source: str = ""
    tiers: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    variables: tuple[Variable, ...] = ()
    unread: str = ""
    problems: tuple[tuple[int, str], ...] = field(default=())


def read(lines: Sequence[str]) -> Settings:
    """The settings above a text; `Settings()` where it begins otherwise."""
    start = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    sign = lines[start].rstrip() if start < len(lines) else ""
    if sign not in ("---", "+++"):
        return Settings()
    window = range(start + 1, min(start + MOST_LINES, len(lines)))
    end = next((at for at in window if lines[at].rstrip() in (sign, "...")), 0)
    inside = lines[start + 1 : end]
    text = "\n".join(inside)
    if not end or (sign == "---" and not any(map(_TOP.match, inside))):
        return Settings()
    if sign == "+++":
        return _toml(end + 1, text)
    return _yaml(end + 1, text, inside, start + 2)


def _toml(end: int, text: str) -> Settings:
    title = _TOML_TITLE.search(text)
    rest = "\n".join(line for line in text.split("\n") if line.strip() and not (title and line in title[0]))
    return Settings(end, title=text_of(title and (title[1] or title[2]))[:200], unread=rest)


def _yaml(end: int, text: str, inside: Sequence[str], first: int) -> Settings:
    is_keyturn = any(line.startswith("keyturn:") for line in inside)
    try:
        values = yaml_values.load(text, _LOADER) if len(text) <= MOST_CHARACTERS else None
        if not isinstance(values, dict):
            raise ValueError(f"It has to be names with values, and at most {MOST_CHARACTERS:,} characters.")
    except ValueError as error:
        if not is_keyturn:  # a rule above a text, unless each line is a setting
            return Settings(end, unread=text) if all(map(_SETTING.match, inside)) else Settings()
        sentence = f"The front matter is left as it stands. {error} Its title and settings were not taken over."
        return Settings(end, is_keyturn, unread=text, problems=((first, sentence),))
    values = {name: value for name, value in values.items() if isinstance(name, str)}
    if not is_keyturn:
        called = next((name for name in ("name", "title") if text_of(values.get(name))), "")
        return Settings(end, title=text_of(values.get(called))[:200], unread=_rest(inside, {called}))
    return _keyturn(end, values, {name: first + at for name, at, _to in _entries(inside)}, inside)


def _keyturn(end: int, values: Mapping[str, Any], lines: Mapping[str, int], inside: Sequence[str]) -> Settings:
    problems: list[tuple[int, str]] = []

    def listed(name: str, make: Callable[[Mapping[str, Any]], T]) -> tuple[T, ...]:
        found: dict[str, T] = {}
        for one in _list(values.get(name)):
            try:
                called = text_of(one.get("name")) if isinstance(one, dict) else text_of(one)
                if called in found:
                    raise ValueError(f"Two of the {name} are called {called}. Rename one.")
                found[called] = make(one if isinstance(one, dict) else {"name": called})
            except ValueError as error:
                problems.append((lines[name], f"{error} It was left out of the {name}."))
        return tuple(found.values())

    title, occasion, source = (text_of(values.get(name))[:500].strip() for name in ("title", "occasion", "source"))
    tiers = [text_of(one)[:40].strip() for one in _list(values.get("tiers"))]
    return Settings(
        end, True, title[:200].strip(), occasion[:200].strip(), source,
        tuple(dict.fromkeys(filter(None, tiers)))[:MOST_TIERS],
        listed("parameters", parameters.parameter),
        listed("variables", variables.variable),
        _rest(inside, set(OWN)),
        tuple(problems),
    )  # fmt: skip


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _entries(inside: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """(name, first line, line after the last) of each top-level entry, counted from 0."""
    starts = [(found[1], at) for at, line in enumerate(inside) if (found := _TOP.match(line))]
    for (name, at), (_next, to) in zip(starts, [*starts[1:], ("", len(inside))], strict=True):
        yield name, at, to


def _rest(inside: Sequence[str], known: set[str]) -> str:
    """The lines of entries that are not known, as they stand."""
    rest = [line for name, at, to in _entries(inside) if name not in known for line in inside[at:to] if line.strip()]
    return "\n".join(rest)


def write(values: Mapping[str, Any]) -> str:
    """The front matter of a version's content: what `read` gives again, without defaults."""
    lines = ["---", "keyturn: 1"]
    lines += [_flow({name: values[name]})[1:-1] for name in ("title", "occasion", "source") if values[name]]
    if values["tiers"]:
        lines.append(f"tiers: {_flow(values['tiers'])}")
    for name in ("parameters", "variables"):
        if values[name]:
            lines.append(f"{name}:")
            lines += [f"  - {_flow({key: value for key, value in one.items() if value})}" for one in values[name]]
    return "\n".join([*lines, "---"])


def _flow(values: Any) -> str:
    text: str = yaml.dump(
        values, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), default_flow_style=True, allow_unicode=True,
        sort_keys=False, width=10**9,
    )  # fmt: skip
    return text.rstrip("\n")
