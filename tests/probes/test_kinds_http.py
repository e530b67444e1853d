"""The HTTP kind: what it reads from a form, and what it makes of an answer."""

import asyncio
import time
from datetime import UTC, datetime
from itertools import islice, product
from typing import Any

import pytest

from apps.probes.egress import Response
from apps.probes.kinds import Http, Outcome
from apps.probes.kinds.http import reading
from apps.zones.rules import Policy
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
    return Response(**(plain | values))


def judge(config, **values):
    return config.judged(reading(answer(**values), today=NOON), Outcome("inconclusive", ""))


def expecting(*conditions, url="http://a.example", **settings):
    return Http(url, conditions="\n".join(conditions), **settings)


def test_an_answer_as_expected_passes_and_keeps_its_proof():
    outcome = run(
        answering(sized(b'{"status": "up"}', b"Content-Type: application/json")),
        conditions='json.status == "up"\nlatency < 2 s',
    )
    assert outcome.verdict == "passed"
    assert outcome.explanation == f"Answered 200 in {outcome.values['latency']}."
    assert (outcome.unit, outcome.limit) == ("s", "2")
    assert outcome.request["method"] == "GET"
    assert outcome.request["expected"] == ['json.status == "up"', "latency < 2 s"]
    assert outcome.response["status"] == 200
    assert outcome.response["snippet"] == '{"status": "up"}'
    assert len(outcome.response["sha256"]) == 64
    assert outcome.response["headers"] == {"content-type": "application/json"}


