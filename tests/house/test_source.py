"""One test of many things says as much as a test of each would."""

import pytest

from tests.house import source


def small(number):
    """Numbers are at most two."""
    assert number <= 2, f"{number} is too large"


def test_every_thing_that_fails_is_named():
    with pytest.raises(AssertionError) as failed:
        source.for_each([1, 3, 2, 4], lambda number: f"the number {number}")(small)()
    first, *lines = str(failed.value).splitlines()
    assert first == "2 of 4:"
    assert [line for line in lines if line.startswith("the number")] == [
        "the number 3: 3 is too large",
        "the number 4: 4 is too large",
    ]


def test_what_all_things_fulfil_passes():
    source.for_each([1, 2])(small)()


def test_a_list_that_became_empty_fails():
    with pytest.raises(AssertionError, match="nothing to look at"):
        source.for_each([])(small)()


def test_where_a_check_itself_breaks_the_thing_is_named():
    with pytest.raises(TypeError) as broke:
        source.for_each([1, "two"])(small)()
    assert broke.value.__notes__ == ["while it looked at two"]
