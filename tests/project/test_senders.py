"""Who is told apart before a page asks who is signed in."""

from typing import Any

import pytest
from django.conf import settings
from django.core.signing import get_cookie_signer

from apps.accounts.rules import tries_key
from project.senders import sender

KNOWN, SESSION = settings.KNOWN_COOKIE_NAME, settings.SESSION_COOKIE_NAME


def cookie_of(username: str, random: str) -> str:
    """What signing in leaves in a browser."""
    return str(get_cookie_signer(salt=KNOWN).sign(f"{tries_key('', username)}.{random}"))


def sent(*cookies: str, address: str = "10.0.0.9") -> dict[str, Any]:
    """A request with these headers of cookies."""
    return {"client": (address, 5), "headers": [(b"cookie", each.encode()) for each in cookies]}


def test_a_person_is_the_same_one_from_wherever_and_in_whatever_session() -> None:
    first = sender(sent(f"{KNOWN}={cookie_of('mara', 'a')}; {SESSION}=1"))
    assert first == sender(sent(f"{SESSION}=2", f"{KNOWN}={cookie_of('Mara', 'b')}", address="10.0.0.7"))
    assert first != sender(sent(f"{KNOWN}={cookie_of('tomas', 'a')}; {SESSION}=1"))
    assert first[1] == ""


@pytest.mark.parametrize("made_up", ["", "x", "mara.x:1:y", cookie_of("mara", "a")[:-1], f'"{cookie_of("mara", "a")}"'])
def test_who_makes_up_a_person_is_their_network(made_up: str) -> None:
    assert sender(sent(f"{KNOWN}={made_up}; {SESSION}=1")) == ("10.0.0.9", "1")
    assert sender(sent(f"{SESSION}=1; x{KNOWN}={cookie_of('mara', 'a')}")) == ("10.0.0.9", "1")


@pytest.mark.parametrize("session", ["a b", "x" * 301, 'a"b', ""])
def test_a_session_that_is_none_of_ours_is_none(session: str) -> None:
    """What nobody bounded would be held as a key."""
    assert sender(sent(f"a=1;;; ;{SESSION}={session}")) == ("10.0.0.9", "")
