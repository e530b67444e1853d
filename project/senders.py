"""Who sent a request, as far as that is known before a page asks who is signed in."""

import re
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, get_cookie_signer

from apps.accounts.rules import network

LONGEST = 16 * 1024  # bytes of cookies that are searched, for the event loop does it: a head may have 64 KB
COOKIE = rb"(?:^|;) *%s=([\w:.-]{1,300})(?:;|$)"  # of the length and the characters of those that we make


def sender(scope: dict[str, Any]) -> tuple[str, str]:
    """(person, "") where somebody signed in with that browser, whom the signature of its cookie names.

    Otherwise (network, session): the session may be made up, the network may be that of a whole office.
    """
    cookies = b"; ".join(value for name, value in scope["headers"] if name == b"cookie")[:LONGEST]
    if person := _person(_value(cookies, settings.KNOWN_COOKIE_NAME)):
        return person, ""
    client = scope.get("client") or ("", 0)
    return network(client[0]), _value(cookies, settings.SESSION_COOKIE_NAME)


def _person(known: str) -> str:
    """What names the person in the cookie that signing in leaves (accounts.views); empty where it is not ours."""
    name, age = settings.KNOWN_COOKIE_NAME, settings.KNOWN_COOKIE_AGE
    try:
        return get_cookie_signer(salt=name).unsign(known, max_age=age).partition(".")[0] if known else ""
    except BadSignature:
        return ""


def _value(cookies: bytes, name: str) -> str:
    found = re.search(COOKIE % re.escape(name.encode()), cookies)
    return found[1].decode("latin-1") if found else ""
