"""What was decided about an import, step by step, so that each step can be taken back until it is a draft."""

from collections.abc import Mapping
from typing import Any

# What each line had before the step, None where it had nothing: of corrections and of decisions.
Step = dict[str, Any]
ByLine = Mapping[str, Any]
MOST_STEPS = 50
MOST_LINES = 20_000  # of all steps together; whoever takes back as much looks at the page again


def appended(steps: list[Step], before: Mapping[str, ByLine], after: Mapping[str, ByLine]) -> list[Step]:
    """The steps with one more, that leads back from `after` to `before`; as many of the last as are stored."""
    step: Step = {"number": steps[-1]["number"] + 1 if steps else 1}
    step |= {name: _back(before[name], after[name]) for name in before}
    result = [*steps[1 - MOST_STEPS :], step]
    while len(result) > 1 and sum(map(_lines, result)) > MOST_LINES:
        result = result[1:]
    return result


def taken_back(step: Step, now: Mapping[str, ByLine]) -> dict[str, dict[str, Any]]:
    """What lines had before a step."""
    result = {}
    for name, lines in now.items():
        before = dict(lines) | step[name]
        result[name] = {line: values for line, values in before.items() if values is not None}
    return result


def _back(before: ByLine, after: ByLine) -> dict[str, Any]:
    return {line: before.get(line) for line in {**before, **after} if before.get(line) != after.get(line)}


def _lines(step: Step) -> int:
    return sum(len(lines) for lines in step.values() if isinstance(lines, dict))
