"""Redis and PostgreSQL that ask for a password, with and without TLS: servers that are real, wrong and hostile."""

import asyncio
import base64
import hashlib
import hmac
import time
from dataclasses import replace
from typing import Any

import pytest

from apps.probes.kinds import KINDS, PostgreSql, Redis
from apps.probes.kinds.scram import MOST_ITERATIONS, Exchange, NoProof
from apps.secrets.rules import Binding, SecretValue
from tests import clock, servers
from tests.probes.hostile import answering, dripping, flooding, over_tls, serving, silent, talking
from tests.probes.samples import AUTHORITIES, BEGUN, CONTEXT, INFO, LOOPBACK, PING, REPORT, message

PASSWORD = "correct-horse-battery"
LIMIT_MS = 300
TLS: dict[str, Any] = {"tls": True, "authorities": AUTHORITIES.strip()}
ADDRESS = {"redis": {}, "postgresql": {"user": "probe"}}
SASL = message(b"R", b"\0\0\0\x0aSCRAM-SHA-256\0\0")


def run(name, behave, *, password=PASSWORD, timeout_ms=10_000, **settings):
    async def story():
        async with serving(behave) as port:
            values = {"address": f"127.0.0.1:{port}", "secret": "store"} | ADDRESS[name] | settings
            probe = replace(KINDS[name].parse(values), timeout_ms=timeout_ms)
            return await probe.run(policy=LOOPBACK, secret=SecretValue(password))

    return asyncio.run(story())


AUTH = b"*2\r\n$4\r\nAUTH\r\n$21\r\ncorrect-horse-battery\r\n"
AS_USER = b"*3\r\n$4\r\nAUTH\r\n$5\r\nprobe\r\n$21\r\ncorrect-horse-battery\r\n"
PONG = (PING, b"+PONG\r\n")


@pytest.mark.parametrize(("sent", "settings"), [(AUTH, {}), (AS_USER, {"user": "probe"})])
@pytest.mark.parametrize("is_over_tls", [False, True])
def test_redis_is_signed_in_first(sent, settings, is_over_tls):
    behave = talking((sent, b"+OK\r\n"), PONG, (INFO, REPORT))
    behave, more = (over_tls(behave, CONTEXT), TLS) if is_over_tls else (behave, {})
    outcome = run("redis", behave, conditions='answer == "PONG"\nrole == "master"', **settings, **more)
    assert outcome.verdict == "passed", outcome.explanation


def test_a_wrong_password_of_redis_is_its_answer_and_stands_nowhere():
    refusal = f"-WRONGPASS invalid password {PASSWORD}\r\n".encode()
    outcome = run("redis", talking((AUTH, refusal)))
    assert outcome.verdict == "failed"
    assert "WRONGPASS" in outcome.explanation
    assert PASSWORD not in repr(outcome)


def test_a_real_redis_lets_in_by_its_password():
    broker = servers.Broker(servers.redis_binary(), tcp=True).start()
    try:
        for sent in (["CONFIG", "SET", "requirepass", PASSWORD],):
            _say(broker.port, sent)
        probe = Redis.parse({"address": f"127.0.0.1:{broker.port}", "secret": "store"})
        right = asyncio.run(probe.run(policy=LOOPBACK, secret=SecretValue(PASSWORD)))
        wrong = asyncio.run(probe.run(policy=LOOPBACK, secret=SecretValue("another-password")))
        without = asyncio.run(replace(probe, secret="").run(policy=LOOPBACK))
    finally:
        broker.stop()
    assert (right.verdict, wrong.verdict, without.verdict) == ("passed", "failed", "failed")
    assert "WRONGPASS" in wrong.explanation
    assert "NOAUTH" in without.explanation


def _say(port, parts):
    async def story():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        words = "".join(f"${len(part)}\r\n{part}\r\n" for part in parts)
        writer.write(f"*{len(parts)}\r\n{words}".encode())
        assert await reader.readline() == b"+OK\r\n"
        writer.close()

    asyncio.run(story())


