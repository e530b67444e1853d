"""The line of a record about characters that could not be printed."""

import pytest

from apps.records.document import build
from tests.records import sample


def line(missing):
    document = build(sample.record(2, 1), missing_characters=missing)
    return next(each.text for each in document.ledger_lines if each.name == "glyphs")


def test_a_record_that_could_print_everything_says_so():
    assert line(()) == "none missing: every character of the record could be printed"


def test_one_character_is_named_in_the_singular():
    assert line(("𓀀",)).startswith("1 character without a shape in the installed fonts, printed as a box: 𓀀.")


@pytest.mark.parametrize(("count", "more"), [(40, ""), (41, " and 1 more"), (90, " and 50 more")])
def test_of_many_the_first_forty_are_named_and_the_rest_counted(count, more):
    text = line(tuple(chr(0x13000 + number) for number in range(count)))
    assert text.startswith(f"{count} characters without a shape")
    assert f"{chr(0x13000 + 39)}{more}. record.json has them." in text
