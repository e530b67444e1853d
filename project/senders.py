"""Who sent a request, as far as that is known before a page asks who is signed in."""

from typing import Any

from django.conf import settings
from django.http import parse_cookie

from apps.accounts.rules import network


def sender(scope: dict[str, Any]) -> tuple[str, str]:
    """(network, session) of a request: the session may be made up, the network may be that of a whole office."""
    client = scope.get("client") or ("", 0)
    cookies = "; ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie")
    return network(client[0]), parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME, "")
