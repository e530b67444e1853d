"""What the HTTP kind sends: methods, headers, bodies, redirects, a second time, in a row, by TLS of one's own."""

import asyncio
from typing import Any

import pytest

from apps.probes import egress
from apps.probes.kinds import Http
from apps.probes.kinds.exchange import Request
from apps.probes.rules import parse_target
from apps.secrets.rules import SecretValue
from apps.zones.rules import Policy
from tests.probes import hostile
from tests.probes.hostile import Behave, answering, certified, over_tls, serving, sized
from tests.probes.samples import LOOPBACK, run

CONTEXT, PEM = certified(name="gateway.example.com")


def asking(**settings: Any) -> tuple[list[bytes], Any]:
    """The requests that a probe with these settings sends to a server that says yes, and its outcome."""
    requests: list[bytes] = []

    async def behave(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((line[15:] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), b"0")
        requests.append(head + await reader.readexactly(int(length)))
        writer.write(sized(b"" if head.startswith(b"HEAD") else b"ready"))

    return requests, run("http", behave, **({"conditions": "status == 200"} | settings))


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
def test_every_method_is_sent(method):
    (request,), outcome = asking(method=method)
    assert request.startswith(method.encode() + b" / HTTP/1.1\r\n")
    assert outcome.verdict == "passed"


@pytest.mark.parametrize(
    ("body", "declared"), [('{"n": 1}', b"application/json"), ("n=1 ü", b"text/plain; charset=utf-8")]
)
def test_a_body_is_sent_with_its_type_and_length(body, declared):
    (request,), _ = asking(method="POST", content=body)
    assert request.endswith(b"\r\n\r\n" + body.encode())
    assert b"\r\nContent-Type: " + declared + b"\r\n" in request


def test_headers_are_sent_and_take_the_place_of_ours():
    (request,), _ = asking(method="POST", content="{}", headers="Accept: text/html\n\nX-Team:  pay \ncontent-type: a/b")
    assert request.count(b"ccept: ") == 1
    assert b"\r\nAccept: text/html\r\n" in request
    assert b"\r\nX-Team: pay\r\n" in request
    assert request.lower().count(b"content-type") == 1


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"headers": "Host: other.example"}, "“Host” belongs to the connection"),
        ({"headers": "transfer-encoding: chunked"}, "belongs to the connection"),
        ({"headers": "Connection: keep-alive"}, "belongs to the connection"),
        ({"headers": "Authorization: Bearer x"}, "carries credentials"),
        ({"headers": "Cookie: a=b"}, "carries credentials"),
        ({"headers": "X-API-Key: x"}, "carries credentials"),
        ({"headers": "PRIVATE-TOKEN: x"}, "carries credentials"),
        ({"headers": "x_vault_tokens: x"}, "carries credentials"),
        ({"headers": "X-HTTP-Method-Override: DELETE"}, "choose that method"),
        ({"headers": "x-http-method: PUT"}, "choose that method"),
        ({"headers": "no header"}, "is no header"),
        ({"headers": "X: a\x00b"}, "is no header"),
        ({"headers": "X-Ü: a"}, "is no header"),
        ({"headers": "X: a\n" * 21}, "at most 20 headers"),
        ({"headers": f"X: {'a' * 2000}"}, "is no header"),
        ({"content": "a"}, "GET sends no body"),
        ({"method": "POST", "content": '{"pay": "\u202e1"}'}, "character that nobody sees"),
        ({"method": "POST", "follows": True}, "followed with GET"),
        ({"burst": 51}, "at most 50 times"),
        ({"conditions": "429 in statuses"}, "how many requests in a row"),
        ({"method": "POST", "conditions": "second_latency < 5 s"}, "asks twice, and POST changes things"),
        ({"server_name": "b.example"}, "Only https://"),
        ({"authorities": PEM}, "Only https://"),
        ({"url": "https://a.example", "authorities": "none"}, "no certificate"),
        ({"url": "https://a.example", "server_name": "a b"}, "invisible character"),
    ],
)
def test_what_it_may_not_send_is_refused_with_what_to_do(values, message):
    with pytest.raises(ValueError, match=message):
        Http.parse({"url": "http://a.example"} | values)


@pytest.mark.parametrize(
    "name", ["Idempotency-Key", "Access-Control-Request-Method", "X-Author", "X-Tokenizer", "Keyed", "X-Methods"]
)
def test_headers_that_only_resemble_those_are_sent(name):
    assert Http.parse({"url": "http://a.example", "headers": f"{name}: x"})


def test_a_body_has_line_ends_and_tabs():
    assert Http.parse({"url": "http://a.example", "method": "POST", "content": "a\r\n\tb\n"})


