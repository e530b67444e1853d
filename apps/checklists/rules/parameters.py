"""Parameters: the numbers of a version that have a name, so that they are changed and printed in one place."""

import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .numbers import number

LIMITS = {"below": "below", "at_most": "at most", "above": "above", "at_least": "at least", "equal": "exactly", "": ""}
MOST_PARAMETERS = 200
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_CLOSE_UNITS = ("%", "x", "×", "°")  # written right behind the number
_SINGULAR = {
    "seconds": "second", "minutes": "minute", "hours": "hour", "days": "day", "weeks": "week", "months": "month",
    "years": "year", "times": "time", "iterations": "iteration", "retries": "retry", "failures": "failure",
    "consecutive failures": "consecutive failure", "requests": "request", "errors": "error", "users": "user",
    "replicas": "replica", "workers": "worker", "people": "person", "approvals": "approval", "characters": "character",
    "tokens": "token", "attempts": "attempt", "items": "item", "lines": "line", "documents": "document",
}  # fmt: skip
_PLURAL = {one: many for many, one in _SINGULAR.items()}
# The dollar sign is GitHub's own: ${{ secrets.TOKEN }}.
_USED = re.compile(r"(?<![${])\{\{\s{0,20}([a-z][a-z0-9_]{0,39})\s{0,20}\}\}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named number. value: decimal digits, or "" where it must be filled before publishing; limit: of `LIMITS`."""

    name: str
    label: str = ""
    value: str = ""
    unit: str = ""
    limit: str = ""

    @property
    def shown(self) -> str:
        """The value as sentences show it: "3 s", "0.1%", "1 day"; empty for a placeholder."""
        if not self.value or not self.unit:
            return self.value
        unit = (_SINGULAR if self.value == "1" else _PLURAL).get(self.unit, self.unit)
        return f"{self.value}{'' if unit.startswith(_CLOSE_UNITS) else ' '}{unit}"

    @property
    def limit_used(self) -> str:
        """What a record prints as the limit used: "below 3 s", "exactly 20 iterations", "90 days"."""
        used = self.shown or ("…, not filled in" if LIMITS[self.limit] else "not filled in")
        return f"{LIMITS[self.limit]} {used}".strip()

    def values(self) -> dict[str, str]:
        """As it stands in a version's content."""
        return asdict(self)


def is_name(text: str) -> bool:
    """True for a name that text can use in double braces."""
    return bool(_NAME.fullmatch(text))


def parameter(values: Mapping[str, Any]) -> Parameter:
    """A parameter from what was typed or imported. ValueError says what is wrong and what to do."""
    name = text_of(values.get("name"))
    if not is_name(name):
        raise ValueError(
            f"“{name[:40]}” cannot name a parameter. Use a small letter first, then small letters, digits and _, "
            "at most 40: p95_limit."
        )
    unit, limit = text_of(values.get("unit")), text_of(values.get("limit"))
    if limit not in LIMITS:
        known = ", ".join(each for each in LIMITS if each)
        raise ValueError(f"“{limit[:40]}” is no limit of {name}. Choose one of {known}, or none.")
    if len(unit) > 40 or "\n" in unit:
        raise ValueError(f"The unit of {name} is too long. Use at most 40 characters on one line.")
    value = text_of(values.get("value"))
    try:
        value = number(value, unit=unit) if value else ""
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    return Parameter(name, text_of(values.get("label"))[:200].strip(), value, unit, limit)


def parameters_by_name(stored: Iterable[Mapping[str, Any]]) -> dict[str, Parameter]:
    """What a version stores of its parameters, by name."""
    return {one["name"]: Parameter(**one) for one in stored}


def text_of(value: object) -> str:
    """A plain value as one line of text: numbers of a YAML file too; nothing for None and for lists."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""


def fill(text: str, parameters: Mapping[str, Parameter], *, in_command: bool = False) -> str:
    """The text with the values of the parameters it names; with their units, but in commands and probes without.

    Other names in braces stay as they are, and so does a parameter that has no value yet.
    """

    def value(found: re.Match[str]) -> str:
        known = parameters.get(found[1])
        return (known and (known.value if in_command else known.shown)) or found[0]

    return _USED.sub(value, text) if "{{" in text else text


def pieces(text: str, parameters: Mapping[str, Parameter]) -> tuple[tuple[str, Parameter | None], ...]:
    """The text in pieces: those that a parameter fills with that parameter, so that pages can underline its value."""
    found: list[tuple[str, Parameter | None]] = []
    end = 0
    for use in _USED.finditer(text):
        known = parameters.get(use[1])
        if known and known.value:
            found += [(text[end : use.start()], None), (known.shown, known)]
            end = use.end()
    return tuple((piece, known) for piece, known in (*found, (text[end:], None)) if piece)


def names_used(text: str) -> tuple[str, ...]:
    """The names in double braces that a parameter could have, once each, in order."""
    return tuple(dict.fromkeys(_USED.findall(text))) if "{{" in text else ()


def unknown(texts: Iterable[str], known: Container[str]) -> tuple[str, ...]:
    """The names that texts use and nobody defines; known: of parameters and variables."""
    used = dict.fromkeys(name for text in texts for name in names_used(text))
    return tuple(name for name in used if name not in known)


def problems(parameters: Sequence[Parameter]) -> tuple[str, ...]:
    """Why parameters cannot be published, as sentences; none when they can."""
    found = [
        f"Fill in {one.label or one.name} ({{{{{one.name}}}}}): it has no value yet." for one in parameters
        if not one.value
    ]  # fmt: skip
    named = Counter(one.name for one in parameters)
    found += [f"Two parameters are called {name}. Rename one." for name, count in named.items() if count > 1]
    if len(parameters) > MOST_PARAMETERS:
        found.append(f"There are {len(parameters)} parameters; a version has at most {MOST_PARAMETERS}.")
    return tuple(found)
