"""Who is on the way in, and where somebody is signed in."""

import re
from datetime import datetime
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.utils import timezone

from apps.accounts.models import OpenSession, User
from apps.accounts.rules import SECOND_STEP_WITHIN

SECOND_STEP = "second_step"  # of Django's session: who typed their password and was asked for a second factor
BROWSERS = (
    ("Edge", r"\bEdgA?/"), ("Opera", r"\bOPR/"), ("Firefox", r"\b(Firefox|FxiOS)/"), ("Chrome", r"\b(Chrome|CriOS)/"),
    ("Safari", r"\bSafari/"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", r"\biPhone\b"), ("iPad", r"\biPad\b"), ("Android", r"\bAndroid\b"), ("Windows", r"\bWindows\b"),
    ("macOS", r"\bMac OS X\b"), ("ChromeOS", r"\bCrOS\b"), ("Linux", r"\bLinux\b"),
)  # fmt: skip


def second_step_of(person: User, now: datetime) -> dict[str, str]:
    """What the session remembers of somebody between their password and their second factor."""
    ends_at = now + SECOND_STEP_WITHIN
    return {"person": str(person.pk), "hash": person.get_session_auth_hash(), "ends_at": ends_at.isoformat()}


def waiting_person(held: dict[str, str] | None, now: datetime) -> User | None:
    """Who typed their password minutes ago and still has the same one; None where nobody waits."""
    if not held or datetime.fromisoformat(held["ends_at"]) <= now:
        return None
    person = User.objects.filter(pk=held["person"], is_active=True).first()
    return person if person and person.get_session_auth_hash() == held["hash"] else None


def second_step_page(person: User) -> dict[str, Any]:
    """Which second factors somebody has."""
    types = person.second_factors
    return {
        "waiting": person,
        "has": {"codes": "totp" in types, "passkeys": "webauthn" in types, "recovery": "recovery_codes" in types},
    }


def sessions_of(person: User) -> list[OpenSession]:
    """Where they are signed in, used last first, each with `.browser` in words; one query."""
    live = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=timezone.now())
    found = [*OpenSession.objects.filter(Exists(live), person=person).order_by("-seen_at", "pk")]
    for session in found:
        session.browser = browser_of(session.agent)  # type: ignore[attr-defined]
        session.is_here = session.session_key == person.session_key  # type: ignore[attr-defined]
    return sorted(found, key=lambda session: session.session_key != person.session_key)


def browser_of(agent: str) -> str:
    """A browser in words, by what it says it is: “Firefox on Linux”."""
    browser = next((name for name, pattern in BROWSERS if re.search(pattern, agent)), "A browser")
    system = next((name for name, pattern in SYSTEMS if re.search(pattern, agent)), "")
    return f"{browser} on {system}" if system else browser
