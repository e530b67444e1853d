"""A mail server on a free port that speaks SMTP over a real socket, and can misbehave on purpose."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from django.test import override_settings

OK = b"250 fine"


@dataclass
class Mailbox:
    """What was taken, in order. `replies` by command are given instead of 250; `hang_up` ends the line after a command.

    A message is taken when the server has read its end, whether or not its answer arrives.
    """

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    replies: dict[str, bytes] = field(default_factory=dict)
    hang_up: set[str] = field(default_factory=set)

    @property
    def message_ids(self) -> list[str]:
        return [str(each["Message-ID"]) for each in self.taken]


class Session(socketserver.StreamRequestHandler):
    """One connection; `server.mailbox` is what it fills."""

    server: Any

    def handle(self) -> None:
        mailbox, to = self.server.mailbox, []
        self.wfile.write(b"220 mailbox\r\n")
        while line := self.rfile.readline(2000):
            verb = line[:4].strip().upper().decode("latin-1")
            if verb == "RCPT":
                to.append(line.decode().partition("<")[2].partition(">")[0])
            if verb == "DATA" and verb not in mailbox.replies:
                self.wfile.write(b"354 go on\r\n")
                mailbox.taken.append(self.read_message())
                mailbox.recipients.append(to)
                to = []
            if verb in mailbox.hang_up:
                return
            self.wfile.write(mailbox.replies.get(verb, b"221 bye" if verb == "QUIT" else OK) + b"\r\n")
            if verb == "QUIT":
                return

    def read_message(self) -> EmailMessage:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return message_from_bytes(b"".join(lines), policy=policy.default)


class Server(socketserver.ThreadingTCPServer):
    """Ends with its test."""

    allow_reuse_address, daemon_threads = True, True
    mailbox: Mailbox

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that is gone says nothing about a rule."""


@contextmanager
def mailbox_served(host: str = "127.0.0.1") -> Iterator[Mailbox]:
    """A mail server that Keyturn is told to use, until the block ends."""
    with Server((host, 0), Session, bind_and_activate=True) as server:
        server.mailbox = Mailbox(port=server.server_address[1])
        threading.Thread(target=server.serve_forever, name="mailbox", daemon=True).start()
        with override_settings(**reached_at(host, server.mailbox.port)):
            yield server.mailbox
        server.shutdown()


def reached_at(host: str, port: int) -> dict[str, Any]:
    """The settings of a Keyturn that sends by that server in the clear."""
    return {"EMAIL_HOST": host, "EMAIL_PORT": port, "DEFAULT_FROM_EMAIL": "Keyturn <keyturn@example.com>"}


def unused_port() -> int:
    """A port at which nobody answers."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])
