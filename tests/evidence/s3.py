"""A small S3-compatible server: what a bucket holds, and whatever a hostile or tired one does."""

import time
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

BUCKET, KEY, SECRET = "files", "AKIATESTS", "a-secret-of-the-tests"


class Bucket:
    """Its objects by key, when each was stored, and how it behaves; requests are counted by method."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.stored: dict[str, datetime] = {}
        self.asked: list[str] = []
        self.pause = 0.0  # seconds between two bytes
        self.refuses = ""  # the code of an error
        self.is_away = False
        bucket = self

        class Handler(_Handler):
            held = bucket

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        """Be away: nothing listens there any more, and connections that are open get no answer."""
        self.is_away = True
        self.server.shutdown()
        self.server.server_close()

    def put(self, key: str, data: bytes, at: datetime | None = None) -> None:
        """Store an object, behind the application's back too."""
        self.objects[key], self.stored[key] = data, at or datetime.now(UTC)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever asked went away: tests ask that of them."""


class _Handler(BaseHTTPRequestHandler):
    held: Bucket
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        pass

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        if self.held.is_away:
            self.close_connection = True
            return False
        self.held.asked.append(self.command)
        parts = urlsplit(self.path)
        self.key, self.query = unquote(parts.path).removeprefix(f"/{BUCKET}").lstrip("/"), parse_qs(parts.query)
        return True

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if self._is_let_in():
            self.held.put(self.key, data)
            self._answer(200, b"", ETag='"x"')

    def do_GET(self) -> None:
        if not self._is_let_in():
            return
        if not self.key:
            self._answer(200, self._listing())
        elif self.key in self.held.objects:
            self._answer(200, self.held.objects[self.key])
        else:
            self._refuse(404, "NoSuchKey")

    def do_DELETE(self) -> None:
        if self._is_let_in():
            self.held.objects.pop(self.key, None)
            self._answer(204, b"")

    def _is_let_in(self) -> bool:
        if self.held.refuses:
            self._refuse(403, self.held.refuses)
        elif f"Credential={KEY}/" not in self.headers.get("Authorization", ""):
            self._refuse(403, "InvalidAccessKeyId")
        else:
            return True
        return False

    def _listing(self) -> bytes:
        begin = self.query.get("prefix", [""])[0]
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>{self.held.stored[key]:%Y-%m-%dT%H:%M:%S.000Z}"
            f"</LastModified><Size>{len(data)}</Size></Contents>"
            for key, data in sorted(self.held.objects.items())
            if key.startswith(begin)
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>".encode()

    def _refuse(self, status: int, code: str) -> None:
        self._answer(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())

    def _answer(self, status: int, data: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Last-Modified": format_datetime(datetime.now(UTC), usegmt=True), **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        step = 1 if self.held.pause else len(data) or 1
        for start in range(0, len(data), step):
            self.wfile.write(data[start : start + step])
            time.sleep(self.held.pause)
