"""Forty planted secrets, looked for in whatever a run of tests writes or shows, until its end.

Tests that store the value of a secret store one of PLANTED, whose values all begin with MARK. What a run writes to a
database, shows on a page, prints, or gives to a broker passes `SEARCH` (tests/searched.py), and so do database, files
and broker of every Keyturn that a story started. One hit, and the run fails at its end, with the test that it came
from. UNMASKED are for tests that take the masks off: these have to be found, or the search finds nothing.
"""

import json
import os
import random
import re
import sqlite3
import string
import subprocess
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import redis

from tests import servers
from tests.secrets.spelling import forms_of

if TYPE_CHECKING:
    from tests.journeys.standing import Stand

COUNT = 40
MARK, UNMASKED_MARK = "q7Zk4Xw9v", "p3Ls8Nd5u"
WRITING = ("INSERT", "UPDATE")
PDF = re.compile(r"\\x(25504446[0-9a-f]+)|X'(25504446[0-9a-f]+)'", re.IGNORECASE)  # as pg_dump and SQLite write bytes
STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)


def values(mark: str) -> list[str]:
    """Values of all lengths and signs that begin with `mark`, the same in every run."""
    chosen = random.Random(5)
    return [mark + "".join(chosen.choices(string.printable[:94] + " ", k=place)) + "~Z" for place in range(COUNT)]


PLANTED, UNMASKED = values(MARK), values(UNMASKED_MARK)
FORMS = sorted(forms_of(MARK) | {"\0".join(MARK.lower())})


class Search:
    """What was looked through: texts by place, the tests in which a planted secret was found, and what was unmasked."""

    def __init__(self) -> None:
        self.texts: Counter[str] = Counter()
        self.hits: defaultdict[str, set[str]] = defaultdict(set)
        self.unmasked: Counter[str] = Counter()

    def search_text(self, place: str, text: str, test: str = "") -> None:
        """Look through a text of that place; bytes come as Latin-1."""
        self.texts[place] += 1
        low = text.lower()
        if any(form in low for form in FORMS):
            self.hits[place].add(test or os.environ.get("PYTEST_CURRENT_TEST", "what comes before and after tests"))
        self.unmasked[place] += UNMASKED_MARK.lower() in low

    def search_bytes(self, place: str, data: bytes) -> None:
        """The same for bytes; a PDF as people read it, and unpacked."""
        self.search_text(place, data.decode("latin-1"))
        if data.startswith(b"%PDF"):
            self.search_text("pdf", read_pdf(data))

    def summary(self) -> str:
        """One line, and one more for each place where something was found."""
        places = ", ".join(f"{count:,} × {place}" for place, count in sorted(self.texts.items()))
        found = "".join(f"\n  in {place}: {', '.join(sorted(tests))}" for place, tests in self.hits.items())
        return f"canaries: {COUNT} planted, looked for in {places or 'nothing'}: {'FOUND' if found else 'none'}{found}"


SEARCH = Search()


def read_pdf(data: bytes) -> str:
    """The words of a PDF, and every part of it that can be unpacked."""
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=data, capture_output=True, check=False)
    found = [done.stdout.decode(errors="replace")]
    for part in STREAM.findall(data):
        with suppress(zlib.error):
            found.append(zlib.decompress(part).decode("latin-1"))
    return "\n".join(found)


def search_write(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    """Looks through what is written to a database; for `execute_wrappers`."""
    if sql.startswith(WRITING) and params:
        rows = params if many else [params]
        texts, place = [], "ledger" if "ledger_" in sql[:40] else "rows"
        for param in (one for row in rows for one in row):
            held = getattr(param, "obj", param)  # psycopg wraps JSON and bytes
            if isinstance(held, bytes | bytearray | memoryview):
                SEARCH.search_bytes(place, bytes(held))
            elif isinstance(held, str):
                texts.append(held)
            elif isinstance(held, dict | list):
                texts.append(json.dumps(held, default=str))
        SEARCH.search_text(place, "\n".join(texts))
    return execute(sql, params, many, context)


def write_down_all(broker: servers.Broker) -> None:
    """Have a broker write down every message from here on: it keeps no other trace of those that were taken."""
    with closing(redis.Redis.from_url(broker.url)) as client:
        client.config_set("appendonly", "yes")


def search_broker(broker: servers.Broker) -> None:
    """Looks through what a broker that runs writes down of all that it holds."""
    with closing(redis.Redis.from_url(broker.url)) as client:
        client.config_set("rdbcompression", "no")
        client.save()
    search_files("broker", broker.folder)


def search_files(place: str, folder: Path) -> None:
    """Looks through every file below a folder, but for static ones."""
    for path in folder.rglob("*"):
        if path.is_file() and "static" not in path.relative_to(folder).parts:
            SEARCH.search_bytes(place, path.read_bytes())


def search_stand(stand: "Stand") -> None:
    """Looks through what a Keyturn leaves that has ended: its database, its files with what it printed, its broker."""
    search_files("files", stand.site.folder)
    if stand.database and stand.redis:
        search_dump(stand.database.dump())
        search_broker(stand.redis)
    else:
        for path in (stand.site.folder / "data").glob("*.sqlite3"):
            with closing(sqlite3.connect(path)) as database:
                search_dump("\n".join(database.iterdump()))


def search_dump(dump: str) -> None:
    """Looks through a database as text, and through the PDFs in it."""
    SEARCH.search_text("dump", dump)
    for found in PDF.finditer(dump):
        SEARCH.search_text("pdf", read_pdf(bytes.fromhex(found[1] or found[2])))


def found(text: str, among: Iterable[str]) -> list[str]:
    """Those values that are in a text, in a spelling or in base64; found without what masks them."""
    low = text.lower()
    return [value for value in among if any(form in low for form in forms_of(value))]
