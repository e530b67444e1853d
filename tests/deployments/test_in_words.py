"""What events and pages call items and conditions, and where items of a draft have no neighbour."""

import pytest

from apps.deployments.events import numbered
from apps.deployments.rules import condition_in_words
from apps.studio.rules import Place, beside
from tests.deployments.templates import where


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([3], "item 3"),
        ([3, 5, 8], "items 3, 5 and 8"),
        ([*range(1, 15)], "items 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 2 more"),
    ],
)
def test_items_are_listed_by_their_numbers(numbers: list[int], words: str) -> None:
    assert numbered(numbers) == words


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (where("environment", "staging", "test"), "the environment is staging or test"),
        (where("variable", "yes", name="REDIS", is_not=True), "REDIS is not yes"),
        (where("item", "canary", name="how"), "“How it goes out” is canary"),
        (where("item", "canary", name="gone"), "“gone” is canary"),
        (where("strategy", "canary"), "the strategy is canary (not judged until rollouts exist)"),
    ],
)
def test_a_condition_is_said_in_words(condition: dict[str, object], words: str) -> None:
    assert condition_in_words(condition, {"how": "How it goes out"}) == words


def test_nothing_moves_where_nothing_is_chosen() -> None:
    assert beside([Place("a", "s", 1, 0)], ["s"], [], 1) is None


@pytest.mark.parametrize(("step", "place"), [(1, ("t", "")), (-1, None)])
def test_the_last_item_of_a_section_goes_on_in_the_next_and_the_first_of_all_nowhere(
    step: int, place: tuple[str, str] | None
) -> None:
    places = [Place("a", "s", 1, 0), Place("b", "t", 1, 0)]
    assert beside(places, ["s", "t"], ["a"], step) == place
