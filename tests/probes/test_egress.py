"""The one way out keeps its deadline and its caps whatever the other side does."""

import asyncio
import time
from ipaddress import ip_address

import httpcore
import pytest

from apps.probes import egress
from apps.probes.rules import parse_target
from apps.zones.rules import Policy
from tests import clock
from tests.probes import hostile
from tests.probes.hostile import HOSTILE, OK, answering, serving, sized

LOOPBACK = Policy.parse("127.0.0.1, ::1")
SECONDS = 0.4


class Counting(httpcore.AsyncNetworkStream):
    """A stream that counts what was read, below everything that is tested."""

    def __init__(self, inner, count):
        self.inner, self.count = inner, count

    async def read(self, max_bytes, timeout=None):
        data = await self.inner.read(max_bytes, timeout)
        self.count.append(len(data))
        return data

    async def write(self, buffer, timeout=None):
        await self.inner.write(buffer, timeout)

    async def aclose(self):
        await self.inner.aclose()

    async def start_tls(self, ssl_context, server_hostname=None, timeout=None):
        return Counting(await self.inner.start_tls(ssl_context, server_hostname, timeout), self.count)

    def get_extra_info(self, info):
        return self.inner.get_extra_info(info)


def ask(behave, *, method="GET", path="/", seconds=SECONDS, tls=None, host="127.0.0.1"):
    """Ask a server that behaves so; returns the answer or the error, the seconds it took and the bytes it read."""
    count: list[int] = []

    async def connect(address, port):
        return Counting(await egress.dial(address, port), count)

    async def story():
        async with serving(behave, tls=tls) as port:
            target = parse_target(f"{'https' if tls else 'http'}://{host}:{port}{path}")
            network = egress.Network(egress.lookup, connect)
            began = clock.seconds()
            result: object
            try:
                result = await egress.fetch(target, method=method, policy=LOOPBACK, seconds=seconds, network=network)
            except egress.EgressError as error:
                result = error
            return result, clock.seconds() - began, sum(count)

    return asyncio.run(story())


@pytest.mark.parametrize("name", HOSTILE)
def test_a_server_that_behaves_badly_gets_no_more_time_and_no_more_bytes(name):
    result, seconds, read = ask(HOSTILE[name])
    assert isinstance(result, egress.NoAnswer), name
    assert str(result).endswith("."), "a sentence for the person who reads it"
    assert seconds <= SECONDS + 0.5
    assert read <= egress.WIRE_BYTES


def test_a_body_without_end_is_cut_at_the_cap():
    result, seconds, read = ask(hostile.flooding(OK + b"\r\n", b"x" * 65536), seconds=5)
    assert result.is_truncated
    assert len(result.body) <= egress.WIRE_BYTES
    assert read <= egress.WIRE_BYTES
    assert seconds < 2


def test_a_body_just_under_the_cap_is_read_whole():
    body = b"x" * (egress.WIRE_BYTES - 100)
    result, _, _ = ask(answering(sized(body)), seconds=5)
    assert (result.is_truncated, len(result.body)) == (False, len(body))


def test_headers_end_within_their_cap_even_when_the_body_follows_at_once():
    result, _, _ = ask(answering(sized(b"y" * 200_000, b"X-Long: " + b"x" * 60_000)), seconds=5)
    assert len(result.body) == 200_000


def test_a_bomb_is_never_unpacked():
    result, _, _ = ask(answering(sized(hostile.BOMB, b"Content-Encoding: gzip")), seconds=5)
    assert result.body == hostile.BOMB


def test_a_redirect_is_an_answer_and_goes_nowhere():
    raw = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/meta-data/\r\nContent-Length: 0\r\n\r\n"
    result, _, _ = ask(answering(raw))
    assert (result.status, result.header("Location")) == (302, "http://169.254.169.254/latest/meta-data/")


def test_a_tls_handshake_that_hangs_ends_with_the_deadline():
    async def story():
        async with serving(hostile.silent) as port:
            target = parse_target(f"https://127.0.0.1:{port}/")
            began = clock.seconds()
            with pytest.raises(egress.NoAnswer, match="No complete answer within"):
                await egress.fetch(target, method="GET", policy=LOOPBACK, seconds=SECONDS)
            return clock.seconds() - began

    assert asyncio.run(story()) <= SECONDS + 0.5


def test_a_lookup_that_hangs_ends_with_the_deadline_and_holds_nothing_up(monkeypatch):
    monkeypatch.setattr(egress.network.socket, "getaddrinfo", lambda *_, **__: time.sleep(2))
    target = parse_target("http://slow.example/")
    began = clock.seconds()
    with pytest.raises(egress.NoAnswer, match="No complete answer within"):
        asyncio.run(egress.fetch(target, method="GET", policy=Policy(), seconds=SECONDS))
    assert clock.seconds() - began <= SECONDS + 0.5


def test_a_port_where_nobody_listens_is_said_so():
    async def story():
        async with serving(hostile.silent) as port:
            pass
        target = parse_target(f"http://127.0.0.1:{port}/")
        with pytest.raises(egress.NoAnswer, match="does not accept connections on port"):
            await egress.fetch(target, method="GET", policy=LOOPBACK, seconds=10)

    asyncio.run(story())


