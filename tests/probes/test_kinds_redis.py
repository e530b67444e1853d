"""The Redis kind: what PING is answered, and what INFO tells."""

import asyncio
from typing import Any

import pytest

from apps.probes.kinds import Redis
from tests import servers
from tests.probes.hostile import talking
from tests.probes.samples import INFO, LOOPBACK, PING, REPORT, run

PONG = (PING, b"+PONG\r\n")


def reporting(text: bytes, **settings: Any) -> Any:
    return run("redis", talking(PONG, (INFO, b"$%d\r\n%s\r\n" % (len(text), text))), **settings)


def test_what_it_tells_of_itself_is_measured():
    outcome = run(
        "redis", talking(PONG, (INFO, REPORT)), conditions='used_memory < 2 MB\nversion == "7.2.4"\nmemory_share < 80 %'
    )
    assert outcome.verdict == "passed"
    assert (outcome.value, outcome.unit, outcome.limit) == ("1.0486", "MB", "2")
    assert outcome.response["role"] == "master"
    assert outcome.response["answer"] == "PONG"


def test_an_error_is_its_answer_and_the_rest_has_no_value():
    outcome = run("redis", talking((PING, b"-NOAUTH Authentication required.\r\n")), conditions='role == "master"')
    assert (outcome.verdict, outcome.explanation) == ("inconclusive", "There is no value for role.")
    assert outcome.response["answer"] == "NOAUTH Authentication required."


def test_whoever_may_not_ask_info_still_has_an_answer():
    behave = talking(PONG, (INFO, b"-NOPERM this user has no permissions\r\n"))
    assert run("redis", behave, conditions='answer == "PONG"').verdict == "passed"


def test_without_a_limit_there_is_no_share_of_it():
    outcome = reporting(b"used_memory:5\r\nmaxmemory:0\r\n", conditions="memory_share < 80 %")
    assert outcome.verdict == "inconclusive"


def test_what_is_no_number_is_no_value():
    assert reporting(b"connected_clients:many\r\n", conditions="clients < 5").verdict == "inconclusive"
    assert reporting(b"connected_clients:4\r\n", conditions="clients < 5").verdict == "passed"


def test_an_answer_in_pieces_is_put_together():
    behave = talking((PING, b"+PO"), (b"", b"NG\r"), (b"", b"\n"), (INFO, REPORT[:9]), (b"", REPORT[9:]))
    assert run("redis", behave).verdict == "passed"


def test_another_protocol_is_named():
    assert run("redis", talking((PING, b"HTTP/1.1 400 Bad Request\r\n"))).explanation == (
        "What answered does not speak the Redis protocol."
    )


def test_a_real_one_answers():
    broker = servers.Broker(servers.redis_binary(), tcp=True).start()
    try:
        settings = {"address": f"127.0.0.1:{broker.port}", "conditions": 'role == "master"\nused_memory > 1 KB'}
        outcome = asyncio.run(Redis.parse(settings).run(policy=LOOPBACK))
    finally:
        broker.stop()
    assert outcome.verdict == "passed", outcome.explanation


@pytest.mark.parametrize(
    ("values", "message"),
    [({}, "Write host and port"), ({"address": "redis://cache:6379"}, "Write host and port"),
     ({"address": "cache:6379", "conditions": "used_memory < 5"}, "needs a unit")],
)  # fmt: skip
def test_a_bad_setting_is_refused_with_what_to_do(values, message):
    with pytest.raises(ValueError, match=message):
        Redis.parse(values)
