"""Addresses of other kinds, numbers too long to read, and what a status says of its item."""

from ipaddress import ip_address

import pytest

from apps.probes.rules import URL_LENGTH, TargetRefused, parse_address, parse_target
from apps.probes.states import FINISHED, CountsAs, State, answer_of
from apps.zones.rules import Policy


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("db.example.com:5432", "db.example.com", 5432), ("[2606:4700::1]:53", "2606:4700::1", 53)],
)
def test_a_host_and_a_port_are_taken_apart(text, host, port):
    target = parse_address(text)
    assert (target.host, target.port) == (host, port)


@pytest.mark.parametrize(
    "text",
    ["db.example.com", "db.example.com:", "db.example.com:http", "http://db.example.com:5432", "db:5432/x", "db:1\n",
     "db?a:1", "db#a:1"],
)  # fmt: skip
def test_what_is_no_host_and_port_is_answered_with_an_example(text):
    with pytest.raises(TargetRefused, match=r"Write host and port, like db\.example\.com:5432\."):
        parse_address(text)


def test_a_user_in_front_of_a_host_is_refused_for_every_kind():
    with pytest.raises(TargetRefused, match="Leave user names and passwords out"):
        parse_address("root:secret@db.example.com:5432")


def test_an_address_has_a_longest_length():
    longest = f"https://example.com/{'x' * (URL_LENGTH - 20)}"
    assert len(longest) == URL_LENGTH
    assert parse_target(longest).host == "example.com"
    with pytest.raises(TargetRefused, match=f"longer than {URL_LENGTH} characters"):
        parse_target(longest + "x")


def test_an_address_that_names_a_network_card_is_refused_even_where_it_is_listed():
    policy = Policy.parse("fe80::/10")
    assert "names a network card" in policy.refusal(ip_address("fe80::1%eth0"), 80)
    assert policy.refusal(ip_address("fe80::1"), 80) == ""


@pytest.mark.parametrize("state", State)
def test_a_finished_run_says_yes_or_no_and_any_other_waits(state):
    assert (answer_of(state) is CountsAs.WAITS) is (state not in FINISHED)
    assert (answer_of(state) is CountsAs.PASSES) is (state == State.PASSED)


def test_a_probe_that_never_ran_keeps_its_item_waiting():
    assert answer_of(None) is CountsAs.WAITS
