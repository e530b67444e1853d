"""A condition whose words look like others is refused: what people sign is what they read."""

import pytest

from apps.probes.conditions import ANYTHING, TEXT, BadCondition, Value, parse, rows_of
from apps.probes.conditions.alphabets import by_codes, mixed_word

VALUES = {"json": ANYTHING, "body": TEXT}


@pytest.mark.parametrize(
    "line",
    [
        'json.state != "f\u0430iled"',
        'json["st\u0430te"] != null',
        'body contains "\u039fK and more"',
        'body contains "f\uff41iled"',
        'body contains "f\u13aailed"',
    ],
)
def test_a_word_of_two_alphabets_is_refused(line: str) -> None:
    with pytest.raises(BadCondition, match="letters of two alphabets that look alike"):
        parse(line, VALUES)


@pytest.mark.parametrize(
    "line",
    [
        "json.\u0441\u043e\u0440\u0443 == 1",  # сору
        "json.l_\u0430 == 1",
        "\uff53\uff54\uff41\uff54\uff55\uff53 == 200",
        "size(json.models\uff09 >= 6",
        "json.größe == 1",
        "json.a == 1\u0661",
        "json.a.all(\u0445, \u0445 > 1)",
    ],
)
def test_names_and_signs_are_of_ascii(line: str) -> None:
    with pytest.raises(BadCondition, match="has letters that no name here has"):
        parse(line, VALUES)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("\u0441\u043e\u0440\u0443", r"\u0441\u043e\u0440\u0443"),  # Cyrillic сору
        ("\u041e\u041a", r"\u041e\u041a"),  # Cyrillic ОК
        ("\u0397\u0395\u039f", r"\u0397\u0395\u039f"),  # Greek ΗΕΟ
        ("\u0585\u0570", r"\u0585\u0570"),  # Armenian օհ
        ("\uff46\uff41\uff49\uff4c\uff45\uff44 1", r"\uff46"),
        ("\U0001d41f\U0001d41a\U0001d422\U0001d425", r"\U0001d41f\U0001d41a"),
        ("code \u0661 \uff12", ""),  # a digit of another alphabet shows that this is none of ASCII
        ("нет \u0441 \u043e", ""),
    ],
)
def test_a_text_that_only_looks_like_plain_letters_is_written_by_its_codes(text: str, codes: str) -> None:
    if not codes:
        assert parse(f'body contains "{text}"', VALUES)
        return
    with pytest.raises(BadCondition, match="only looks like plain letters") as refused:
        parse(f'body contains "{text}"', VALUES)
    assert codes in str(refused.value)
    [taken] = parse(f'body contains "{by_codes(text)}"', VALUES)
    assert taken.judge({"body": Value(text)}).verdict == "pass"


def test_a_part_of_an_answer_is_named_by_codes_too() -> None:
    [line] = parse(r'json["gr\u00f6\U000000dfe"] == 1', VALUES)
    assert line.judge({"json": Value({"größe": 1})}).verdict == "pass"
    [hidden] = parse(r'json["a\u202eb"].c == 1', VALUES)
    assert "\u202e" not in hidden.judge({"json": Value({})}).explanation
    assert parse(r'json["say \"hi\\"] == 1', VALUES)[0].left == ("json", 'say "hi\\')
    for escape in (r"\n", r"\x41", r"\u41", r"\U00110000"):
        with pytest.raises(BadCondition):
            parse(f'json["{escape}"] == 1', VALUES)


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x85", "\v", "\f", "\x1c"])
def test_what_ends_a_line_for_some_readers_only_is_refused(end: str) -> None:
    for line in (f'body contains "a{end}b"', f"status == 200{end}json.a == 1"):
        with pytest.raises(BadCondition, match="that nobody sees"):
            parse(line, VALUES)
        assert len(rows_of(line)) == 1


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
