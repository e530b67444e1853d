"""No pattern repeats a group in which a dot may run over the end of the group: each choice of ends is a way to try."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

import apps

REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT)
AHEAD = (codes.ASSERT, codes.ASSERT_NOT)
NEWLINE = (codes.LITERAL, ord("\n"))


def patterns() -> Iterator[tuple[str, "re.Pattern[str]"]]:
    """Every pattern that a module of the product has, with its name."""
    for found in pkgutil.walk_packages(apps.__path__, "apps."):
        if ".migrations" not in found.name:
            for name, value in vars(importlib.import_module(found.name)).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    yield f"{found.name}.{name}", value


def runs_over(pattern: "re.Pattern[str]") -> bool:
    """Whether a repeated group holds a repeated dot that nothing stops: neither a line's end nor a look ahead."""
    parsed = parser.parse(pattern.pattern, pattern.flags)
    return _runs_over(parsed, ends_lines=not pattern.flags & re.DOTALL, is_repeated=False, behind=None)


def _runs_over(tree: Any, *, ends_lines: bool, is_repeated: bool, behind: Any) -> bool:
    parts = list(tree)
    return any(
        _part_runs_over(part, ends_lines=ends_lines, is_repeated=is_repeated, behind=after)
        for part, after in zip(parts, [*parts, behind][1:], strict=True)
    )


def _part_runs_over(part: Any, *, ends_lines: bool, is_repeated: bool, behind: Any) -> bool:
    code, value = part
    within = {"ends_lines": ends_lines, "behind": behind}
    if code in REPEATS:
        _, most, body = value
        if is_repeated and most > 1 and [one[0] for one in body] == [codes.ANY]:
            return not (ends_lines and behind == NEWLINE)
        return _runs_over(body, is_repeated=is_repeated or (most > 1 and len(body) > 1), **within)
    if code is codes.BRANCH:
        return any(_runs_over(branch, is_repeated=is_repeated, **within) for branch in value[1])
    inner = value[-1] if code is codes.SUBPATTERN else value[1] if code in AHEAD else ()
    return _runs_over(inner, is_repeated=is_repeated, **within)


def test_no_pattern_has_a_way_for_each_choice_of_ends() -> None:
    found = dict(patterns())
    assert len(found) > 300
    assert [name for name, pattern in found.items() if runs_over(pattern)] == []


@pytest.mark.parametrize(
    ("text", "flags", "runs"),
    [
        (r"(?:<!--.{0,2000}?-->\s*){0,5}<html", re.DOTALL, True),
        (r"(?:a(?:b|.*)c)+d", 0, True),
        (r"(?:<!--(?:(?!-->).){0,2000}-->\s*){0,5}<html", re.DOTALL, False),
        (r"(?:[ \t]*(?:#.*)?\n)*body", 0, False),
        (r"<!--.{0,500}?-->", re.DOTALL, False),
    ],
)
def test_what_runs_over_its_end_is_found(text: str, flags: int, runs: bool) -> None:
    assert runs_over(re.compile(text, flags)) is runs
