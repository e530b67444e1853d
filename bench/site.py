"""Whom requests go to, and what they cost: Keyturn and, beside it, the bare application."""

import io
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.wsgi import get_wsgi_application

from apps.accounts.models import User

TOKEN = "k" * 32  # Django takes any secret of this shape, as long as cookie and header agree


@dataclass(frozen=True)
class Ask:
    """One request: a POST where there are `fields`, and the status its answer must have."""

    path: str
    fields: Mapping[str, str] | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def method(self) -> str:
        """GET or POST."""
        return "GET" if self.fields is None else "POST"

    @property
    def body(self) -> bytes:
        """The form as it is sent."""
        return urlencode(self.fields or {}).encode()

    def check(self, status: int, size: int) -> None:
        """Stop the bench at an answer that was not asked for: its speed would say nothing."""
        if status != self.status or (status == 200 and not size):
            raise SystemExit(f"{self.method} {self.path} answered {status} with {size} bytes")


class Visitor:
    """Somebody who is signed in; without a person, somebody who is not."""

    def __init__(self, person: User | None = None) -> None:
        self.person = person
        self.session = _session(person) if person else ""
        names = [f"{_cookie('SESSION')}={self.session}"] if person else []
        self.headers = {"Cookie": "; ".join([*names, f"{_cookie('CSRF')}={TOKEN}"]), "X-CSRFToken": TOKEN}


class Site(Protocol):
    """Both methods send `ask` so often, one after the other, and answer the CPU seconds of one."""

    def cpu(self, visitor: Visitor, ask: Ask, times: int = 1) -> float:
        """What Keyturn needs."""

    def bare(self, visitor: Visitor, ask: Ask, times: int = 1) -> float:
        """What the bare application needs."""


class InProcess:
    """Requests go straight into this process's WSGI application, which answers the references too."""

    def __init__(self) -> None:
        self.application: Callable[..., Any] = get_wsgi_application()

    def cpu(self, visitor: Visitor, ask: Ask, times: int = 1) -> float:
        """CPU seconds of this process for one answer, its body read to the end."""
        return sum(self._once(visitor, ask) for _ in range(times)) / times

    bare = cpu

    def _once(self, visitor: Visitor, ask: Ask) -> float:
        statuses: list[str] = []
        environ = _environ(visitor, ask)
        start = time.process_time()
        answer: Iterable[bytes] = self.application(environ, lambda status, *_: statuses.append(status))
        size = sum(len(chunk) for chunk in answer)
        taken = time.process_time() - start
        answer.close()  # type: ignore[attr-defined]
        ask.check(int(statuses[0][:3]), size)
        return taken


def _environ(visitor: Visitor, ask: Ask) -> dict[str, Any]:
    path, _, query = ask.path.partition("?")
    headers = {**visitor.headers, **ask.headers}
    return {
        "REQUEST_METHOD": ask.method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(ask.body)),
        "wsgi.input": io.BytesIO(ask.body),
        "wsgi.url_scheme": "http",
        "REMOTE_ADDR": "127.0.0.1",
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }


def _session(person: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def _cookie(kind: str) -> str:
    return str(getattr(settings, f"{kind}_COOKIE_NAME"))
