"""Settings from the environment. A missing or bad value ends in a sentence that names the variable."""

import builtins
import os
import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from email.utils import getaddresses
from ipaddress import ip_network
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true"}
FALSE = {"0", "false"}
SHOWN = 60
SCHEMES = {
    "postgresql": ("postgres", "postgresql"),
    "redis": ("redis", "rediss", "unix"),
    "mail": ("smtp", "smtps"),
}
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
OURS = "KEYTURN_"
NOT_A_SETTING = "KEYTURN_TEST_"  # chooses how the tests run
DATABASE_OPTIONS = {"host", "sslmode", "sslrootcert", "sslcert", "sslkey", "application_name"}


_asked: set[str] = set()


class Misconfigured(ImproperlyConfigured):
    """A variable that Keyturn cannot start with; the message names it and says what to do."""


class Required(NamedTuple):
    """The default of a variable that has none; `why` says when it must be set, `example` what to write."""

    why: str
    example: str


PORTS = {"https": 443, "http": 80}


def text(name: str, default: Any = "", *, check: Callable[[str], object] | None = None) -> str:
    """The value of `name` without surrounding blanks; `check` raises ValueError on a value it turns down."""
    _asked.add(name)
    value = os.environ.get(name, "").strip()
    if not value:
        return _default(name, default)
    if check is not None:
        try:
            check(value)
        except ValueError as error:
            raise _bad(name, value, str(error)) from error
    return value


def bool(name: str, default: "builtins.bool | Required" = False) -> builtins.bool:
    """1 or 0 (also true, false); anything else is refused rather than guessed."""
    value = text(name).lower()
    if not value:
        return _default(name, default)
    if value not in TRUE | FALSE:
        raise _bad(name, value, "Write 1 or 0.")
    return value in TRUE


def int(name: str, default: "builtins.int | Required", *, least: builtins.int, most: builtins.int) -> builtins.int:
    """A whole number from `least` to `most`."""
    value = text(name)
    if not value:
        return _default(name, default)
    # Not int(): that takes "1_000", "١٢" and "+5" too.
    if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= builtins.int(value) <= most:
        raise _bad(name, value, f"Write a whole number from {least} to {most}.")
    return builtins.int(value)


def list(
    name: str, default: "Iterable[str] | Required" = (), *, check: Callable[[str], object] = str
) -> builtins.list[str]:
    """Values separated by commas; `check` raises ValueError on one it turns down."""
    value = text(name)
    if not value:
        return builtins.list(_default(name, default))
    entries = [entry.strip() for entry in value.split(",")]
    for entry in entries:
        try:
            check(entry)
        except ValueError as error:
            raise _bad(name, entry or value, str(error)) from error
    return entries


def choice(name: str, default: str, allowed: Iterable[str]) -> str:
    """One of the `allowed` words."""
    value = text(name, default)
    if value not in allowed:
        raise _bad(name, value, f"Write one of {', '.join(allowed)}.")
    return value


def path(name: str, default: Any) -> Path:
    """A path, made absolute; `~` is not expanded, a NUL is refused."""
    value = text(name)
    if not value:
        return _default(name, default)
    if "\0" in value or value.startswith("~"):
        raise _bad(name, value, "Write the whole path, beginning with /.")
    return Path(value).absolute()


def secret(name: str, default: Any, *, least: builtins.int = 40) -> str:
    """A secret from `name`, or from the file that `name`_FILE names; at least `least` characters."""
    value, file = text(name), text(f"{name}_FILE")
    if value and file:
        raise Misconfigured(f"{name} and {name}_FILE are both set. Keep one of them.")
    if file:
        value = _content(f"{name}_FILE", file)
    if not value:
        if file:
            raise _bad(f"{name}_FILE", file, "The file is empty. Put a long random text into it.")
        return _default(name, default)
    if len(value) < least or len(set(value)) < 10:
        shown = f"{name}_FILE" if file else name
        raise Misconfigured(f"{shown} is too short or too plain. Write at least {least} random characters.")
    return value


