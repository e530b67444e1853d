"""Probe history as a chart in the units it was measured in; the page only draws it."""

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation

from apps.probes.models import Run
from apps.probes.states import State

FEWEST = 2
HEADROOM = Decimal("1.15")


def run_chart(runs: Sequence[Run]) -> dict[str, int | str] | None:
    """The chart of runs given newest first, as an SVG's numbers; None with fewer than two measured values.

    x counts runs from 0, y counts measured units from `height` at the foot to 0 at the top.
    """
    measured = [(run, value) for run in reversed(runs) if (value := _number(run.value)) is not None]
    if len(measured) < FEWEST:
        return None
    last, now = measured[-1]
    limit = _number(last.limit)
    height = max(*(value for _, value in measured), limit or 0, Decimal(1)) * HEADROOM
    points = [(n, run, height - value) for n, (run, value) in enumerate(measured)]
    return {
        "width": len(points),
        "height": _plain(height),
        "line": "M" + " ".join(f"{n} {_plain(y)}" for n, _, y in points),
        "passed": _dots((n, y) for n, run, y in points if run.state == State.PASSED),
        "failed": _dots((n, y) for n, run, y in points if run.state != State.PASSED),
        "limit": _plain(height - limit) if limit else "",
        "limit_at": _share(height - limit, height) if limit else "",
        "limit_text": f"limit {last.limit} {last.unit}" if limit else "",
        "last_at": _share(height - now, height),
        "last_text": f"now {last.value} {last.unit}",
        "words": _words(measured),
    }


def _words(measured: Sequence[tuple[Run, Decimal]]) -> str:
    """The chart for those who do not see it."""
    runs = [run for run, _ in measured]
    failed = sum(1 for run in runs if run.state != State.PASSED)
    worst, _ = max(measured, key=lambda pair: pair[1])
    last = runs[-1]
    limit = f" The limit is {last.limit} {last.unit}." if last.limit else ""
    return (
        f"{len(runs)} runs with a value, {failed or 'none'} of them did not pass. "
        f"The highest was {worst.value} {worst.unit}, the last {last.value} {last.unit}.{limit}"
    )


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _dots(points: Iterable[tuple[int, Decimal]]) -> str:
    """Zero-length strokes, which round or square caps make visible."""
    return "".join(f"M{x} {_plain(y)}h0" for x, y in points)


def _share(y: Decimal, height: Decimal) -> str:
    return f"{y / height * 100:.1f}%"


def _plain(number: Decimal) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
