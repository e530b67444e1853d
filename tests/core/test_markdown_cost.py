"""What rendering one text may cost, whatever somebody wrote to keep the renderer busy."""

import sys
from typing import Any

import pytest

from apps.core.templatetags import ui

CALLS_PER_LETTER = 90  # a text of nothing but stressed letters takes about sixty
TABLE = "|" + "a|" * 140 + "\n|" + "-|" * 140 + "\n"
HOSTILE = {
    "images": "![",
    "links": "[",
    "labels": "[a][",
    "addresses": "![](",
    "brackets": "[[]",
    "images in links": "[![a](b)](",
    "stress": "*a **a*",
    "ticks": "`a``",
    "quotes": "> - ",
    "lists": "- a\n\n",
    "wide table": TABLE + "|\n" * 10_000,
    "tables": TABLE + "\n",
    "lines of a table": "a|b\n-|-\n",
    "references": "[a]: b\n\n" + "[a]" * 7_000,
}


def calls(text: str) -> int:
    """How many functions are called to render a text: what it costs, without a clock."""
    count = 0

    def note(frame: Any, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        ui.markdown.__wrapped__(text)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_what_a_text_costs_grows_with_its_length_alone(hostile):
    text = (hostile * ui.LONGEST)[: ui.LONGEST]
    assert calls(text) < CALLS_PER_LETTER * ui.LONGEST


@pytest.mark.parametrize("hostile", ["![", TABLE + "|\n" * 50])
def test_a_text_that_is_made_to_cost_more_is_shown_as_it_stands(hostile):
    text = "**one** " + "two\n\n" + (hostile * 9_000)[: ui.LONGEST - 100] + "\n\n<end>"
    assert "<p>**one** two</p>" in (shown := ui.markdown(text))
    assert "&lt;end&gt;" in shown


def test_a_long_text_that_people_write_is_rendered():
    text = "See [the **log** book](https://example.com/log) and ![a](map.png).\n\n| a | b |\n|---|---|\n| c | d |\n\n"
    shown = ui.markdown((text * 200)[: ui.LONGEST])
    assert shown.count("<table>") > 150
    assert shown.count("<strong>log</strong>") > 150