def test_the_request_says_who_asks_asks_for_plain_text_and_keeps_the_name(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1/")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1/")
    heard = []

    async def behave(reader, writer):
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(sized(b"ok"))
        await writer.drain()

    result, _, _ = ask(behave, host="localhost", path="/health?deep=1", seconds=5)
    request = heard[0].decode()
    assert result.body == b"ok"
    assert request.startswith("GET /health?deep=1 HTTP/1.1\r\n")
    assert "\r\nHost: localhost:" in request
    assert "\r\nAccept-Encoding: identity\r\n" in request
    assert "\r\nConnection: close\r\n" in request
    assert "Cookie" not in request


def test_a_certificate_nobody_vouches_for_is_no_answer(tmp_path):
    tls, _ = hostile.certificate(tmp_path)
    result, _, _ = ask(answering(sized(b"ok")), tls=tls, host="localhost", seconds=5)
    assert isinstance(result, egress.NoAnswer)
    assert "certificate of localhost is not valid" in str(result)


@pytest.fixture
def trusted(tmp_path):
    """A server context whose certificate for localhost this process trusts while the test runs."""
    tls, cert = hostile.certificate(tmp_path)
    egress.trusting.cache_clear()
    egress.trusting().load_verify_locations(cert)
    yield tls
    egress.trusting.cache_clear()


def test_a_certificate_for_the_name_is_verified_and_kept(trusted):
    result, _, _ = ask(answering(sized(b"ok")), tls=trusted, host="localhost", seconds=5)
    assert result.certificate["subjectAltName"] == (("DNS", "localhost"),)
    assert result.tls == "TLSv1.3"


def test_a_certificate_for_another_name_is_no_answer(trusted):
    result, _, _ = ask(answering(sized(b"ok")), tls=trusted, host="127.0.0.1", seconds=5)
    assert isinstance(result, egress.NoAnswer)


def test_a_connection_that_ends_elsewhere_is_dropped():
    async def story():
        async with serving(answering(sized(b"secret"))) as port:

            async def resolve(host, asked):
                return [ip_address("93.184.216.34")]

            async def connect(address, asked):
                return await egress.dial(ip_address("127.0.0.1"), port)

            target = parse_target("http://rebound.example/")
            network = egress.Network(resolve, connect)
            with pytest.raises(egress.Refused, match="somewhere else"):
                await egress.fetch(target, method="GET", policy=Policy(), seconds=10, network=network)

    asyncio.run(story())


def test_the_next_address_is_tried_when_the_first_does_not_accept():
    async def story():
        async with serving(answering(sized(b"ok"))) as port:

            async def resolve(host, asked):
                return [ip_address("::1"), ip_address("127.0.0.1")]

            target = parse_target(f"http://both.example:{port}/")
            network = egress.Network(resolve, egress.dial)
            return await egress.fetch(target, method="GET", policy=LOOPBACK, seconds=5, network=network)

    assert asyncio.run(story()).peer.startswith("127.0.0.1 port ")


def test_a_name_without_an_address_and_a_lookup_that_failed_are_told_apart(monkeypatch):
    def failing(code):
        def getaddrinfo(*_, **__):
            raise egress.network.socket.gaierror(code, "as asked")

        return getaddrinfo

    target = parse_target("http://nowhere.example/")
    for code, error in [
        (egress.network.socket.EAI_NONAME, egress.NoAnswer),
        (egress.network.socket.EAI_AGAIN, egress.Unresolved),
    ]:
        monkeypatch.setattr(egress.network.socket, "getaddrinfo", failing(code))
        with pytest.raises(error):
            asyncio.run(egress.fetch(target, method="GET", policy=Policy(), seconds=1))


def test_sockets_of_this_machine_are_never_opened():
    way = egress._Backend(parse_target("http://a.example/"), LOOPBACK, egress.INTERNET)
    with pytest.raises(egress.Refused):
        asyncio.run(way.connect_unix_socket("/run/docker.sock"))


def connected(behave, *, policy=LOOPBACK, seconds=3.0):
    """What the first bytes of a plain connection are, and who sent them."""

    async def story():
        async with serving(behave) as port:
            target = parse_target(f"http://127.0.0.1:{port}/")
            async with egress.connect(target, policy=policy, seconds=seconds) as (stream, peer):
                return await stream.read(64), peer == f"127.0.0.1 port {port}"

    return asyncio.run(story())


async def greeting(reader, writer):
    writer.write(b"220 ready")
    await writer.drain()


def test_a_plain_connection_is_judged_like_a_request():
    assert connected(greeting) == (b"220 ready", True)
    with pytest.raises(egress.Refused, match="internal address"):
        connected(greeting, policy=Policy())


def test_a_plain_connection_keeps_its_deadline():
    with pytest.raises(egress.NoAnswer, match=r"within 0\.2 s"):
        connected(hostile.silent, seconds=0.2)
