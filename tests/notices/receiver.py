"""A receiver of webhooks on a free port, over real HTTP, that can misbehave on purpose."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.test import override_settings


@dataclass
class Receiver:
    """What came, in order: (path, headers, body). `status` and `raw` are what it answers; `seconds` how late."""

    port: int = 0
    came: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    status: int = 200
    raw: bytes = b""
    seconds: float = 0.0
    location: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/T0/B0/very-secret-path"


class Handler(BaseHTTPRequestHandler):
    """One post."""

    server: Any

    def do_POST(self) -> None:
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        receiver.came.append((self.path, dict(self.headers), body))
        time.sleep(receiver.seconds)
        if receiver.raw:
            self.wfile.write(receiver.raw)
            return
        self.send_response(receiver.status)
        if receiver.location:
            self.send_header("Location", receiver.location)
        self.end_headers()
        self.wfile.write(self.path.encode() * 100)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that this instance may reach, until the block ends."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        receiver = server.receiver = Receiver(port=server.server_address[1])  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, name="receiver", daemon=True).start()
        with override_settings(KEYTURN_PROBE_ALLOW=f"127.0.0.1:{receiver.port}"):
            yield receiver
        server.shutdown()
