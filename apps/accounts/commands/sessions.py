"""Where somebody is signed in: noted when they sign in, ended one by one or all but one."""

from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from apps.accounts import events, permissions
from apps.accounts.models import OpenSession, User
from apps.core.errors import WrongState
from apps.core.permissions import require
from apps.ledger import commands as ledger

from .parts import end_sessions

HERE, SEEN = "open_session", "seen_at"  # of Django's session: which row it has, and when that row was written last
SEEN_EVERY = timedelta(minutes=5)
GONE = "This session has ended already."


def begin_session(session: SessionBase, *, by: User, address: str, agent: str, means: str = "password") -> OpenSession:
    """Note where somebody signed in a moment ago, so that they find and end it; that they did is recorded already.

    session: Django's, whose key is new. agent: what the browser says it is.
    """
    if not session.session_key:
        session.create()
    now = timezone.now()
    live = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now)
    OpenSession.objects.filter(~Exists(live), person=by).delete()  # those that ran out
    row = OpenSession.objects.create(
        person=by,
        session_key=session.session_key or "",
        address=address[:64],
        agent=agent[:200],
        means=means,
        seen_at=now,
    )
    session[HERE], session[SEEN] = str(row.pk), now.isoformat()
    return row


def note_session(session: SessionBase, *, by: User, address: str) -> None:
    """Note that it is used, once in five minutes; and its key, where that changed."""
    now, seen = timezone.now(), session.get(SEEN)
    if seen is None or now - datetime.fromisoformat(seen) < SEEN_EVERY:
        return
    session[SEEN] = now.isoformat()
    OpenSession.objects.filter(pk=session[HERE], person=by).update(seen_at=now, address=address[:64])


def move_session(session: SessionBase, *, by: User) -> None:
    """The session of this browser goes on under another key, as after a change of the password."""
    if HERE in session:
        OpenSession.objects.filter(pk=session[HERE], person=by).update(session_key=session.session_key)


@transaction.atomic
def end_session(session: OpenSession, *, by: User) -> None:
    """End one session: it stops with its next click, and what was signed in it stays signed."""
    require(permissions.end_session(by, session))
    ended, _ = OpenSession.objects.filter(pk=session.pk).delete()
    if not ended:
        raise WrongState(GONE)
    Session.objects.filter(session_key=session.session_key).delete()
    event = events.SessionEnded(since=session.since, address=session.address, agent=session.agent)
    ledger.record(ledger.INSTANCE, event, by=by)


@transaction.atomic
def end_other_sessions(*, by: User) -> int:
    """End all sessions of somebody but the one they act in; returns how many."""
    require(permissions.end_other_sessions(by))
    count = end_sessions(by, but=by.session_key)
    ledger.record(ledger.INSTANCE, events.SessionsEnded(count=count), by=by)
    return count
