"""Whatever opens a connection is known: probes by egress, all else to Keyturn's own database and broker alone."""

import ast
import re

import pytest

from tests.house import source
from tests.house.source import ROOT, name

# What opens connections, or can: modules of the standard library and of packages that are or might be installed.
NETWORK = re.compile(
    r"(socket|socketserver|http\.client|http\.server|urllib\.request|ftplib|smtplib|imaplib|poplib|nntplib|telnetlib|"
    r"xmlrpc|asyncio\.streams|httpcore|httpx|h2|requests|urllib3|aiohttp|anyio|trio|websockets?|paramiko|asyncpg|"
    r"django\.core\.mail|psycopg|psycopg2|redis|valkey|kombu|pymongo|grpc|boto3|botocore|storages|dns\.(\w*query|\w*resolver)|ldap3?|stomp|nats)\b"
)
# Calls that open one without an import of their own.
OPENING = {"open_connection", "create_connection", "open_unix_connection", "create_datagram_endpoint", "getaddrinfo"}
EGRESS = "asks for probes, within the policy: tests/probes/test_packets.py counts what it connects to"
MAIL = "talks to the mail server that the operator names, and to nothing that people of a team write"
BROKER = "talks to Keyturn's own broker"
STORAGE = "talks to the file storage that the operator names, and to nothing that people of a team write"
CLIENTS = {
    "apps/evidence/objects.py": STORAGE,
    "apps/core/mail.py": MAIL,
    "apps/probes/egress/__init__.py": EGRESS,
    "apps/probes/egress/allowed.py": EGRESS,
    "apps/probes/egress/network.py": EGRESS,
    "apps/probes/egress/tls.py": EGRESS,
    "apps/live/notes.py": BROKER,
    "apps/live/presence.py": BROKER,
    "apps/live/publish.py": BROKER,
    "apps/live/stream.py": BROKER,
    "project/broker.py": BROKER,
    "project/concurrency.py": BROKER,
    "project/transport.py": BROKER,
    "project/celery.py": BROKER,
    "project/alive.py": "asks the web server of its own container whether it answers",
    "project/embedded.py": "asks the web server that it started itself whether it answers, and whether a port is free",
    "project/protocol.py": "is asked, and asks nobody",
}


def opens(path) -> set[str]:
    """What of a file can open a connection."""
    found = set()
    for node in source.walk(path, ast.Import, ast.ImportFrom, ast.Call, ast.Attribute):
        match node:
            case ast.Import(names=names):
                found |= {each.name for each in names if NETWORK.match(each.name)}
            case ast.ImportFrom(module=str(module), names=names, level=0):
                found |= {f"{module}.{each.name}" for each in names if NETWORK.match(f"{module}.{each.name}")}
                found |= {module} if NETWORK.match(module) else set()
            case ast.Call(func=ast.Name(id="import_module"), args=[ast.Constant(value=str(module))]):
                found |= {module} if NETWORK.match(module) else set()
            case ast.Attribute(attr=attr) if attr in OPENING:
                found.add(attr)
    return found


def clients() -> dict[str, set[str]]:
    files = [*source.files("apps"), *source.files("project")]
    return {name(path): found for path in files if (found := opens(path))}


def test_every_client_is_known():
    new = {path: found for path, found in clients().items() if path not in CLIENTS}
    assert not new, (
        f"{new} can open connections. Ask by egress.fetch or egress.connect, and join tests/probes/test_packets.py; "
        "or say in CLIENTS to whom of Keyturn's own it talks"
    )


def test_no_client_is_listed_that_is_none():
    assert sorted(CLIENTS.keys() - clients().keys()) == []


@pytest.mark.parametrize(
    "text",
    [
        "import httpx", "import urllib.request", "from urllib import request", "from urllib.request import urlopen",
        "import dns.resolver", "from dns import asyncquery", "import smtplib", "from django.core import mail",
        "import socket as s", "import psycopg",
        "import asyncio\nasyncio.open_connection('x', 1)", "from http import client", "loop.create_connection(f, 'x')",
        "import_module('boto3.session')",
    ],
)  # fmt: skip
def test_another_one_is_found(text, tmp_path):
    path = tmp_path / "another.py"
    path.write_text(text)
    assert opens(path)


def test_what_asks_for_probes_is_counted():
    assert (ROOT / "tests" / "probes" / "test_packets.py").exists()
