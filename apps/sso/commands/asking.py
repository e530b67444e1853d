"""Asking the sign-in service, and taking what it answered: each question counts once, in one browser, for minutes."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import Stale, WrongState
from apps.core.permissions import require
from apps.factors.commands import Evidence
from apps.factors.commands.confirming import confirm
from apps.ledger.commands import Actor
from apps.sso import permissions, rules
from apps.sso.models import Asked, Identity
from apps.sso.rules import Purpose

from . import provider

HELD = "sso_asked"  # of Django's session: the question that this browser asked, and what comes back with the answer
TOO_LATE = "This answer fits no question that this browser asked within ten minutes. Begin again."
TURNED_DOWN = "The sign-in service turned it down, or you did. Try again, or sign in another way."


@dataclass(frozen=True)
class Answer:
    """What the service answered to a question: who it is at its issuer. `take_answer` makes it, and nothing else."""

    asked: Asked
    issuer: str
    subject: str


def ask_provider(
    purpose: Purpose, session: SessionBase, *, by: Actor, evidence: Evidence | None = None, **of: Any
) -> Asked:
    """Note a question to the service, for the browser of that session; `leave_for` says where it is sent.

    evidence: that it is whoever is signed in, before they link their account.
    """
    require(permissions.sign_in_by_identity())
    if purpose == Purpose.LINK:
        assert isinstance(by, User)
        require(permissions.link_identity(by, linked=Identity.objects.filter(person=by).exists()))
        confirm(evidence or Evidence(), by=by)
        of["person"] = by
    return _ask(purpose, session, of)


@transaction.atomic
def _ask(purpose: Purpose, session: SessionBase, of: dict[str, Any]) -> Asked:
    now = timezone.now()
    Asked.objects.filter(ends_at__lt=now).delete()
    state = secrets.token_urlsafe(32)
    asked = Asked.objects.create(
        purpose=purpose, state=_digest(state), nonce=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(48),
        ends_at=now + rules.ANSWERED_WITHIN, **of,
    )  # fmt: skip
    session[HELD] = {"id": str(asked.pk), "state": state}
    return asked


def leave_for(session: SessionBase, *, by: Actor) -> str:
    """The address of the service that this browser is sent to with what it asked."""
    held: Mapping[str, str] | None = session.get(HELD)
    asked = Asked.objects.filter(pk=held["id"], ends_at__gt=timezone.now()).first() if held else None
    if held is None or asked is None:
        raise Stale(TOO_LATE)
    return rules.question(
        provider.endpoints(), provider.configured(), state=held["state"], nonce=asked.nonce, verifier=asked.verifier,
        back=back(),
    )  # fmt: skip


def take_answer(given: Mapping[str, str], session: SessionBase, *, by: Actor) -> Answer:
    """What the service answered, once: the question is asked no more, whatever comes of it."""
    asked = _taken(session.get(HELD) or {}, given.get("state", ""))
    session.pop(HELD)
    if given.get("error") or not given.get("code"):
        raise WrongState(TURNED_DOWN)
    if given.get("iss") not in (None, settings.KEYTURN_OIDC_ISSUER):  # RFC 9207
        raise WrongState(provider.NO_ANSWER)
    subject = provider.subject(given["code"], verifier=asked.verifier, nonce=asked.nonce, back=back())
    return Answer(asked, settings.KEYTURN_OIDC_ISSUER, subject)


@transaction.atomic
def _taken(held: Mapping[str, str], state: str) -> Asked:
    fits = bool(held) and secrets.compare_digest(held["state"].encode(), state.encode())
    asked = Asked.objects.filter(pk=held["id"], state=_digest(state)).first() if fits else None
    taken, _ = Asked.objects.filter(pk=asked.pk).delete() if asked else (0, {})
    if asked is None or not taken or asked.ends_at <= timezone.now():
        raise Stale(TOO_LATE)
    return asked


def back() -> str:
    """Where the service sends a browser back to."""
    return f"{settings.KEYTURN_URL}{reverse('sso:answer')}"


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
