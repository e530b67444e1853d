"""A server that repeats whatever it was signed in with, in every spelling it can think of."""

import asyncio
import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.probes.hostile import Behave, serving
from tests.secrets.spelling import ENCODINGS, SPELLINGS


def spelled(value: str) -> dict[str, str]:
    """The value in every spelling, each under its name."""
    plain = {name: spell(value) for name, spell in SPELLINGS.items()}
    return plain | {
        f"{name} {place}": encode(b"xy"[:place] + value.encode() + b"z").decode()
        for name, encode in ENCODINGS.items()
        for place in range(3)
    }


async def echoing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer as the path says: JSON of all spellings, the same in UTF-16, or something that is no HTTP."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    value = signed_in_with(head)
    answers = {"/json": whole, "/utf16": in_utf16, "/bad": no_http, "/short": short}
    path, _, place = head.split(" ")[1].partition("?")
    writer.write(at_the_end(path[1:], int(place), value) if place else answers[path](value))
    await writer.drain()


def signed_in_with(head: str) -> str:
    """The secret of a request."""
    kind, _, sent = next(line[15:] for line in head.split("\r\n") if line.startswith("Authorization: ")).partition(" ")
    return sent if kind == "Bearer" else base64.b64decode(sent).decode().partition(":")[2]


def whole(value: str) -> bytes:
    """An answer that has it in its headers, too."""
    body = json.dumps(spelled(value)).encode()
    headers = f"Content-Type: application/json\r\nServer: {value}\r\nLocation: /{value}\r\nX-{len(value)}: {value}\r\n"
    return f"HTTP/1.1 200 {value}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


def in_utf16(value: str) -> bytes:
    """A charset in which its bytes look otherwise."""
    body = f"you said {value} and {base64.b64encode(value.encode()).decode()}".encode("utf-16")
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-16\r\nConnection: close\r\n\r\n" + body


def at_the_end(charset: str, place: int, value: str) -> bytes:
    """The value in some charset behind so many characters, where what is shown of a body or a header may end."""
    header = b"Server: <meta charset=utf-7>" + in_charset("utf-7", "x" * 475 + value)
    declared = f"Content-Type: text/plain; charset={charset}\r\nConnection: close\r\n\r\n".encode()
    return b"HTTP/1.1 200 OK\r\n" + header + b"\r\n" + declared + in_charset(charset, "x" * place + value)


def in_charset(charset: str, text: str) -> bytes:
    """The text in bytes; of UTF-7 in those that no letter shows in."""
    if charset != "utf-7":
        return text.encode(charset)
    return b"+" + base64.b64encode(text.encode("utf-16-be")).rstrip(b"=") + b"-"


def no_http(value: str) -> bytes:
    """What a client complains about in words."""
    return f"HTTP/1.1 {value} what\r\n{value}\r\n\r\n".encode()


def short(value: str) -> bytes:
    """The value and nothing else, of which a digest would be enough to try guesses."""
    return f"HTTP/1.1 503 No\r\nContent-Type: text/plain\r\nContent-Length: {len(value)}\r\n\r\n{value}".encode()


@contextmanager
def server(behave: Behave) -> Iterator[int]:
    """Run it in a thread of its own; yields the port."""
    started, place = threading.Event(), dict[str, Any]()

    async def story() -> None:
        place["stop"], place["loop"] = asyncio.Event(), asyncio.get_running_loop()
        async with serving(behave) as port:
            place["port"] = port
            started.set()
            await place["stop"].wait()

    thread = threading.Thread(target=lambda: asyncio.run(story()))
    thread.start()
    started.wait()
    try:
        yield place["port"]
    finally:
        place["loop"].call_soon_threadsafe(place["stop"].set)
        thread.join()