def test_a_status_that_is_not_expected_fails_in_a_sentence():
    outcome = run(
        answering(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"), conditions="status == 200"
    )
    assert (outcome.verdict, outcome.explanation) == ("failed", "status is 503, expected 200.")


def test_a_redirect_fails_and_says_where_it_points():
    raw = b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"
    assert run(answering(raw)).explanation == (
        "status is 302, expected 200..299. It points to /login, which this probe does not follow."
    )
    assert run(answering(raw), conditions="status == 302").verdict == "passed"


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
    outcome = judge(expecting("latency < 200 ms"))
    assert (outcome.verdict, outcome.explanation) == ("failed", "latency is 226 ms, expected under 200 ms.")
    assert (outcome.value, outcome.unit, outcome.limit) == ("226", "ms", "200")
    assert judge(expecting("latency <= 226 ms")).verdict == "passed"


def test_every_failure_is_told_what_decides_first_and_conditions_stay_in_the_order_they_are_written_in():
    outcome = judge(expecting("status == 200", 'body contains "ready"', "json.a == 1", "latency < 100 ms"))
    assert outcome.explanation == (
        'body does not contain "ready". latency is 226 ms, expected under 100 ms. '
        "The answer came without a type, so it was not read as JSON."
    )
    assert [each["verdict"] for each in outcome.conditions] == ["pass", "fail", "inconclusive", "fail"]


def test_a_warning_passes_and_says_so():
    outcome = judge(expecting("latency < 300 ms, warn 200 ms"))
    assert (outcome.verdict, outcome.explanation) == ("passed", "Warns: latency is 226 ms, expected under 200 ms.")


def test_text_that_may_be_in_the_part_not_read_is_inconclusive():
    config = expecting('body contains "ready"')
    assert judge(config, is_truncated=True).verdict == "inconclusive"
    assert judge(config, is_truncated=True, body=b"ready and more").verdict == "passed"
    assert judge(expecting("size < 3 B"), is_truncated=True).verdict == "inconclusive"


def test_a_body_that_came_compressed_is_not_searched_and_not_shown():
    packed = {"headers": (("Content-Encoding", "gzip"), ("Content-Type", "application/json")), "body": hostile.BOMB}
    for condition in ('body contains "ready"', "json.ready == true"):
        outcome = judge(expecting(condition), **packed)
        assert outcome.verdict == "inconclusive"
        assert outcome.response["snippet"] == ""


JSON = (("Content-Type", "application/problem+json; charset=utf-8"),)


@pytest.mark.parametrize(
    ("body", "condition", "verdict"),
    [
        (b'{"n": 0.1}', "json.n == 0.1", "passed"),
        (b'{"n": 10}', "json.n > 9", "passed"),
        (b'{"n": "10"}', "json.n > 9", "inconclusive"),
        (b'{"n": NaN}', "json.n > 9", "inconclusive"),
        (b'{"n": 1', "json.n > 9", "inconclusive"),
        (b'{"n": 1e99999999999999999999}', "json.n > 9", "inconclusive"),
        (b'{"n": 1e-99999999999999999999}', "json.n < 9", "inconclusive"),
        (b"[" * 100_000, "json[0] > 9", "inconclusive"),
        (b'{"n": 1' + b"0" * 5000 + b"}", "json.n > 9", "inconclusive"),
        (b"[1, 2]", "size(json) == 2", "passed"),
    ],
)
def test_a_body_is_json_where_it_says_so(body, condition, verdict):
    assert judge(expecting(condition), body=body, headers=JSON).verdict == verdict


@pytest.mark.parametrize("declared", [(), (("Content-Type", "text/html"),), (("Content-Type", "text/json5"),)])
def test_a_body_that_does_not_say_so_is_no_json(declared):
    outcome = judge(expecting("json.n == 1"), body=b'{"n": 1}', headers=declared)
    assert (outcome.verdict, "not read as JSON" in outcome.explanation) == ("inconclusive", True)


def test_a_header_is_found_by_its_name_in_small_letters():
    headers = (("Cache-Control", "no-store"),)
    assert judge(expecting('header.cache-control == "no-store"'), headers=headers).verdict == "passed"


@pytest.mark.parametrize(("days", "verdict"), [(31, "failed"), (30, "passed"), (29, "passed")])
def test_a_certificate_has_to_last_as_long_as_is_asked(days, verdict):
    certificate = {"notAfter": "Dec 19 12:00:00 2026 GMT"}
    config = expecting(f"certificate_days >= {days} d", url="https://a.example")
    outcome = judge(config, certificate=certificate, tls="TLSv1.3")
    assert outcome.verdict == verdict
    assert outcome.response["tls"] == {"version": "TLSv1.3", "valid_until": "2026-12-19 12:00 UTC"}


def test_what_a_server_sends_is_shown_without_control_or_hidden_characters():
    body = b"<script>\x1b[31m\x00" + "\u202eabc\u200b".encode() + b"\xff\r\nend"
    assert judge(expecting("status == 200"), body=body).response["snippet"] == (
        "<script>⟨U+001B⟩[31m⟨U+0000⟩⟨U+202E⟩abc⟨U+200B⟩\ufffd\nend"
    )


def test_a_configuration_survives_being_stored():
    config = Http.parse(
        {"url": "https://a.example/health", "conditions": " status  == 200 \n\ncertificate_days > 14 d"}
    )
    assert config.conditions == "status == 200\ncertificate_days > 14 d"
    assert Http.parse(config.as_json()) == config
    assert config.summary() == "GET https://a.example/health: status == 200, certificate_days > 14 d"
    assert Http.parse({"url": "https://a.example/health"}).conditions == "status in 200..299"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "beginning with http:// or https://"),
        ({"url": "ftp://a.example"}, "beginning with http:// or https://"),
        ({"url": "http://a.example", "method": "TRACE"}, "one of GET, HEAD"),
        ({"url": "http://a.example", "conditions": "status is fine"}, "no value called “is”"),
        ({"url": "http://a.example", "conditions": 'body contains "x"', "method": "HEAD"}, "HEAD brings no body"),
        ({"url": "http://a.example", "conditions": "json.a == 1", "method": "HEAD"}, "HEAD brings no body"),
        ({"url": "http://a.example", "conditions": "certificate_days > 5 d"}, "Only https://"),
        ({"url": "http://a.example", "expected": "200"}, "no setting called expected"),
        ({"url": "http://a.example", "timeout_ms": 999}, "between 1 and 60 seconds"),
        ({"url": "http://a.example", "timeout_ms": 60001}, "between 1 and 60 seconds"),
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


def test_ten_thousand_headers_cost_no_time():
    names = ("".join(letters) for letters in product("abcdefghijklmnopqrstuvwxyz", repeat=3))
    headers = tuple((name, "1") for name in islice(names, 10_000))
    began = time.process_time()
    outcome = judge(Http(url="https://a.example/", conditions='header.abc == "1"'), headers=(("abc", "1"), *headers))
    assert outcome.verdict == "passed"
    assert time.process_time() - began < 2  # 10 s where each is looked for among all


def test_conditions_that_only_warn_are_none():
    with pytest.raises(ValueError, match="All of these only warn, so it would always pass"):
        Http.parse({"url": "https://a.example/", "conditions": "warn: status == 200\nwarn: latency < 1 s"})
    assert Http.parse({"url": "https://a.example/", "conditions": "warn: latency < 1 s\nstatus == 200"})