def test_the_exchange_is_that_of_the_rfc():
    exchange = Exchange(SecretValue("pencil"), nonce=b"rOprNGfwEbeRWgbNEkqO")
    exchange._bare = b"n=user,r=rOprNGfwEbeRWgbNEkqO"  # the example has a name, PostgreSQL has none
    sent = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    assert exchange.answered(sent) == (
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    exchange.require_proof(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
    with pytest.raises(NoProof, match="without proving"):
        exchange.require_proof(b"v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"r=another,s=c2FsdA==,i=4096",
        b"r=mine,s=c2FsdA==,i=4096",
        b"r=mine1,s=!!!!,i=4096",
        b"r=mine1,s=abcde,i=4096",
        b"r=mine1,s=c2FsdA==,i=0",
        b"r=mine1,s=c2FsdA==,i=100001",
        b"r=mine1,s=c2FsdA==,i=999999999",
        b"m=x,r=mine1,s=c2FsdA==,i=4096",
        b"r=mine1,s=c2FsdA==,i=4096,x=1",
    ],
)
def test_a_server_that_keeps_to_no_exchange_gets_no_proof(sent):
    with pytest.raises(NoProof):
        Exchange(SecretValue(PASSWORD), nonce=b"mine").answered(sent)


def test_every_exchange_has_a_nonce_of_its_own():
    assert Exchange(SecretValue(PASSWORD)).first != Exchange(SecretValue(PASSWORD)).first


class Server:
    """A PostgreSQL that asks for SCRAM-SHA-256 and knows a password; over TLS where it is given a context."""

    def __init__(self, password=PASSWORD, *, count=4096, lies=False, tls=None, after=b""):
        self.password, self.count, self.lies, self.tls_after, self.after = password, count, lies, tls, after

    async def __call__(self, reader, writer):
        if self.tls_after:
            assert len(await reader.readexactly(8)) == 8
            writer.write(b"S")
            await writer.drain()
            await writer.start_tls(self.tls_after)
        await reader.readuntil(BEGUN)
        writer.write(SASL)
        sent = (await self.heard(reader)).partition(b"n,,")[2]
        first = b"%sown,s=%s,i=%d" % (sent.partition(b",")[2], base64.b64encode(b"salt"), self.count)
        writer.write(message(b"R", b"\0\0\0\x0b" + first))
        final, _, proof = (await self.heard(reader)).rpartition(b",p=")
        salted = hashlib.pbkdf2_hmac("sha256", self.password.encode(), b"salt", self.count)
        together = b",".join((sent, first, final))
        key = hmac.digest(salted, b"Client Key", "sha256")
        mark = hmac.digest(hashlib.sha256(key).digest(), together, "sha256")
        if base64.b64decode(proof) != bytes(a ^ b for a, b in zip(key, mark, strict=True)):
            writer.write(message(b"E", b"SFATAL\0C28P01\0Mpassword authentication failed for user probe\0\0"))
            return
        signature = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), together, "sha256")
        signature = bytes(32) if self.lies else signature
        writer.write(message(b"R", b"\0\0\0\x0cv=" + base64.b64encode(signature)))
        writer.write(self.after or message(b"R", bytes(4)) + message(b"S", b"a\0b\0") + message(b"Z", b"I"))
        await writer.drain()
        await reader.read(5)

    @staticmethod
    async def heard(reader):
        head = await reader.readexactly(5)
        return await reader.readexactly(int.from_bytes(head[1:], "big") - 4)


def test_postgresql_lets_in_by_its_password():
    outcome = run("postgresql", Server(), conditions="signed_in == true\naccepts == true")
    assert outcome.verdict == "passed", outcome.explanation
    assert "signed in" in outcome.explanation


def test_postgresql_over_tls():
    outcome = run("postgresql", Server(tls=CONTEXT), **TLS)
    assert outcome.verdict == "passed", outcome.explanation
    assert outcome.request["expected"] == ["signed_in == true"]
    assert outcome.request["url"].endswith(" over TLS")


def test_a_wrong_password_of_postgresql_fails():
    outcome = run("postgresql", Server("another-password"))
    assert (outcome.verdict, outcome.response["code"]) == ("failed", "28P01")


NO_ROOM = message(b"R", bytes(4)) + message(b"E", b"SFATAL\0C53300\0Mtoo many connections\0\0")
SPOOFED = message(b"R", bytes(4)) + message(b"E", b"SFATAL\0C28000\0Msigned in\0\0")


@pytest.mark.parametrize(
    ("behave", "words"),
    [
        (Server(lies=True), "without proving that it knows the password"),
        (Server(count=MOST_ITERATIONS + 1), "at most 100,000"),
        (Server(after=NO_ROOM), "too many connections"),
        (Server(after=SPOOFED), "signed_in is false"),
        (Server(after=message(b"S", b"a\0b\0") * 200), "does not speak the PostgreSQL protocol"),
        (talking((BEGUN, SPOOFED)), "signed_in is false"),
        (talking((BEGUN, message(b"R", b"\0\0\0\3"))), "asks for a password"),
        (talking((BEGUN, message(b"R", b"\0\0\0\5salt"))), "asks for a password (MD5)"),
        (talking((BEGUN, message(b"R", b"\0\0\0\x0aPLAIN\0\0"))), "asks for a password (SCRAM)"),
        (talking((BEGUN, message(b"R", bytes(4)) + message(b"Z", b"I"))), "lets in"),
        (talking((BEGUN, SASL), (b"n,,", message(b"R", b"\0\0\0\x0bno"))), "keep to SCRAM"),
        (talking((BEGUN, SASL), (b"n,,", message(b"R", bytes(4)))), "does not speak the PostgreSQL protocol"),
        (talking((BEGUN, SASL), (b"n,,", message(b"E", b"SFATAL\0C28000\0Mno\0\0"))), "signed_in is false"),
    ],
)
def test_a_hostile_postgresql_never_counts_as_signed_in(behave, words):
    outcome = run("postgresql", behave)
    assert (outcome.verdict, words in outcome.explanation) == ("failed", True), outcome.explanation