def redirect(location: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def site(pages: dict[bytes, bytes], requests: list[bytes]) -> Behave:
    """A server with a raw answer for each path."""

    async def behave(reader, writer):
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(pages[requests[-1].split(b" ")[1]])

    return behave


def test_redirects_are_followed_by_choice():
    requests: list[bytes] = []
    pages = {b"/": redirect("/b"), b"/b": redirect("c", 307), b"/c": sized(b"ready")}
    settings = {"headers": "X-Team: pay", "conditions": 'redirects == 2\nbody contains "ready"'}
    outcome = run("http", site(pages, requests), follows=True, **settings)  # type: ignore[arg-type]
    assert outcome.verdict == "passed"
    assert outcome.response["ended_at"].endswith("/c")
    assert all(b"X-Team: pay" in request for request in requests)
    requests.clear()
    assert run("http", site(pages, requests)).verdict == "failed"
    assert len(requests) == 1


def test_redirects_end_after_three():
    outcome = run("http", site({b"/": redirect("/")}, []), follows=True)
    assert (outcome.verdict, outcome.explanation) == ("failed", "It redirects more than 3 times.")


def test_another_origin_hears_nothing_of_what_was_set():
    requests: list[bytes] = []

    async def story():
        async with (
            serving(site({b"/x": sized(b"ready")}, requests)) as other,
            serving(site({b"/": redirect(f"http://127.0.0.1:{other}/x")}, requests)) as port,
        ):
            probe = Http(f"http://127.0.0.1:{port}/", headers="X-Team: pay", follows=True, auth="bearer", secret="key")
            return await probe.run(policy=LOOPBACK, secret=SecretValue("long-enough-to-mask"))

    assert asyncio.run(story()).verdict == "passed"
    assert [b"X-Team" in request for request in requests] == [True, False]
    assert [b"Authorization: Bearer long-enough-to-mask" in request for request in requests] == [True, False]


def test_every_hop_is_judged_by_the_policy():
    outcome = run("http", site({b"/": redirect("http://169.254.169.254/latest/")}, []), follows=True)
    assert (outcome.verdict, "metadata service" in outcome.explanation) == ("inconclusive", True)
    outcome = run("http", site({b"/": redirect("http://10.0.0.1/")}, []), follows=True)
    assert (outcome.verdict, "internal address" in outcome.explanation) == ("inconclusive", True)


@pytest.mark.parametrize("location", ["ftp://a.example/", "http://a@b.example/", "http://127.1/", "http://[::1"])
def test_a_redirect_to_what_no_probe_may_ask_ends_there(location):
    outcome = run("http", site({b"/": redirect(location)}, []), follows=True)
    assert (outcome.verdict, "no probe may ask" in outcome.explanation) == ("failed", True)


def test_there_is_no_way_back_from_https():
    request = Request(parse_target("https://a.example/"), follows=True)
    with pytest.raises(egress.NoAnswer, match="from https to http"):
        request.led_to("http://a.example/")


def test_an_own_authority_and_name_are_for_their_origin_only():
    sent = egress.Sent(context=egress.trusting(PEM), server_name="b")
    request = Request(parse_target("https://a.example/"), sent=sent, follows=True)
    assert request.led_to("/x").sent == sent
    led = request.led_to("https://c.example/")
    assert (led.sent, led.follows) == (egress.NOTHING, True)


def test_a_second_call_is_timed_only_where_it_is_judged():
    requests, outcome = asking(conditions="second_latency < 5 s\nsecond_latency - latency < 5.5 s")
    assert (len(requests), outcome.verdict) == (2, "passed")
    requests, _ = asking()
    assert len(requests) == 1


def limiting(most: int) -> Behave:
    """A server that answers so many requests and then 429."""
    answered: list[int] = []

    async def behave(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        answered.append(1)
        limited = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n"
        writer.write(sized(b"ready") if len(answered) <= most else limited)

    return behave


def test_a_burst_counts_what_each_was_answered():
    outcome = run("http", limiting(3), burst=5, conditions="429 in statuses\nlimited == 2\nstatus == 200")
    assert (outcome.verdict, outcome.response["statuses"]) == ("passed", "200 200 200 429 429")
    assert run("http", limiting(9), burst=5, conditions="429 in statuses").verdict == "failed"


def test_a_burst_ends_with_the_time_of_one():
    async def slow(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.4)
        writer.write(sized(b"ready"))

    outcome = run("http", slow, burst=50, conditions="limited == 0", timeout_ms=1000)
    assert outcome.verdict == "failed"
    assert "in time" in outcome.explanation or "No complete answer" in outcome.explanation


def test_a_name_and_an_authority_of_ones_own_prove_who_answers():
    async def story(**settings: Any):
        async with serving(over_tls(answering(sized(b"ready")), CONTEXT)) as port:
            return await Http(f"https://127.0.0.1:{port}/", **settings).run(policy=LOOPBACK)

    assert asyncio.run(story(server_name="gateway.example.com", authorities=PEM)).verdict == "passed"
    for wrong in ({"authorities": PEM}, {"server_name": "gateway.example.com"}, {}):
        assert "is not valid" in asyncio.run(story(**wrong)).explanation


def test_what_is_forbidden_is_asked_neither_twice_nor_in_a_row():
    assert run("http", hostile.silent, policy=Policy(), burst=5).verdict == "inconclusive"


def test_a_connection_is_closed_however_often_it_asks():
    (request, _), _ = asking(conditions="second_latency < 5 s")
    assert b"\r\nConnection: close\r\n" in request
