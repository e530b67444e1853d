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


def test_one_name_over_all_addresses_waits_last_and_as_short():
    free, longest = rules.limits("10.0.0.1", "anna")[rules.tries_key("", "anna")]
    assert rules.wait_after(19, free=free, longest=longest) == 0
    assert rules.wait_after(20, free=free, longest=longest) == 1
    assert rules.wait_after(1_000, free=free, longest=longest) == 30


@pytest.mark.parametrize(
    ("one", "other", "is_one_line"),
    [
        ("2001:db8::1", "2001:DB8:0:0:ffff::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", False),
        ("10.0.0.1", "10.0.0.2", False),
        ("a proxy's word", "another word", False),
        ("", "10.0.0.1", False),
    ],
)
def test_what_one_line_has_to_itself_is_counted_together(one, other, is_one_line):
    assert (rules.tries_key(one, "anna") == rules.tries_key(other, "anna")) == is_one_line


def test_names_and_addresses_are_counted_apart():
    keys = {
        rules.tries_key("", "anna"),
        rules.tries_key("10.0.0.1", "anna"),
        rules.tries_key("10.0.0.1", "jun"),
        rules.tries_key("10.0.0.2", "anna"),
        rules.tries_key("10.0.0.1"),
    }
    assert len(keys) == 5


def test_what_was_typed_cannot_be_read_from_its_key():
    assert "hunter2" not in rules.tries_key("10.0.0.1", "hunter2")