def hears_no_password(begun):
    """A server that notes all it hears."""
    heard = bytearray()

    async def behave(reader, writer):
        await reader.readuntil(BEGUN)
        writer.write(begun)
        heard.extend(await reader.read(1000))

    return behave, heard


@pytest.mark.parametrize("method", [b"\0\0\0\3", b"\0\0\0\5salt", b"\0\0\0\x0aPLAIN\0\0"])
def test_a_password_is_sent_in_no_other_way(method):
    behave, heard = hears_no_password(message(b"R", method))
    run("postgresql", behave)
    assert bytes(heard) == b""


def test_a_real_postgresql_lets_in_by_its_password():
    server = servers.Postgres().start()

    async def relaying(reader, writer):
        reply, question = await asyncio.open_unix_connection(f"{server.folder}/.s.PGSQL.5432")

        async def pass_on(source, target):
            while piece := await source.read(4096):
                target.write(piece)
                await target.drain()
            target.close()

        await asyncio.gather(pass_on(reader, question), pass_on(reply, writer), return_exceptions=True)

    try:
        server.sql(f"CREATE ROLE probe LOGIN PASSWORD '{PASSWORD}'")
        hba = server.folder / "data" / "pg_hba.conf"
        hba.write_text("local all probe scram-sha-256\nlocal all all trust\n")
        server.sql("SELECT pg_reload_conf()")
        time.sleep(0.5)
        right = run("postgresql", relaying)
        wrong = run("postgresql", relaying, password="another-password")
        absent = run("postgresql", relaying, database="nowhere")
    finally:
        server.stop()
    assert right.verdict == "passed", right.explanation
    assert (wrong.verdict, wrong.response["code"]) == ("failed", "28P01")
    assert (absent.verdict, absent.response["code"]) == ("failed", "3D000")


HANGING = {
    "hangs": silent,
    "drips": dripping(b"", b"\x16"),
    "floods": flooding(b"", b"\x16\x03\x03\x00\x02\x01\x00" * 99),
    "speaks no TLS": answering(b"N", after=b""),
    "hangs in TLS": answering(b"S", after=b""),
}


@pytest.mark.parametrize("name", ["redis", "postgresql"])
@pytest.mark.parametrize("case", HANGING)
def test_a_server_that_does_not_agree_on_tls_gets_no_more_time_and_no_password(name, case):
    began = clock.seconds()
    outcome = run(name, HANGING[case], timeout_ms=LIMIT_MS, **TLS)
    assert (outcome.verdict, clock.seconds() - began <= LIMIT_MS / 1000 + 0.5) == ("failed", True)


@pytest.mark.parametrize("name", ["redis", "postgresql"])
def test_another_server_than_the_certificates_vouch_for_gets_no_password(name):
    behave = over_tls(silent, CONTEXT) if name == "redis" else Server(tls=CONTEXT)
    outcome = run(name, behave, tls=True, server_name="127.0.0.1")
    assert outcome.verdict == "failed"
    assert "certificate" in outcome.explanation


@pytest.mark.parametrize(
    ("kind", "settings", "to"),
    [
        (Redis, {}, Binding("redis", "store", 6379)),
        (Redis, TLS, Binding("rediss", "store", 6379)),
        (PostgreSql, {}, Binding("postgresql", "store", 6379)),
    ],
)
def test_a_secret_goes_where_it_is_bound_to(kind, settings, to):
    assert kind.parse({"address": "store:6379", "secret": "store"} | settings).destination == to


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (Redis, {"user": "probe"}, "name the secret"),
        (Redis, {"user": "a\0", "secret": "s"}, "invisible"),
        (Redis, {"server_name": "other.example"}, "Switch it on"),
        (PostgreSql, {"authorities": AUTHORITIES}, "Switch it on"),
        (PostgreSql, {"tls": True, "authorities": "none"}, "no certificate"),
    ],
)
def test_bad_settings_are_refused(kind, settings, message):
    with pytest.raises(ValueError, match=message):
        kind.parse({"address": "store:6379"} | settings)
