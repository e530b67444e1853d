"""What a probe asks, as pure functions: URLs, and when a schedule is due. No clock, no network, no Django."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from apps.core.hosts import HOST_LENGTH, host_of
from apps.core.shown import texts
from apps.zones.rules import QUEUE_LENGTH, IPAddress

DEFAULT_PORTS = {"http": 80, "https": 443}
URL_LENGTH = 2000
SHORTEST_MS, USUAL_MS, LONGEST_MS = 1_000, 10_000, 60_000  # how long a run may take
# Settings that say how answers are judged, not what is asked.
JUDGING = ("conditions", "timeout_ms", "failure_limit", "consecutive_successes")

NO_COMMANDS = (
    "Commands do not run on this Keyturn. Whoever runs it switches them on by KEYTURN_COMMANDS=1; docs/production.md "
    "says what their worker needs."
)

_PATH_UNQUOTED = "/%:@!$&'()*+,;=~"


class TargetRefused(ValueError):
    """A URL that no probe may ask; the message is a sentence for the person who wrote it."""


@dataclass(frozen=True)
class Target:
    """A URL taken apart: scheme http or https, host in ASCII (no brackets), port, path with query."""

    scheme: str
    host: str
    port: int
    path: str

    @cached_property
    def address(self) -> IPAddress | None:
        """The address, when the URL names one instead of a host."""
        try:
            return ip_address(self.host)
        except ValueError:
            return None

    @property
    def url(self) -> str:
        """The URL as it is asked."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"


def place_of(target: Target, queue: str | None) -> str:
    """Where a probe goes, as its breaker is called: host and port, and from which zone where that is not ours."""
    return f"{target.host.removesuffix('.')}:{target.port}" + (f" in {queue}" if queue else "")


PLACE_LENGTH = len(place_of(Target("https", "h" * HOST_LENGTH, 65535, "/"), "q" * QUEUE_LENGTH))


@lru_cache(maxsize=1024)
def parse_target(url: str) -> Target:
    """Take a URL apart. Raises TargetRefused for whatever two readers could understand differently."""
    if len(url) > URL_LENGTH:
        raise TargetRefused(f"The address is longer than {URL_LENGTH} characters.")
    if any(character.isspace() or not character.isprintable() or character == "\\" for character in url):
        raise TargetRefused("The address contains a space, a backslash or an invisible character; take it out.")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise TargetRefused("This is not a web address. Write it like https://example.com/health.") from error
    if parts.scheme not in DEFAULT_PORTS or not parts.netloc:
        raise TargetRefused("Write the whole address, beginning with http:// or https://.")
    if "@" in parts.netloc:
        raise TargetRefused("Leave user names and passwords out of the address; everybody in the team can read it.")
    return Target(parts.scheme, _host(parts), _url_port(parts), _path(parts))


def parse_address(text: str) -> Target:
    """Take host:port apart, for kinds that do not speak HTTP. Raises TargetRefused as for a URL."""
    if not re.search(r":[0-9]+\Z", text) or re.search(r"[/?#]", text):
        raise TargetRefused("Write host and port, like db.example.com:5432.")
    target = parse_target(f"http://{text}/")
    if not text.isascii():  # it is shown as it was typed, and another alphabet has letters that look the same
        raise TargetRefused(f"Write the name in plain letters, as it is looked up: {target.host}.")
    return target


def _path(parts: SplitResult) -> str:
    """Path and query, percent-encoded; the part after “#” is never sent."""
    path = quote(parts.path or "/", safe=_PATH_UNQUOTED)
    return f"{path}?{quote(parts.query, safe=_PATH_UNQUOTED + '?')}" if parts.query else path


def _host(parts: SplitResult) -> str:
    try:
        return host_of(re.sub(r":[0-9]*\Z", "", parts.netloc))
    except ValueError as error:
        raise TargetRefused(str(error)) from error


def _url_port(parts: SplitResult) -> int:
    try:
        if parts.port == 0:
            raise ValueError("nobody listens there")
        return parts.port or DEFAULT_PORTS[parts.scheme]
    except ValueError as error:
        raise TargetRefused("The port after “:” is a number from 1 to 65535.") from error


def setup_of(name: str, settings: Mapping[str, Any], zone: str | None = None) -> dict[str, str]:
    """What the form of a probe edits."""
    return texts(name=name, zone=zone, **{setting: value or "" for setting, value in settings.items()})


def schedule_of(seconds: int | None) -> dict[str, str]:
    """What the form of a schedule edits; seconds: None where a probe runs only when somebody asks."""
    return texts(interval=f"every {seconds} s" if seconds else "only when somebody asks")


def question_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a probe asks, of its configuration: runs that asked the same are compared, however they were judged."""
    return {setting: value for setting, value in config.items() if setting not in JUDGING}


def slot_of(now: datetime, seconds: int) -> datetime:
    """When the slot began that `now` is in, of a schedule that has one every so many seconds since 1970."""
    passed = int(now.timestamp())
    return datetime.fromtimestamp(passed - passed % seconds, UTC)
