"""The TCP kind: where it connects, and what it reads of a greeting."""

import asyncio

import pytest

from apps.probes.forms import FORMS
from apps.probes.kinds import Tcp, tcp
from apps.probes.kinds.tcp import GREETING_BYTES
from tests.probes.hostile import answering, dripping, silent
from tests.probes.samples import run


def test_without_a_greeting_a_connection_is_enough():
    outcome = run("tcp", silent, conditions="latency < 5 s")
    assert (outcome.verdict, outcome.response["snippet"]) == ("passed", "")
    assert outcome.explanation == f"Accepted a connection in {outcome.values['latency']}."
    assert outcome.response["peer"].startswith("127.0.0.1 port ")


def test_a_greeting_is_found_wherever_it_is_in_the_beginning_and_stored():
    outcome = run("tcp", answering(b"* \x1b[0m220 ready\r\n", after=b""))
    assert (outcome.verdict, outcome.response["snippet"]) == ("passed", "* ⟨U+001B⟩[0m220 ready\n")


def test_a_greeting_that_comes_in_pieces_is_put_together():
    assert run("tcp", dripping(b"220", b" ready", after=b"")).verdict == "passed"


def test_another_greeting_fails_and_is_shown():
    outcome = run("tcp", answering(b"421 busy", after=b""))
    assert (outcome.verdict, outcome.explanation) == ("failed", 'greeting does not contain "220 ready".')
    assert outcome.response["snippet"] == "421 busy"


def test_what_comes_later_is_not_read():
    outcome = run("tcp", answering(b"x" * GREETING_BYTES + b"220 ready", after=b""))
    assert (outcome.verdict, outcome.explanation) == ("failed", 'greeting does not contain "220 ready".')


def test_a_service_that_ends_no_line_has_said_all_after_a_moment(monkeypatch):
    monkeypatch.setattr(tcp, "QUIET_SECONDS", 0.1)

    async def waiting(_, writer):
        writer.write(b"220 ready")
        await asyncio.sleep(5)

    assert run("tcp", waiting, timeout_ms=2000).verdict == "passed"


def test_it_says_what_it_does():
    config = Tcp.parse({"address": "db.example.com:5432", "conditions": 'greeting contains "220"'})
    assert config.summary() == 'TCP db.example.com:5432: greeting contains "220"'


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
        ({"address": "a.example:80", "greeting": "220"}, "no setting called greeting"),
        ({"address": "a.example:80", "conditions": "greeting < 3"}, "greeting is a text"),
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