def file(path: Path) -> str:
    """The text of a file that may be missing."""
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def url(name: str, kind: str, default: Any = "") -> str:
    """A URL whose scheme belongs to `kind` ("postgresql" or "redis"); passwords are never shown in a refusal."""
    value = text(name)
    if not value:
        return _default(name, default)
    parts, schemes = _split(name, value), SCHEMES[kind]
    if parts.scheme not in schemes:
        raise _bad(name, _masked(value), f"Begin it with {' or '.join(f'{scheme}://' for scheme in schemes)}.")
    if kind == "redis" and parts.scheme == "unix" and not parts.path.startswith("/"):
        raise _bad(name, _masked(value), "Write unix:///path/to/the.sock.")
    if kind == "redis" and parts.scheme != "unix":
        if not parts.hostname:
            raise _bad(name, _masked(value), "It names no host: write redis://host:6379/0.")
        if not re.fullmatch(r"/?|/[0-9]{1,3}", parts.path):
            raise _bad(name, _masked(value), "After the last / belongs the number of the database, such as 0.")
    return value


def origin(name: str, default: str) -> str:
    """The scheme, host and port that pages are reached at, without a slash at the end."""
    value = text(name, default).rstrip("/")
    if not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+", value):
        raise _bad(name, value, "Write scheme and host alone, such as https://keyturn.example.com.")
    return value


def endpoint(value: str) -> None:
    """Refuse what is no address of S3-compatible storage: scheme, host and port alone."""
    if not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+", value):
        raise ValueError("Write scheme and host alone, such as https://s3.example.com.")


def prefix(value: str) -> None:
    """Refuse what is no beginning of keys in file storage: letters, digits and dashes, with slashes between."""
    if not re.fullmatch(r"[A-Za-z0-9-]+(/[A-Za-z0-9-]+)*", value) or len(value) > 60:
        raise ValueError("Write letters, digits and dashes, such as keyturn or pay/keyturn; at most 60 characters.")


def issuer(value: str) -> None:
    """Refuse what is no issuer of a sign-in service: https without a query, or a service on this machine."""
    parts = urlsplit(value)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1"))
    if not is_safe or not parts.hostname or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("Write the issuer as the service gives it, beginning with https://.")


def rp_id(origin: str) -> str:
    """The name that passkeys are bound to: the host of an origin, and localhost for the addresses of this machine."""
    host = urlsplit(origin).hostname or ""
    return "localhost" if host in ("127.0.0.1", "::1") else host


def passkey_origin(origin: str) -> str:
    """Where the pages are that may ask for passkeys: no browser asks for them at an address in numbers."""
    parts = urlsplit(origin)
    return f"{parts.scheme}://{rp_id(origin)}" + (f":{parts.port}" if parts.port else "")


def database(name: str, default: Any = "") -> dict[str, Any] | None:
    """Django's keys for the PostgreSQL that a URL names, or None when it is not set.

    The host may be in the query: postgresql:///keyturn?host=/run/postgresql is a unix socket.
    """
    value = url(name, "postgresql", default)
    if not value:
        return None
    parts = _split(name, value)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(set(options) - DATABASE_OPTIONS)
    if unknown:
        raise _bad(name, unknown[0], f"Keyturn knows these options: {', '.join(sorted(DATABASE_OPTIONS))}.")
    if options.get("sslmode", "prefer") not in SSL_MODES:
        raise _bad(name, options["sslmode"], f"sslmode is one of {', '.join(SSL_MODES)}.")
    base = unquote(parts.path.removeprefix("/"))
    if not base or "/" in base:
        raise _bad(name, _masked(value), "It names no database: write postgresql://user:password@host:5432/keyturn.")
    return {
        "NAME": base,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }


