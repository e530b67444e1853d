"""The figures and how they are taken."""

import io
import statistics
import time
from types import SimpleNamespace
from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.wsgi import get_wsgi_application
from django.middleware.csrf import _get_new_csrf_string

from apps.accounts.models import User
from apps.boards.selectors import board as kept
from apps.boards.selectors import drawing
from apps.deployments import commands
from apps.deployments.models import Deployment
from apps.records import commands as commands_of_records
from apps.records import tasks
from apps.records.states import State
from bench.stage import digest_shown, stage

SIZES = (250, 1000)
ROUNDS = 15
GOALS = {"unchanged": 2.0, "after a change": 5.0, "first": 25.0}


class Browser:
    """A signed-in person who asks for pages in full: no validators, one request at a time."""

    def __init__(self, person: User) -> None:
        self.application = get_wsgi_application()
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.save()
        self.token = _get_new_csrf_string()
        self.cookie = f"{_cookie_name('SESSION')}={session.session_key}; {_cookie_name('CSRF')}={self.token}"

    def get(self, path: str) -> float:
        """CPU seconds of one GET answered 200 with its whole body."""
        return self._ask("GET", path, b"", 200)

    def post(self, path: str, status: int, **fields: str) -> float:
        """CPU seconds of one POST answered with `status`."""
        return self._ask("POST", path, urlencode(fields).encode(), status)

    def _ask(self, method: str, path: str, body: bytes, wanted: int) -> float:
        said: list[str] = []
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "HTTP_HOST": "localhost",
            "HTTP_COOKIE": self.cookie,
            "HTTP_X_CSRFTOKEN": self.token,
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "wsgi.url_scheme": "http",
        }
        start = time.process_time()
        answer = self.application(environ, lambda status, *_: said.append(status))  # type: ignore[arg-type]
        size = sum(len(chunk) for chunk in answer)
        taken = time.process_time() - start
        answer.close()
        if not said[0].startswith(str(wanted)) or (wanted == 200 and not size):
            raise SystemExit(f"{method} {path} answered {said[0]} with {size} bytes")
        return taken


def main() -> int:
    """Take every figure and print it beside its goal; 1 when one is missed."""
    made = stage(SIZES)
    browser = Browser(made.lead)
    missed = 0
    for size in SIZES:
        missed += _boards(browser, made, made.boards[size], size)
    missed += _signing(made, made.boards[SIZES[1]])
    missed += _line("record of 250 items, CPU seconds", _record(made.lead, made.boards[250]), 6.0)
    return 1 if missed else 0


def _boards(browser: Browser, made: SimpleNamespace, board: Deployment, size: int) -> int:
    page, raw = f"/t/pay/deployments/{board.number}/", f"/bench/raw/{board.id}/"
    items = board.items.order_by("number")[:ROUNDS]
    taken: dict[str, list[float]] = {name: [] for name in ("raw", "one", *GOALS)}
    browser.get(page), browser.get(raw)
    for item in items:
        taken["raw"] += [browser.get(raw) for _ in range(3)]
        taken["one"].append(browser.get("/bench/one/"))
        taken["unchanged"] += [browser.get(page) for _ in range(3)]
        _change(board, item.number, made)
        taken["after a change"].append(browser.get(page))
        _forget()
        taken["first"].append(browser.get(page))
    middle = {name: statistics.median(times) for name, times in taken.items()}
    print(f"# {size} items: raw {middle['raw'] * 1000:.1f} ms, one {middle['one'] * 1000:.1f} ms CPU")
    return sum(_line(f"board {size} {name}", middle[name] / middle["raw"], goal) for name, goal in GOALS.items())


def _signing(made: SimpleNamespace, board: Deployment) -> int:
    browser = Browser(made.reviewer)
    items = list(board.items.filter(sign_off__signatures=None).order_by("number")[: 3 * ROUNDS])
    changed, signed = [], []
    for item in items:
        changed.append(browser.post(f"/bench/change/{item.id}/", 200))
        sign = f"/t/pay/deployments/{board.number}/items/{item.number}/sign/"
        signed.append(browser.post(sign, 302, shown=digest_shown(item), intent=str(uuid4()), confirm="on"))
    return _line("sign with its ledger entry", statistics.median(signed) / statistics.median(changed), 3.0)


def _record(person: User, board: Deployment) -> float:
    """CPU seconds of the second record: what a worker pays once it has loaded the engine."""
    taken = 0.0
    for _ in range(2):
        record = commands_of_records.request_record(board, by=person)
        start = time.process_time()
        tasks.render_record(str(record.id), record.attempt)
        taken = time.process_time() - start
        record.refresh_from_db()
        if record.state != State.FILED:
            raise SystemExit(f"the record is {record.state}: {record.error}")
    return taken


def _change(board: Deployment, number: int, made: SimpleNamespace) -> None:
    owner = made.reviewer if board.items.get(number=number).owner_id == made.member.id else made.member
    commands.assign_items(board, by=made.lead, numbers=[number], owner=owner)


def _forget() -> None:
    """As after a start: nothing drawn is kept."""
    for store in (kept.BODIES, drawing.PIECES):
        store.clear()


def _line(name: str, figure: float, goal: float) -> int:
    print(f"{name:40} {figure:6.2f}  goal ≤ {goal:g}{'' if figure <= goal else '  MISSED'}", flush=True)
    return int(figure > goal)


def _cookie_name(kind: str) -> str:
    return str(getattr(settings, f"{kind}_COOKIE_NAME"))
