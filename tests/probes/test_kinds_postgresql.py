"""The PostgreSQL kind: what it makes of the first answer."""

import asyncio

import pytest

from apps.probes.kinds import PostgreSql
from tests import servers
from tests.probes.hostile import talking
from tests.probes.samples import BEGUN, message, run

READY = message(b"Z", b"I")


def error(code: bytes, words: bytes) -> bytes:
    return message(b"E", b"SFATAL\0VFATAL\0C" + code + b"\0M" + words + b"\0Fauth.c\0L1\0\0")


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"\0\0\0\0", "lets in"),
        (b"\0\0\0\3", "asks for a password"),
        (b"\0\0\0\5salt", "asks for a password (MD5)"),
        (b"\0\0\0\7", "asks for credentials"),
    ],
)
def test_whatever_way_in_it_offers_it_accepts(body, answer):
    outcome = run("postgresql", talking((BEGUN, message(b"R", body) + READY)))
    assert (outcome.verdict, outcome.response["answer"]) == ("passed", answer)


@pytest.mark.parametrize(
    ("code", "words", "verdict"),
    [
        (b"57P03", b"the database system is starting up", "failed"),
        (b"53300", b"sorry, too many clients already", "failed"),
        (b"28000", b'role "postgres" does not exist', "passed"),
        (b"3D000", b'database "postgres" does not exist', "passed"),
    ],
)
def test_an_error_accepts_only_where_it_is_about_who_asks(code, words, verdict):
    outcome = run("postgresql", talking((BEGUN, error(code, words))))
    assert (outcome.verdict, outcome.response["code"]) == (verdict, code.decode())
    assert words.decode() in outcome.explanation


def test_an_error_after_the_door_counts_too():
    full = message(b"R", bytes(4)) + error(b"53300", b"remaining connection slots are reserved")
    assert run("postgresql", talking((BEGUN, full))).verdict == "failed"


def test_the_code_can_be_asked_for():
    outcome = run("postgresql", talking((BEGUN, error(b"57P03", b"not now"))), conditions='code != "57P03"')
    assert outcome.verdict == "failed"


def test_it_says_who_asks_and_what_for():
    begun = b"user\0probe\0database\0shop\0application_name\0" + BEGUN
    outcome = run("postgresql", talking((begun, message(b"R", bytes(4)) + READY)), user="probe", database="shop")
    assert outcome.verdict == "passed"
    assert outcome.request["url"].endswith("/shop")


def test_another_protocol_is_named():
    outcome = run("postgresql", talking((BEGUN, b"HTTP/1.1 400 Bad Request\r\n")))
    assert outcome.explanation == "What answered does not speak the PostgreSQL protocol."


def test_a_real_one_accepts_until_it_is_stopped():
    server = servers.Postgres().start()

    async def relaying(reader, writer):
        reply, question = await asyncio.open_unix_connection(f"{server.folder}/.s.PGSQL.5432")
        question.write(await reader.read(1000))
        writer.write(await reply.read(1000))
        question.close()

    try:
        assert run("postgresql", relaying).verdict == "passed"
        nobody = run("postgresql", relaying, user="nobody-here")
        assert (nobody.verdict, nobody.response["code"]) == ("passed", "28000")
    finally:
        server.stop()
    assert run("postgresql", relaying).verdict == "failed"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "Write host and port"),
        ({"address": "db:5432", "user": "a\0b"}, "invisible characters"),
        ({"address": "db:5432", "database": "a\nb"}, "invisible characters"),
        ({"address": "db:5432", "conditions": "accepts < 5 s"}, "no limit of it"),
    ],
)
def test_a_bad_setting_is_refused_with_what_to_do(values, message):
    with pytest.raises(ValueError, match=message):
        PostgreSql.parse(values)
