"""What the last runs of a probe measured, condition by condition, in numbers that a page only draws."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from apps.probes.conditions import UNITS, BadCondition, Condition, parse_line
from apps.probes.conditions.judging import ORDER
from apps.probes.conditions.values import in_unit, plain, quantity
from apps.probes.kinds import KINDS
from apps.probes.models import Probe, Run

from .marks import mark_of, mark_of_condition

NICE = tuple(map(Decimal, ("1", "1.5", "2", "3", "4", "5", "6", "8", "10")))  # what an axis ends with
FOOT = Decimal(97)  # where what has no value stands in a chart, in percent from the top
WIDEST = Decimal("1.5")  # of a gauge, whose limit is at 1
STROKES = {
    "verified": ("run",),
    "failed": ("run failed",),
    "half": ("run half", "run hole"),
    "failed lost": ("run failed", "run hole lost"),
}
SIGNS = {"==": "is", "!=": "is not", "in": "in", "contains": "contains", "matches": "matches"}


class Sample(NamedTuple):
    """What one run says of one condition. number: in the base of its unit, None where it measured none."""

    number: Decimal | None
    shape: str
    run: Run


@lru_cache(maxsize=2048)
def condition_of(kind: str, line: str, measured: tuple[tuple[str, str], ...] = ()) -> Condition | None:
    """A line as it is read now; None where this version no longer reads it.

    measured: the names with their units of a kind where they depend on the settings, as `measured_by` gives them.
    """
    if kind not in KINDS:
        return None
    try:
        return parse_line(line, dict(measured) or KINDS[kind].VALUES)
    except BadCondition:
        return None


def measured_by(probe: Probe) -> tuple[tuple[str, str], ...]:
    """What a probe measures by its settings; nothing where this version no longer reads them."""
    try:
        return tuple(probe.settings.measures().items())
    except (KeyError, ValueError):
        return ()


def limit_words(condition: Condition | None, used: str = "") -> str:
    """What a value is compared with: “under 2 s”, “is 200”; empty for an expression of more than one value.

    used: the limit as the run wrote it down beside its value.
    """
    if condition is None or not condition.operator:
        return ""
    return f"{ORDER.get(condition.operator) or SIGNS[condition.operator]} {used or condition.limit}"


def samples_of(line: str, runs: Iterable[Run]) -> list[Sample]:
    """The samples of a condition, in the order of the runs; those that asked something else are left out."""
    found = []
    for run in runs:
        made = next((each for each in run.conditions if each["expression"] == line), None)
        if made:
            number = quantity(made["value"])
            found.append(Sample(number[0] if number else None, mark_of_condition(made).shape, run))
        elif not run.conditions and line in run.config.get("conditions", "").splitlines():
            found.append(Sample(None, mark_of(run).shape, run))
    return found


def gauge(condition: Condition | None, value: str) -> dict[str, str] | None:
    """How far a value is from its limit, which is at 1 of 1.5; None where there is no limit to be near to."""
    limit = _bound(condition)
    if condition is None or not limit or limit < 0:
        return None
    number, warn = quantity(value), quantity(condition.warn_limit)
    is_floor = condition.operator in (">", ">=")
    return {
        "ok_from": "1" if is_floor else "0",
        "ok": "0.5" if is_floor else "1",
        "value": _short(min(max(number[0] / limit, Decimal(0)), WIDEST)) if number else "",
        "warn": _short(min(warn[0] / limit, WIDEST)) if warn else "",
    }


def chart_of(
    condition: Condition | None, samples: Sequence[Sample], *, is_small: bool = False, baseline: Run | None = None
) -> dict[str, Any] | None:
    """Samples, the oldest first, as paths: x counts them from 0, y is in percent from the top; None without any.

    is_small: of those that passed only the last has a mark. baseline: the run whose value is a line across.
    """
    if not samples:
        return None
    limit, base = _bound(condition), _base(condition, baseline)
    numbers = [sample.number for sample in samples if sample.number is not None]
    ends = [*numbers, limit or Decimal(0), base or Decimal(0), Decimal(0)]
    unit = _unit(condition, samples)
    low, high = min(ends), _nice_end(max(ends), unit)

    def y(number: Decimal | None) -> Decimal:
        return FOOT if number is None else (high - number) / (high - low) * 100

    spots = [(x, y(sample.number), sample) for x, sample in enumerate(samples)]
    passed = spots[-1:] if is_small else spots
    return {
        "width": len(samples),
        "line": _line(spots),
        "dots": [*_dots(passed, "verified"), *_dots(spots, "failed", "half", "failed lost")],
        "limit": _short(y(limit)) if limit is not None else "",
        "limit_text": condition.limit if condition else "",
        "base": _short(y(base)) if base is not None else "",
        "base_text": _measured_by(condition, baseline) if base is not None else "",
        "top_text": _text(high, unit),
        "foot_text": _text(low, unit),
        "has_numbers": bool(numbers),
        "first": samples[0].run,
        "middle": samples[len(samples) // 2].run,
        "newest": samples[-1].run,
        "spot": lambda run: next(((x, _short(at)) for x, at, sample in spots if sample.run == run), None),
    }


def _base(condition: Condition | None, baseline: Run | None) -> Decimal | None:
    """What the baseline measured of a condition, in the base of its unit."""
    if condition is None or baseline is None:
        return None
    number = quantity(_measured_by(condition, baseline))
    return number[0] if number else None


def _measured_by(condition: Condition | None, run: Run | None) -> str:
    """What a run measured of a condition, as it was written down."""
    made = run.conditions if run else []
    return next((each["value"] for each in made if condition and each["expression"] == condition.expression), "")


def _bound(condition: Condition | None) -> Decimal | None:
    return Decimal(condition.bound) if condition and condition.bound else None


def _unit(condition: Condition | None, samples: Sequence[Sample]) -> str:
    """The unit that people read the numbers in: that of the limit, else that of the newest value."""
    written = [condition.limit] if condition and condition.bound else []
    line = condition.expression if condition else ""
    for sample in reversed(samples):
        written += [each["value"] for each in sample.run.conditions if each["expression"] == line]
    return next((found[1] for text in written if (found := quantity(text))), "")


def _nice_end(most: Decimal, unit: str) -> Decimal:
    """Where an axis ends whose highest number is `most`: a number that people read easily, in that unit."""
    wanted = in_unit(most, unit) * Decimal("1.1") or Decimal(1)
    power = Decimal(1).scaleb(wanted.adjusted())
    step = next((each for each in NICE if each * power >= wanted), NICE[-1])
    return step * power * (UNITS[unit][1] if unit in UNITS else 1)


def _text(number: Decimal, unit: str) -> str:
    return f"{plain(in_unit(number, unit))} {unit}".strip()


def _line(spots: Sequence[tuple[int, Decimal, Sample]]) -> str:
    """The line through what has a number; it breaks where one is missing."""
    path, is_open = [], False
    for x, at, sample in spots:
        if sample.number is not None:
            path.append(f"{'' if is_open else 'M'}{x} {_short(at)}")
        is_open = sample.number is not None
    return " ".join(path)


def _dots(spots: Iterable[tuple[int, Decimal, Sample]], *shapes: str) -> list[tuple[str, str]]:
    """Marks as (class, path): zero-length strokes, which caps make visible. A ring is a dot with one of paper on it."""
    found = []
    for shape in shapes:
        path = "".join(f"M{x} {_short(at)}h0" for x, at, sample in spots if sample.shape == shape)
        found += [(name, path) for name in STROKES[shape] if path]
    return found


def _short(number: Decimal) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".") or "0"
