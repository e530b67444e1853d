"""An HTTP request as it was set up, and the answer at its end: sent once, and along redirects where that is wanted."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin

from apps.probes import egress
from apps.probes.egress import NOTHING, Response, Sent
from apps.probes.rules import Target, TargetRefused, parse_target

MOST_REDIRECTS = 3
MOST_HEADERS = 20
LONGEST_HEADER = 2000  # characters
REDIRECTS = (301, 302, 303, 307, 308)
HEADER = re.compile(
    r"(?P<name>[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}):[ \t]*(?P<value>[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?"
)
# About the connection, and what says how long a message is: these are the client's own.
OF_THE_CLIENT = {"host", "content-length", "transfer-encoding", "accept-encoding", "connection", "keep-alive", "te"}
OF_THE_CLIENT |= {"trailer", "upgrade", "expect", "proxy-connection", "proxy-authenticate"}
# Headers that carry credentials, by a word of their names: X-API-Key, PRIVATE-TOKEN, X-Vault-Token.
CREDENTIALS = re.compile(
    r"(?:.*[-_.])?(?:(?:proxy-)?auth(?:orization)?|cookie|tokens?|secrets?|passwords?|credentials?|session|"
    r"(?:api|access|subscription)[-_.]?keys?)(?:[-_.].*)?"
)
# A server that heeds these is asked by another method than the one that is shown and signed.
OVERRIDING = re.compile(r"x-http-method|(?:.*-)?method-override")


@dataclass(frozen=True)
class Request:
    """What is asked, what goes along, and whether redirects are followed."""

    target: Target
    method: str = "GET"
    sent: Sent = NOTHING
    follows: bool = False

    async def send(self, *, seconds: float, **way: Any) -> tuple[Response, tuple[str, ...]]:
        """The answer, with the time of all hops, and where redirects led. Raises an EgressError."""
        began, request, led = time.perf_counter(), self, list[str]()
        while True:
            left = max(seconds - (time.perf_counter() - began), 0.001)
            answer = await egress.fetch(request.target, method=self.method, sent=request.sent, seconds=left, **way)
            location = answer.header("location") if answer.status in REDIRECTS and self.follows else ""
            if not location:
                total = round((time.perf_counter() - began) * 1000) if led else answer.elapsed_ms
                return replace(answer, elapsed_ms=total), tuple(led)
            if len(led) == MOST_REDIRECTS:
                raise egress.NoAnswer(f"It redirects more than {MOST_REDIRECTS} times.")
            request = request.led_to(location)
            led.append(request.target.url)

    def led_to(self, location: str) -> "Request":
        """The request that follows a redirect; another origin hears nothing of what was set up for this one."""
        try:
            target = parse_target(urljoin(self.target.url, location))
        except (TargetRefused, ValueError) as error:
            raise egress.NoAnswer(f"It redirects to what no probe may ask: {error}") from error
        if (self.target.scheme, target.scheme) == ("https", "http"):
            raise egress.NoAnswer("It redirects from https to http, which no probe follows.")
        if self._origin(self.target) == self._origin(target):
            return replace(self, target=target)
        return Request(target, self.method, follows=True)

    @staticmethod
    def _origin(target: Target) -> tuple[str, str, int]:
        return target.scheme, target.host, target.port


def headers_of(text: str, body: str) -> tuple[tuple[str, str], ...]:
    """The headers of a text, one a line, and the type of the body if none of them says it."""
    found = [(each["name"], each["value"] or "") for each in map(HEADER.fullmatch, _lines(text)) if each]
    if body and "content-type" not in {name.lower() for name, _ in found}:
        found.append(("Content-Type", "application/json" if _is_json(body) else "text/plain; charset=utf-8"))
    return tuple(found)


def header_problems(text: str) -> Iterator[str]:
    """What is wrong with a text of headers."""
    lines = _lines(text)
    if len(lines) > MOST_HEADERS:
        yield f"A probe sends at most {MOST_HEADERS} headers of your own."
    for line in lines:
        match = HEADER.fullmatch(line)
        name = match["name"].lower() if match else ""
        if match is None or len(line) > LONGEST_HEADER:
            yield f"“{line[:40]}” is no header. Write a name, a colon and plain text, e.g. Accept: application/json."
        elif name in OF_THE_CLIENT:
            yield f"“{match['name']}” belongs to the connection, not to what is asked; take it out."
        elif OVERRIDING.fullmatch(name):
            yield f"“{match['name']}” has the server take it for another method; choose that method instead."
        elif CREDENTIALS.fullmatch(name):
            yield f"“{match['name']}” carries credentials, which the whole team could read here; sign in with a secret."


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
