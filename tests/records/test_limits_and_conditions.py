"""What a record says of limits, and of items that were added or do not apply."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from apps.records.document import chapters, entries
from apps.records.document.facts import Limit


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ((), "p95 latency: below 2 s, used by no item"),
        ((7,), "p95 latency: below 2 s, used by item 7"),
        (tuple(range(1, 60)), "p95 latency: below 2 s, used by items 1, 2"),
    ],
)
def test_a_limit_says_which_items_use_it(items: tuple[int, ...], words: str) -> None:
    [line] = chapters.limit_lines(
        (Limit(name="p95", label="p95 latency", value="2", unit="s", used="below 2 s", items=items),)
    )
    assert line.text.startswith(words)
    assert (" more" in line.text) == (len(items) > chapters.MOST_NUMBERS)


@pytest.mark.parametrize(
    ("facts", "labels"),
    [
        ({"added": True, "inapplicable": "", "conditions": ()}, ["added"]),
        ({"added": False, "inapplicable": "Only in staging.", "conditions": ("x",)}, ["NOT HERE"]),
        ({"added": False, "inapplicable": "", "conditions": ("the environment is staging",)}, ["applies"]),
    ],
)
def test_an_item_says_whether_it_was_added_and_why_it_does_not_apply(facts: dict[str, Any], labels: list[str]) -> None:
    assert [line.name for line in entries._applying(cast(Any, SimpleNamespace(**facts)))] == labels
