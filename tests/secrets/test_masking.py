"""No value is left in what is masked, however software spells it, and all else stays."""

import base64
import random
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apps.secrets.rules import MASK, masked, masked_json, why_no_value
from apps.secrets.rules.masking import LONGEST_SPELLING
from tests.secrets.spelling import ENCODINGS, SPELLINGS

ODD = "s3cr3t+/\"pa ss\\&%'<~"
PRINTABLE = [chr(code) for code in range(32, 127)]
# A part of the mask itself stands wherever something was masked.
VALUES = st.text(PRINTABLE, min_size=6, max_size=120).filter(
    lambda value: not why_no_value(value) and value not in MASK
)
AROUND = st.text(max_size=40)


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
@given(value=VALUES, before=AROUND, after=AROUND)
def test_a_value_is_masked_in_every_spelling(spell, value, before, after):
    text = f"{before} {spell(value)} {after}"
    found = masked(text, [value])
    assert MASK in found
    assert spell(value) not in found
    assert value.lower() not in found.lower().replace(MASK, "")


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
@given(value=VALUES, before=st.binary(max_size=40), after=st.binary(max_size=40))
def test_a_value_is_masked_in_base64_wherever_it_begins(encode, value, before, after):
    whole = encode(before + value.encode() + after).decode()
    found = masked(whole, [value])
    assert MASK in found
    left = found.replace("\\n", "").replace("\n", "").split(MASK)
    assert sum(map(len, left)) <= 3 * (len(before) + len(after)) + 12


@given(value=VALUES, place=st.integers(0, 2))
def test_a_password_of_basic_authentication_is_masked(value, place):
    header = base64.b64encode(b"u" * place + b":" + value.encode()).decode()
    found = masked(f"Authorization: Basic {header}\r\n", [value])
    assert found.startswith("Authorization: Basic ")
    assert found.endswith("\r\n")
    assert len(found) < len("Authorization: Basic \r\n") + len(MASK) + 8


@given(value=VALUES, spell=st.sampled_from([*SPELLINGS.values()]), before=st.binary(max_size=40))
def test_bytes_are_masked_as_text_is(value, spell, before):
    found = masked(before + b" " + spell(value).encode(), [value])
    assert MASK.encode() in found
    assert spell(value).encode() not in found


@given(value=VALUES, text=st.text(max_size=200))
def test_a_text_without_the_value_stays_as_it_is(value, text):
    letters = random.Random(7).sample(PRINTABLE, 3)
    assume(not set(letters) & set(text))
    assert masked(text, ["".join(letters) * 3]) == text
    assert masked(text, []) == text


@given(value=VALUES, spell=st.sampled_from([*SPELLINGS.values()]), lost=st.integers(1, 400))
def test_the_beginning_of_a_value_at_the_end_of_a_cut_text_is_masked(value, spell, lost):
    whole = spell(value)
    left = whole[: max(1, len(whole) - lost)]
    before = "~ " * len(value) * LONGEST_SPELLING
    found = masked(before + left, [value], is_cut=True)
    assert found.endswith(MASK)
    assert set(found.removesuffix(MASK)) <= {"~", " "}


@given(value=VALUES, known=st.integers(0, 12), guess=st.text(PRINTABLE, min_size=1, max_size=3))
def test_the_end_of_a_cut_text_does_not_say_whether_it_is_how_a_value_begins(value, known, guess):
    """Whoever has a server repeat guesses there, one more letter at a time, would find the value."""
    before = "~ " * len(value) * LONGEST_SPELLING
    tried = value[:known] + guess
    other = masked(before + "~" * len(tried), [value], is_cut=True)
    assert masked(before + tried, [value], is_cut=True) == other


def test_a_text_that_is_whole_keeps_an_end_that_resembles_a_value():
    assert masked("the word is s3cr", ["s3cr3t-value"]) == "the word is s3cr"
    assert masked("the word is s3cr", ["s3cr3t-value"], is_cut=True) == MASK
    assert masked("~" * 1000 + "s3cr3t-value", ["s3cr3t-value"]) == "~" * 1000 + MASK


def test_no_spelling_takes_more_than_is_masked_at_the_end():
    assert max(len(spell(ODD)) / len(ODD) for spell in SPELLINGS.values()) <= LONGEST_SPELLING
    assert masked("&amp;amp;amp;amp;#x000061;" * 6, ["a" * 6]) == MASK


def test_several_values_are_masked_also_where_they_overlap():
    text = "a first-second-third z"
    assert masked(text, ["first-second", "second-third"]) == f"a {MASK} z"
    assert masked(text, ["first-", "third!"]) == f"a {MASK}second-third z"


def test_a_long_value_is_masked_to_its_end():
    value = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789._-", k=4096))
    for spell in SPELLINGS.values():
        assert masked(f"<{spell(value)}>", [value]) == f"<{MASK}>"
    assert masked(f"<{value[:100]}", [value]) == f"<{MASK}"


@pytest.mark.parametrize("text", ["\\", '\\"', '"', "%25", "%", "&amp;", "ab", "+", "\n", "s3", "c3", "73"])
def test_a_text_that_a_hostile_server_repeats_is_passed_in_one_go(text):
    """Some patterns take the square of such a text; this one would end in minutes."""
    body = (text * 262_144)[:262_144]
    for value in (ODD, "\\\\\\\\\\a1\\\\\\b", '"""""\'a', "%25%25%25x", "s3s3s3s3c3c3"):
        assert masked(body, [value], is_cut=True)


def test_every_text_of_a_json_value_is_masked():
    value = {"a": [ODD, 1, True, None, {"b": quote(ODD)}], ODD: "x", "n": 12345678, "f": 0.12345678, "ok": 7}
    found = masked_json(value, [ODD, "12345678"])
    assert found == {
        "a": [MASK, 1, True, None, {"b": MASK}],
        MASK: "x",
        "n": MASK,
        "f": MASK,
        "ok": 7,
    }
