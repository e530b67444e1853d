"""The HTTP kind: what it reads from a form, and what it makes of an answer."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.probes.egress import Answer
from apps.probes.kinds import Http, Outcome
from apps.probes.rules import Policy
from tests.probes import hostile
from tests.probes.hostile import OK, answering, serving, sized

LOOPBACK = Policy.parse("127.0.0.1")
NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)


def run(behave, *, policy=LOOPBACK, path="/", **settings):
    async def story():
        async with serving(behave) as port:
            config = Http(url=f"http://127.0.0.1:{port}{path}", **{"timeout_ms": 3000, **settings})
            return await config.run(policy=policy)

    return asyncio.run(story())


def answer(**values):
    plain: dict[str, Any] = {"status": 200, "headers": (), "body": b"ok", "is_truncated": False, "elapsed_ms": 226}
    plain |= {"peer": "127.0.0.1 port 80", "certificate": None, "tls": ""}
    return Answer(**(plain | values))


def judge(config, **values):
    return config.judged(answer(**values), Outcome("inconclusive", ""), today=NOON)


def test_an_answer_as_expected_passes_and_keeps_its_proof():
    outcome = run(
        answering(sized(b'{"status": "up"}', b"Content-Type: application/json")), contains='"up"', max_latency_ms=2000
    )
    assert outcome.verdict == "passed"
    assert outcome.explanation == f"Answered 200 in {outcome.value} ms."
    assert (outcome.unit, outcome.limit) == ("ms", "2000")
    assert outcome.request["method"] == "GET"
    assert outcome.request["expected"] == ["status 200-299", 'contains “"up"”', "within 2000 ms"]
    assert outcome.response["status"] == 200
    assert outcome.response["snippet"] == '{"status": "up"}'
    assert len(outcome.response["sha256"]) == 64
    assert outcome.response["headers"] == {"content-type": "application/json"}


def test_a_status_that_is_not_expected_fails_in_a_sentence():
    outcome = run(answering(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"), expected="200")
    assert (outcome.verdict, outcome.explanation) == ("failed", "Answered 503, expected 200.")


def test_a_redirect_fails_and_says_where_it_points():
    raw = b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"
    assert run(answering(raw)).explanation == (
        "Answered 302, expected 200-299. It points to /login; probes do not follow."
    )
    assert run(answering(raw), expected="302").verdict == "passed"


def test_a_head_request_is_judged_by_its_status():
    raw = OK + b"Content-Length: 500\r\n\r\n"
    outcome = run(answering(raw), method="HEAD")
    assert (outcome.verdict, outcome.response["bytes"]) == ("passed", 0)


def test_a_dead_target_fails():
    outcome = run(hostile.leaving)
    assert outcome.verdict == "failed"
    assert outcome.response == {}


def test_a_target_the_policy_forbids_is_inconclusive_and_says_what_to_do():
    outcome = run(answering(sized(b"ok")), policy=Policy())
    assert outcome.verdict == "inconclusive"
    assert "KEYTURN_PROBE_ALLOW" in outcome.explanation


def test_a_slow_answer_fails_its_limit():
    outcome = judge(Http("http://a.example", max_latency_ms=200))
    assert (outcome.verdict, outcome.explanation) == ("failed", "Took 226 ms, the limit is 200 ms.")
    assert judge(Http("http://a.example", max_latency_ms=226)).verdict == "passed"


def test_every_failure_is_told():
    outcome = judge(Http("http://a.example", expected="204", contains="ready", max_latency_ms=100))
    assert outcome.explanation == (
        "Answered 200, expected 204. The body does not contain “ready”. Took 226 ms, the limit is 100 ms."
    )


def test_text_that_may_be_in_the_part_not_read_is_inconclusive():
    config = Http("http://a.example", contains="ready")
    assert judge(config, is_truncated=True).verdict == "inconclusive"
    assert judge(config, is_truncated=True, body=b"ready and more").verdict == "passed"


def test_a_body_that_came_compressed_is_not_searched_and_not_shown():
    config = Http("http://a.example", contains="ready")
    outcome = judge(config, headers=(("Content-Encoding", "gzip"),), body=hostile.BOMB)
    assert outcome.verdict == "inconclusive"
    assert outcome.response["snippet"] == ""


@pytest.mark.parametrize(("days", "verdict"), [(31, "failed"), (30, "passed"), (29, "passed")])
def test_a_certificate_has_to_last_as_long_as_is_asked(days, verdict):
    certificate = {"notAfter": "Dec 19 12:00:00 2026 GMT"}
    outcome = judge(Http("https://a.example", tls_days=days), certificate=certificate, tls="TLSv1.3")
    assert outcome.verdict == verdict
    assert outcome.response["tls"] == {"version": "TLSv1.3", "valid_until": "2026-12-19 12:00 UTC"}


def test_what_a_server_sends_is_shown_without_control_or_hidden_characters():
    body = b"<script>\x1b[31m\x00" + "\u202eabc\u200b".encode() + b"\xff\r\nend"
    assert judge(Http("http://a.example"), body=body).response["snippet"] == (
        "<script>⟨U+001B⟩[31m⟨U+0000⟩⟨U+202E⟩abc⟨U+200B⟩\ufffd\nend"
    )


@pytest.mark.parametrize(
    ("expected", "status", "is_expected"),
    [
        ("200", 200, True),
        ("200", 201, False),
        ("200-299", 250, True),
        ("200-299", 300, False),
        ("200, 301-302", 302, True),
        ("200, 301-302", 303, False),
    ],
)
def test_statuses_and_ranges(expected, status, is_expected):
    assert Http("http://a.example", expected=expected).expects(status) is is_expected


def test_a_configuration_survives_being_stored():
    config = Http.parse({"url": "https://a.example/health", "expected": "200,  204-206", "tls_days": 14})
    assert config.expected == "200, 204-206"
    assert Http.parse(config.as_json()) == config
    assert config.summary() == "GET https://a.example/health: status 200, 204-206, certificate valid 14 more days"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "beginning with http:// or https://"),
        ({"url": "ftp://a.example"}, "beginning with http:// or https://"),
        ({"url": "http://a.example", "method": "POST"}, "GET or HEAD"),
        ({"url": "http://a.example", "expected": ""}, "Write expected statuses like"),
        ({"url": "http://a.example", "expected": "ok"}, "Write expected statuses like"),
        ({"url": "http://a.example", "expected": "299-200"}, "begins with the smaller number"),
        ({"url": "http://a.example", "contains": "x" * 501}, "at most 500 characters"),
        ({"url": "http://a.example", "contains": "a\x00b"}, "control character"),
        ({"url": "http://a.example", "contains": "x", "method": "HEAD"}, "HEAD brings no body"),
        ({"url": "http://a.example", "timeout_ms": 999}, "between 1 and 60 seconds"),
        ({"url": "http://a.example", "timeout_ms": 60001}, "between 1 and 60 seconds"),
        ({"url": "http://a.example", "max_latency_ms": 10_001}, "cannot be longer than the probe waits"),
        ({"url": "http://a.example", "tls_days": 5}, "Only https://"),
        ({"url": "https://a.example", "tls_days": -5}, "between 1 and 3650 days"),
        ({"url": "https://a.example", "tls_days": "5"}, "wrong sort"),
        ({"url": "https://a.example", "timeout_ms": True}, "wrong sort"),
        ({"url": "https://a.example", "verify": 0}, "no setting called verify"),
    ],
)
def test_a_bad_setting_is_refused_with_what_to_do(values, message):
    with pytest.raises(ValueError, match=message):
        Http.parse(values)


def test_an_internal_address_is_refused_before_anything_is_asked():
    assert "internal address" in Http("http://10.0.0.1/").refusal(Policy())
    assert Http("http://10.0.0.1/").refusal(Policy.parse("10.0.0.0/8")) == ""
    assert Http("http://intern.example/").refusal(Policy()) == ""
