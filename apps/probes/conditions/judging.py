"""Judging what was measured by conditions."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from . import apart
from .language import TooLong, holds
from .values import Measured, NoValue, Series, Value, for_cel, in_one_unit, in_unit, is_number, plain, reached, visible

PASS, FAIL, INCONCLUSIVE, WARN = "pass", "fail", "inconclusive", "warn"
WARNS = "Warns:"  # a run that passes says what it warns of
WORST_FIRST = (FAIL, INCONCLUSIVE, WARN, PASS)
GIVEN_UP = "{} was not judged, because a condition before it took too long."
TOGETHER_SECONDS = 1.0  # of computing, for all conditions of a probe
MOST_PARTS = 20  # of a series that are kept
ORDER = {"<": "under", "<=": "at most", ">": "over", ">=": "at least"}
EXPECTED = ORDER | {"==": "", "in": "", "!=": "anything but"}


@dataclass(frozen=True)
class Judgement:
    """What a condition came to. `number` of `unit` is what was compared, where that was a number, with `bound`.

    parts: of a series each name, its value and what that came to, the worst first. took_long: whether it was given up.
    """

    expression: str
    verdict: str
    explanation: str
    value: str = ""
    limit: str = ""
    number: str = ""
    bound: str = ""
    unit: str = ""
    parts: tuple[tuple[str, str, str], ...] = ()
    took_long: bool = False

    def as_json(self) -> dict[str, Any]:
        """It as a run stores it."""
        stored = {name: getattr(self, name) for name in ("expression", "verdict", "explanation", "value", "limit")}
        return stored | {"parts": [list(part) for part in self.parts]}


@dataclass(frozen=True)
class Condition:
    """A line that can be judged.

    left: the value's address, [] for an expression that is none of one value and a limit.
    cel: the expression in CEL; of a comparison the value is called `it`. names: the values that it reads.
    bound: a limit that is a number, in the base of its unit.
    """

    expression: str
    cel: str
    names: tuple[str, ...]
    left: tuple[str | int, ...] = ()
    shown_left: str = ""
    operator: str = ""
    limit: str = ""
    bound: str = ""
    warns_only: bool = False
    warn_cel: str = ""
    warn_limit: str = ""
    holds_for: str = "all"
    sized: bool = False

    @property
    def is_apart(self) -> bool:
        """Whether judging it may take longer than going through the value once."""
        return not self.left or self.operator == "matches"

    def judge(self, measured: Measured) -> Judgement:
        """What it comes to for these values. Never raises for what a target sent."""
        try:
            made = self._compared(measured) if self.left else self._evaluated(measured)
        except TooLong as reason:
            made = replace(self._made(INCONCLUSIVE, str(reason)), took_long=True)
        except NoValue as reason:
            made = self._made(INCONCLUSIVE, str(reason))
        except (RecursionError, OverflowError, ValueError):
            made = self._made(INCONCLUSIVE, "The answer is too deep or too large to be compared.")
        if not self.warns_only or made.verdict == PASS:
            return made
        return replace(made, verdict=WARN, explanation=f"{WARNS} {made.explanation}")

    def given_up(self) -> Judgement:
        """What it comes to where another condition took so long that this one is not asked any more."""
        verdict = WARN if self.warns_only else INCONCLUSIVE
        return self._made(verdict, GIVEN_UP.format(self.expression))

    def _compared(self, measured: Measured) -> Judgement:
        found = measured.get(str(self.left[0]))
        if found is None:
            raise NoValue(f"There is no value for {self.left[0]}.")
        if not isinstance(found, Series):
            return self._one(reached(found, self.left))
        parts = [(name, self._part(value)) for name, value in found.values]
        if not parts:
            raise NoValue(f"{self.shown_left} has no series.")
        return self._of_all(sorted(parts, key=lambda part: by_weight(part[1])))

    def _part(self, value: Value) -> Judgement:
        try:
            return self._one(value)
        except TooLong:
            raise  # not once more for each of a thousand
        except NoValue as reason:
            return self._made(INCONCLUSIVE, str(reason))

    def _of_all(self, parts: list[tuple[str, Judgement]]) -> Judgement:
        """The judgement of a series: the worst of all of it, or with `any` the best."""
        name, chosen = parts[-1 if self.holds_for == "any" else 0]
        stored = tuple((visible(name), one.value, one.verdict) for name, one in parts[:MOST_PARTS])
        explanation = f"{visible(name)}: {chosen.explanation}" if chosen.explanation else ""
        return replace(chosen, parts=stored, explanation=explanation)

    def _one(self, value: Value) -> Judgement:
        data = len(value.data) if self.sized and isinstance(value.data, (list, dict, str)) else value.data
        value = replace(value, data=data, unit="" if self.sized else value.unit)
        if is_number(data) and not math.isfinite(data):
            raise NoValue(f"{self.shown_left} is not a number.")
        is_true = holds(self.cel, {"it": for_cel(data)}, self.shown_left, is_apart=self.is_apart)
        if value.doubt and not (self.operator == "contains" and is_true):
            raise NoValue(value.doubt)
        if not is_true:
            return self._made(FAIL, self._unexpected(value), value)
        if self.warn_cel and not holds(self.warn_cel, {"it": for_cel(data)}, self.shown_left):
            now, limit = in_one_unit(str(value), self.warn_limit)
            warning = f"{WARNS} {self.shown_left} is {now}, expected {ORDER[self.operator]} {limit}."
            return self._made(WARN, warning, value)
        return self._made(PASS, "", value)

    def _unexpected(self, value: Value) -> str:
        if self.operator == "contains":
            return f"{self.shown_left} does not contain {self.limit}."
        if self.operator == "matches":
            return f"{self.shown_left} does not match {self.limit}."
        now, limit = in_one_unit(str(value), self.limit)
        expected = f"{EXPECTED[self.operator]} {limit}".strip()
        return f"{self.shown_left} is {now}, expected {expected}."

    def _evaluated(self, measured: Measured) -> Judgement:
        context: dict[str, Any] = {}
        for name in self.names:
            value = measured.get(name)
            if value is None:
                raise NoValue(f"There is no value for {name}.")
            if isinstance(value, Series):
                raise NoValue(f"{name} is a series; compare it with one limit.")
            if value.doubt:
                raise NoValue(value.doubt)
            context[name] = for_cel(value.data)
        is_true = holds(self.cel, context, self.expression, is_apart=True)
        return self._made(PASS if is_true else FAIL, "" if is_true else f"{self.expression} does not hold.")

    def _made(self, verdict: str, explanation: str, value: Value | None = None) -> Judgement:
        shown = "" if value is None else str(value)
        is_compared = value is not None and is_number(value.data)
        now, limit = in_one_unit(shown, self.limit) if is_compared else (shown, self.limit)
        number, _, unit = now.partition(" ") if is_compared else ("", "", "")
        return Judgement(
            expression=self.expression,
            verdict=verdict,
            explanation=explanation,
            value=now,
            limit=limit,
            number=number,
            bound=plain(in_unit(Decimal(self.bound), unit)) if is_compared and self.bound else "",
            unit=unit,
        )


def judge_all(conditions: Iterable[Condition], measured: Measured) -> list[Judgement]:
    """What each comes to. Once one took too long, or all so far did, none is asked any more that might as well."""
    made: list[Judgement] = []
    with apart.within(TOGETHER_SECONDS):
        for each in conditions:
            late = each.is_apart and any(one.took_long for one in made)
            made.append(each.given_up() if late else each.judge(measured))
    return made


def by_weight(judgement: Judgement) -> int:
    """For sorting: what decides comes first."""
    return WORST_FIRST.index(judgement.verdict)


def verdict_of(judgements: Iterable[Judgement]) -> str:
    """PASS, FAIL or INCONCLUSIVE of all: a fail outweighs a missing value, which outweighs a pass."""
    found = {judgement.verdict for judgement in judgements}
    return FAIL if FAIL in found else INCONCLUSIVE if INCONCLUSIVE in found else PASS
