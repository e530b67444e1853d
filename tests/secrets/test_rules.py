"""What a secret may be called, may hold, and where it may go."""

import copy
import pickle

import pytest

from apps.secrets.rules import (
    LONGEST,
    MASK,
    SHORTEST,
    Binding,
    SecretValue,
    bindings_of,
    covering,
    why_no_name,
    why_no_value,
)


@pytest.mark.parametrize("name", ["a", "prometheus-token", "db.read_2", "x" * 60])
def test_a_good_name(name):
    assert why_no_name(name) == ""


@pytest.mark.parametrize("name", ["", "A", "1a", "-a", "a b", "a/b", "ä", "a\n", "x" * 61, "../a"])
def test_a_bad_name_is_refused_in_a_sentence(name):
    assert why_no_name(name).endswith((".", "prometheus-token."))


@pytest.mark.parametrize("value", ["abcdef", "a b c d", "x" * 3 + "yz" * 2046, '!"§'[:2] + "abcd", "\\" * 9 + "ab"])
def test_a_good_value(value):
    assert why_no_value(value) == ""


@pytest.mark.parametrize(
    "value", ["", "abcde", "abcd\n", "abc\tdef", "abcdef\n", " abcdef", "abcdef ", "pässwort", "a" * 20, "abababab",
              "abc" * 2000, "abc\0def", "abc\x7fdef"],
)  # fmt: skip
def test_a_bad_value_is_refused_in_a_sentence_that_does_not_show_it(value):
    problem = why_no_value(value)
    assert problem.endswith(".")
    assert len(value) < SHORTEST or value not in problem


def test_the_shortest_and_the_longest_value():
    assert [why_no_value("abc" * 2000)[: len("A secret has")], why_no_value(("abc" * 2000)[:LONGEST])] == [
        "A secret has",
        "",
    ]


def test_a_value_shows_itself_to_nobody_who_does_not_ask_for_it():
    value = SecretValue("correct-horse")
    assert [str(value), repr(value), f"{value}", f"{[value]}"] == [MASK, MASK, MASK, f"[{MASK}]"]
    assert value.reveal() == "correct-horse"
    assert not hasattr(value, "__dict__")
    for store in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            store(value)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("metrics.example.com", "https://metrics.example.com"),
        ("https://Metrics.Example.com.", "https://metrics.example.com"),
        ("https://metrics.example.com:443/", "https://metrics.example.com"),
        ("http://metrics.example.com", "http://metrics.example.com"),
        ("https://*.example.com:8443", "https://*.example.com:8443"),
        ("*.a.example.com", "https://*.a.example.com"),
        ("postgresql://db.internal.example", "postgresql://db.internal.example"),
        ("redis://10.0.0.5:6380", "redis://10.0.0.5:6380"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
        ("bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_a_binding_has_one_spelling(text, stored):
    binding = Binding.parse(text)
    assert str(binding) == stored
    assert Binding.parse(stored) == binding


@pytest.mark.parametrize(
    "text",
    ["", "https://", "https://a/b", "https://user@a.example", "https://a.example:0", "https://a.example:70000",
     "ftp://a.example", "https://*", "https://*.com", "https://*.10.0.0.1", "*.*.example.com", "a*.example.com",
     "https://a.*", "127.1", "0x7f000001", "https://a.example?x", "https://a.example#x", "a b", "https://[::1",
     "https://a_b..c", "x" * 400, "https://[fe80::1%25eth0]", "javascript://a.example"],
)  # fmt: skip
def test_a_bad_binding_is_refused_in_a_sentence(text):
    with pytest.raises(ValueError, match=r"\.$"):
        Binding.parse(text)


@pytest.mark.parametrize(
    ("binding", "place", "is_covered"),
    [
        ("https://a.example.com", ("https", "a.example.com", 443), True),
        ("https://a.example.com", ("https", "a.example.com.", 443), True),
        ("https://a.example.com", ("http", "a.example.com", 443), False),
        ("https://a.example.com", ("https", "a.example.com", 8443), False),
        ("https://a.example.com", ("https", "b.a.example.com", 443), False),
        ("https://a.example.com", ("https", "a.example.com.evil.example", 443), False),
        ("https://*.example.com", ("https", "a.example.com", 443), True),
        ("https://*.example.com", ("https", "a.b.example.com", 443), True),
        ("https://*.example.com", ("https", "example.com", 443), False),
        ("https://*.example.com", ("https", "evilexample.com", 443), False),
        ("https://*.example.com", ("https", "*.example.com", 443), False),
        ("https://*.example.com", ("https", "a.example.com.evil.example", 443), False),
        ("https://10.0.0.5", ("https", "10.0.0.5", 443), True),
        ("https://10.0.0.5", ("https", "10.0.0.50", 443), False),
    ],
)
def test_a_secret_goes_to_the_hosts_it_is_bound_to_and_nowhere_else(binding, place, is_covered):
    assert covering([binding], *place) is is_covered


def test_bindings_are_stored_once_and_in_order():
    assert bindings_of([" b.example.com ", "", "https://a.example.com", "b.example.com:443"]) == [
        "https://a.example.com",
        "https://b.example.com",
    ]
    with pytest.raises(ValueError, match="at least one host"):
        bindings_of([" ", ""])
    with pytest.raises(ValueError, match="at most 20 hosts"):
        bindings_of([f"a{place}.example.com" for place in range(21)])
