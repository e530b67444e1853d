"""Fill-ins: blanks of an item that people answer while they work, each of a kind that says what an answer is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from apps.core.wording import plural

from .numbers import number
from .parameters import Parameter, text_of
from .variables import YES_NO, chosen, options_of

KINDS = ("text", "number", "date", "choice", "yes_no", "capacity")
LONGEST_ANSWER = 2_000
CAPACITY_INPUTS = {
    "Q": "requests per second", "L": "seconds that one request takes", "U": "share of its time a worker may be busy",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FillIn:
    """A blank: options are those of a choice, unit that of a number."""

    label: str
    kind: str = "text"
    options: tuple[str, ...] = ()
    unit: str = ""

    def values(self) -> dict[str, Any]:
        """As it stands in a version's content."""
        return {"label": self.label, "kind": self.kind, "options": list(self.options), "unit": self.unit}


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many workers a load takes: W = ⌈Q·L/U⌉, exactly. Each input is a decimal number as it was typed."""

    requests: str  # Q, per second
    latency: str  # L, in seconds
    utilization: str  # U, above 0 and at most 1

    @property
    def workers(self) -> int:
        """W: 10 of Q=20, L=0.3, U=0.6, and 1 of Q=3, L=0.2, U=0.6, which floats make 2."""
        exact = Fraction(self.requests) * Fraction(self.latency) / Fraction(self.utilization)
        return -((-exact.numerator) // exact.denominator)

    @property
    def value(self) -> str:
        """The one text it is stored as: Q=20 L=0.3 U=0.6 W=10."""
        return f"Q={self.requests} L={self.latency} U={self.utilization} W={self.workers}"

    @property
    def shown(self) -> str:
        """As pages and records print it."""
        formula = f"⌈{self.requests} requests/s × {self.latency} s ÷ {self.utilization}⌉"
        return f"{plural(self.workers, 'worker')} = {formula}"


def fill_in(values: Mapping[str, Any]) -> FillIn:
    """A fill-in from what was typed or imported. ValueError says what is wrong and what to do."""
    label, kind = text_of(values.get("label"))[:200].strip(), text_of(values.get("kind")) or "text"
    if not label:
        raise ValueError("A fill-in needs a label that says what to write into it.")
    if kind not in KINDS:
        raise ValueError(f"“{kind[:40]}” is no kind of fill-in. {label} can be one of {', '.join(KINDS)}.")
    options = options_of(values.get("options")) if kind == "choice" else ()
    if kind == "choice" and not options:
        raise ValueError(f"{label} is a choice without options. Say what can be chosen.")
    return FillIn(label, kind, options, text_of(values.get("unit"))[:40] if kind == "number" else "")


def capacity(requests: str, latency: str, utilization: str) -> Capacity:
    """The inputs of a capacity, checked. ValueError says which is wrong and what to do."""
    inputs = []
    for (sign, meaning), typed in zip(CAPACITY_INPUTS.items(), (requests, latency, utilization), strict=True):
        if not typed.strip():
            raise ValueError(f"{sign} is missing: the {meaning}.")
        try:
            inputs.append(number(typed))
        except ValueError as error:
            raise ValueError(f"{sign}: {error}") from error
        if Fraction(inputs[-1]) <= 0:
            raise ValueError(f"{sign} is {inputs[-1]}, and must be above 0: the {meaning}.")
    if Fraction(inputs[2]) > 1:
        raise ValueError(f"U is {inputs[2]}, and is at most 1: write a target of 60% as 0.6.")
    return Capacity(*inputs)


def capacity_of(value: str) -> Capacity:
    """A capacity from the text it is stored as; one without W, as people type it, will do. ValueError otherwise."""
    pairs = dict(part.split("=", 1) for part in value.replace(",", " ").split() if "=" in part)
    found = capacity(*(pairs.get(sign, "") for sign in CAPACITY_INPUTS))
    if pairs.get("W", str(found.workers)) != str(found.workers):
        raise ValueError(f"W is {found.workers} for these inputs, not {pairs['W'][:40]}.")
    return found


def answer(asked: FillIn, typed: str) -> str:
    """An answer as it is stored. ValueError says what is wrong and what to do."""
    text = typed.strip()
    if not text:
        raise ValueError(f"{asked.label} is empty.")
    match asked.kind:
        case "number":
            return number(text, unit=asked.unit)
        case "date":
            return _day(text)
        case "choice":
            return chosen(text, asked.options, asked.label)
        case "yes_no":
            return chosen(text, YES_NO, asked.label)
        case "capacity":
            return capacity_of(text).value
    if len(text) > LONGEST_ANSWER:
        raise ValueError(f"{asked.label} has {len(text):,} characters; at most {LONGEST_ANSWER:,} fit.")
    return text


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(f"“{text[:40]}” is not a day. Write it as 2026-11-29.") from None


def shown(asked: FillIn, value: str) -> str:
    """A stored answer as pages and records print it: with its unit, and a capacity with its formula."""
    if asked.kind == "capacity" and value:
        return capacity_of(value).shown
    return Parameter("number", value=value, unit=asked.unit).shown if asked.kind == "number" else value


def compared(asked: FillIn, value: str) -> str:
    """What a condition compares an answer by: of a capacity its workers."""
    return str(capacity_of(value).workers) if asked.kind == "capacity" and value else value
