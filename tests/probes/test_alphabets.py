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