def mail(name: str) -> dict[str, Any]:
    """Django's settings for the mail server that a URL names, from `name` or the file `name`_FILE; {} without one.

    smtps:// is TLS from the first byte, smtp:// is STARTTLS; `?tls=off` sends in the clear, and so without a password.
    """
    value, path = text(name), text(f"{name}_FILE")
    if value and path:
        raise Misconfigured(f"{name} and {name}_FILE are both set. Keep one of them.")
    if path:
        name = f"{name}_FILE"
        value = _content(name, path)
    if not value:
        return {}
    parts = _split(name, value)
    options = parse_qsl(parts.query, keep_blank_values=True)
    if parts.scheme not in SCHEMES["mail"] or not parts.hostname or parts.path.strip("/"):
        raise _bad(name, _masked(value), "Write smtps://user:password@host:465 or smtp://user:password@host:587.")
    if options not in ([], [("tls", "off")]) or (options and parts.scheme == "smtps"):
        raise _bad(name, _masked(value), "After the host it takes nothing but ?tls=off, with smtp:// alone.")
    if options and parts.password:
        raise _bad(name, _masked(value), "With ?tls=off the password would travel in the clear. Use smtps://.")
    implicit = parts.scheme == "smtps"
    return {
        "EMAIL_HOST": unquote(parts.hostname),
        "EMAIL_PORT": parts.port or (465 if implicit else 25 if options else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": implicit,
        "EMAIL_USE_TLS": not implicit and not options,
    }


def address(value: str) -> None:
    """Raise ValueError unless `value` is one mail address, with or without a name before it."""
    shape = r"[^@\s<>,;]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
    found = getaddresses([value])
    if not value.isprintable() or len(found) != 1 or not re.fullmatch(shape, found[0][1]):
        raise ValueError("Write one mail address, such as Keyturn <keyturn@example.com>.")


def services(*named: dict[str, Any] | str | None) -> builtins.list[tuple[str, builtins.int]]:
    """(host, port) of databases as `database` reads them, of brokers and storage by URLs, without unix sockets."""
    found = set()
    for each in named:
        if isinstance(each, str):
            parts = urlsplit(each)
            found.add((parts.hostname or "", parts.port or PORTS.get(parts.scheme, 6379)))
        elif each:
            found |= {(host, builtins.int(each["PORT"] or 5432)) for host in str(each["HOST"]).split(",")}
    return sorted((host, port) for host, port in found if host and not host.startswith("/"))


def refuse_unknown() -> None:
    """Raise Misconfigured on a variable of ours that no setting asked for: a typing error must not pass silently."""
    for name in sorted(set(os.environ) - _asked):
        if name.startswith(OURS) and not name.startswith(NOT_A_SETTING):
            near = get_close_matches(name, _asked, 1)
            meant = f"Did you mean {near[0]}?" if near else "Unset it."
            raise Misconfigured(f"{name} is set, and Keyturn knows no such setting. {meant}")


def host(value: str) -> None:
    """Raise ValueError unless `value` is a host name, possibly with a leading dot, or an address."""
    if not re.fullmatch(r"\.?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]", value):
        raise ValueError("Write host names as in the address bar, separated by commas: no scheme, port or *.")


def network(value: str) -> None:
    """Raise ValueError unless `value` is an address or a network."""
    try:
        ip_network(value)
    except ValueError as error:
        raise ValueError("Write addresses or networks separated by commas, such as 10.0.0.0/8.") from error


def _split(name: str, value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        _ = parts.port  # raises when it is no number
    except ValueError as error:
        raise _bad(name, _masked(value), "The host or the port cannot be read.") from error
    return parts


def _content(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise _bad(name, path, f"It cannot be read ({error}). Name a file this user may read.") from error


def _masked(value: str) -> str:
    return re.sub(r"^(\w+://)?.*@", r"\1…@", value, flags=re.DOTALL)  # a password may hold any of /, : and @


def _default(name: str, default: Any) -> Any:
    if isinstance(default, Required):
        raise Misconfigured(f"{name} is missing. {default.why} For example: {name}={default.example}")
    return default


def _bad(name: str, value: str, advice: str) -> Misconfigured:
    shown = "".join(letter if letter.isprintable() else "?" for letter in value)
    return Misconfigured(f"{name} is “{shown[:SHOWN]}{'…' * (len(shown) > SHOWN)}”. {advice}")
