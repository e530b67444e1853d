import pytest

from apps.accounts import rules


@pytest.mark.parametrize(
    ("tries", "seconds"), [(0, 0), (1, 0), (2, 0), (3, 1), (4, 2), (5, 4), (8, 32), (12, 512), (13, 900), (10_000, 900)]
)
def test_each_wrong_password_after_the_second_doubles_the_wait_up_to_fifteen_minutes(tries, seconds):
    assert rules.wait_after(tries) == seconds


def test_a_whole_address_waits_later_and_shorter():
    limits = {"free": rules.FREE_TRIES_PER_ADDRESS, "longest": rules.LONGEST_WAIT_PER_ADDRESS}
    assert rules.wait_after(29, **limits) == 0
    assert rules.wait_after(1_000, **limits) == 30


def test_spellings_of_one_name_are_counted_together():
    assert rules.tries_key("10.0.0.1", " Anna ") == rules.tries_key("10.0.0.1", "anna")
    assert rules.tries_key("10.0.0.1", "mıka") == rules.tries_key("10.0.0.1", "MIKA")


def test_names_and_addresses_are_counted_apart():
    keys = {
        rules.tries_key("10.0.0.1", "anna"),
        rules.tries_key("10.0.0.1", "jun"),
        rules.tries_key("10.0.0.2", "anna"),
        rules.tries_key("10.0.0.1"),
    }
    assert len(keys) == 4


def test_what_was_typed_cannot_be_read_from_its_key():
    assert "hunter2" not in rules.tries_key("10.0.0.1", "hunter2")
