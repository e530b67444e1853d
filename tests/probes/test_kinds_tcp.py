"""The TCP kind: where it connects, and what it reads of a greeting."""

import pytest

from apps.probes.forms import FORMS
from apps.probes.kinds import Tcp
from apps.probes.kinds.tcp import GREETING_BYTES
from tests.probes.hostile import answering, dripping, silent
from tests.probes.samples import run


def test_without_a_greeting_a_connection_is_enough():
    outcome = run("tcp", silent, greeting="")
    assert (outcome.verdict, outcome.response["snippet"]) == ("passed", "")
    assert outcome.explanation == f"Accepted a connection in {outcome.value} ms."
    assert outcome.response["peer"].startswith("127.0.0.1 port ")


def test_a_greeting_is_found_wherever_it_is_in_the_beginning_and_stored():
    outcome = run("tcp", answering(b"* \x1b[0m220 ready\r\n", after=b""))
    assert (outcome.verdict, outcome.response["snippet"]) == ("passed", "* ⟨U+001B⟩[0m220 ready\n")


def test_a_greeting_that_comes_in_pieces_is_put_together():
    assert run("tcp", dripping(b"220", b" ready", after=b"")).verdict == "passed"


def test_another_greeting_fails_and_is_shown():
    outcome = run("tcp", answering(b"421 busy", after=b""))
    assert (outcome.verdict, outcome.explanation) == ("failed", "“220 ready” is not in the first 8 bytes.")
    assert outcome.response["snippet"] == "421 busy"


def test_what_comes_later_is_not_read():
    outcome = run("tcp", answering(b"x" * GREETING_BYTES + b"220 ready", after=b""))
    assert (outcome.verdict, outcome.explanation) == ("failed", "“220 ready” is not in the first 512 bytes.")


def test_it_says_what_it_does():
    config = Tcp.parse({"address": "db.example.com:5432", "greeting": "220"})
    assert config.summary() == "TCP db.example.com:5432: accepts a connection, greets with “220”"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "Write host and port"),
        ({"address": "db.example.com"}, "Write host and port"),
        ({"address": "db.example.com/x:80"}, "Write host and port"),
        ({"address": "db.example.com?:80"}, "Write host and port"),
        ({"address": "db.example.com:0"}, "from 1 to 65535"),
        ({"address": "db.example.com:65536"}, "from 1 to 65535"),
        ({"address": "127.1:80"}, "four decimal numbers"),
        ({"address": "anna@db.example.com:80"}, "passwords out of the address"),
        ({"address": "::1:80"}, "not a host name"),
        ({"address": "a.example:80", "greeting": "x" * 501}, "at most 500 characters"),
        ({"address": "a.example:80", "greeting": "a\x00b"}, "control character"),
    ],
)
def test_a_bad_setting_is_refused_with_what_to_do(values, message):
    with pytest.raises(ValueError, match=message):
        Tcp.parse(values)


def test_an_address_in_brackets_is_one():
    assert (Tcp("[::1]:80").target.host, Tcp("[::1]:80").target.port) == ("::1", 80)


def test_a_wrong_address_is_refused_beside_its_field():
    form = FORMS["tcp"]({"name": "Database", "address": "db.example.com"})
    assert "Write host and port" in form.errors["address"][0]
