"""A condition whose words look like others is refused: what people sign is what they read."""

import pytest

from apps.probes.conditions import ANYTHING, TEXT, BadCondition, parse
from apps.probes.conditions.alphabets import mixed_word

VALUES = {"json": ANYTHING, "body": TEXT}


@pytest.mark.parametrize(
    "line", ['json.state != "f\u0430iled"', "json.st\u0430te != null", 'body contains "\u039fK and more"']
)
def test_a_word_of_two_alphabets_is_refused(line: str) -> None:
    with pytest.raises(BadCondition, match="letters of two alphabets that look alike"):
        parse(line, VALUES)


@pytest.mark.parametrize("text", ["готово", "kΩ", "μs", "über naïve", "Ок, OK", "状態 ok", "ok_да", "Ελλάδα"])
def test_words_of_one_alphabet_are_taken(text: str) -> None:
    assert mixed_word(text) == ""
    assert parse(f'body contains "{text}"', VALUES)


@pytest.mark.parametrize("mark", ["\u034f", "\ufe0f", "\u115f", "\u3164", "\u2800", "\u180b", "\U000e0100"])
def test_a_mark_that_shows_nothing_is_refused(mark: str) -> None:
    with pytest.raises(BadCondition, match=f"U.{ord(mark):04X}, that nobody sees"):
        parse(f'json.state != "failed{mark}"', VALUES)


@pytest.mark.parametrize("text", ["\u26a0\ufe0f down", "\u2714\ufe0f", "1\ufe0f\u20e3 first"])
def test_pictures_are_taken_as_they_are_typed(text: str) -> None:
    assert parse(f'body contains "{text}"', VALUES)
