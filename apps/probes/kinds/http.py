"""An HTTP request and what its answer must be like."""

import json
import re
import ssl
import unicodedata
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django import forms

from apps.core.wording import exact
from apps.probes import egress
from apps.probes.conditions import ANYTHING, NUMBER, TEXT, BadCondition, Condition, Value
from apps.probes.egress import Answer
from apps.probes.rules import Target, parse_target
from apps.secrets.rules import NAME_LENGTH, SecretValue

from .kind import Kind, setting
from .outcome import Reading, Text, read, shown

METHODS = ("GET", "HEAD")
BEARER, BASIC = "bearer", "basic"
SHOWN_HEADER = 500


@dataclass(frozen=True)
class Http(Kind):
    """Where and how to ask. The body is read in the charset that it declares, else as UTF-8.

    latency: from looking up the name to the last byte. certificate_days: how long the certificate is still valid.
    """

    LABEL = "HTTP request"
    FACTS = {
        "status": "Status",
        "bytes": "Body, bytes",
        "sha256": "SHA-256 of the body",
        "peer": "Answered by",
        "tls.version": "TLS",
        "tls.valid_until": "Certificate valid until",
        "headers.content-type": "Content-Type",
        "headers.location": "Location",
        "headers.server": "Server",
    }

    VALUES = {
        "status": NUMBER,
        "latency": "ms",
        "size": "B",
        "body": TEXT,
        "json": ANYTHING,
        "header": ANYTHING,
        "certificate_days": "d",
    }
    USUAL = "status in 200..299"

    url: str = setting(
        forms.CharField,
        label="Address",
        max_length=2000,
        widget=forms.URLInput(attrs={"placeholder": "https://example.com/health", "autocomplete": "off"}),
        help_text="Asked by a worker of this server. Everybody in the team can read it, so keep secrets out.",
    )
    method: str = setting(forms.ChoiceField, default="GET", choices=[(each, each) for each in METHODS])
    auth: str = setting(
        forms.ChoiceField,
        default="",
        label="Signs in",
        choices=[("", "not at all"), (BEARER, "with a bearer token"), (BASIC, "with a name and a password")],
    )
    user: str = setting(
        forms.CharField,
        default="",
        label="User name",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="For a name and a password; everybody in the team can read it.",
    )
    secret: str = setting(
        forms.CharField,
        default="",
        label="Secret",
        max_length=NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
        help_text="The name of a secret of the team, whose value is the token or the password.",
    )

    @property
    def target(self) -> Target:
        return parse_target(self.url)

    def asked(self) -> dict[str, str]:
        return {"method": self.method, "url": self.target.url}

    def problems(self) -> Iterator[tuple[str, str]]:
        if self.method not in METHODS:
            yield "method", f"A probe asks with {' or '.join(METHODS)}."
        yield from self._auth_problems()
        read = {name for condition in self._readable() for name in condition.names}
        if self.method == "HEAD" and read & {"body", "json", "size"}:
            yield "conditions", "HEAD brings no body to judge; ask with GET."
        if "certificate_days" in read and not self.url.lower().startswith("https:"):
            yield "conditions", "Only https:// addresses have a certificate."

    def _auth_problems(self) -> Iterator[tuple[str, str]]:
        if self.auth not in ("", BEARER, BASIC):
            yield "auth", f"A probe signs in by {BEARER} or {BASIC}, or not at all."
        if bool(self.auth) is not bool(self.secret):
            yield "secret", "To sign in takes both: how, and the name of the secret."
        if self.user and (
            self.auth != BASIC or ":" in self.user or not (self.user.isascii() and self.user.isprintable())
        ):
            yield "user", "A user name goes with a password; it is of ASCII letters, digits and signs, without a colon."

    def _readable(self) -> tuple[Condition, ...]:
        """Its conditions; none where they cannot be read, which is said elsewhere."""
        with suppress(BadCondition):
            return self.judges()
        return ()

    async def ask(self, *, secret: SecretValue | None = None, **way: Any) -> Reading:
        """Ask once, and read the answer."""
        way |= {"headers": self._authorization(secret), "secret": secret} if secret else {}
        return reading(await egress.fetch(self.target, method=self.method, **way), today=datetime.now(UTC))

    def _authorization(self, secret: SecretValue) -> list[tuple[str, str]]:
        """The only place where a secret goes: a header, never the address."""
        if self.auth == BEARER:
            return [("Authorization", f"Bearer {secret.reveal()}")]
        return [("Authorization", f"Basic {b64encode(f'{self.user}:{secret.reveal()}'.encode('ascii')).decode()}")]


def reading(answer: Answer, *, today: datetime) -> Reading:
    """What an answer measures."""
    location = _header(answer, "location")
    return Reading(
        answered=f"Answered {answer.status} in {answer.elapsed_ms} ms",
        values=_values(answer, today),
        response=_response(answer),
        hint=f"It points to {location}; probes do not follow." if location else "",
    )


def _values(answer: Answer, today: datetime) -> dict[str, Value]:
    text, doubt = _text(answer), _doubt(answer)
    values = {
        "status": Value(answer.status),
        "latency": Value(Decimal(answer.elapsed_ms) / 1000, "ms"),
        "size": Value(len(answer.body), "B", doubt="The rest of the body was not read." * answer.is_truncated),
        "body": Value(unicodedata.normalize("NFC", text.text), doubt=doubt),
        "json": _json(answer, text, doubt),
        "header": Value({name.lower(): _header(answer, name) for name, _ in answer.headers}),
    }
    if answer.certificate:
        left = _valid_until(answer.certificate) - today
        values["certificate_days"] = Value(Decimal(left.days) * 86_400, "d")
    return values


def _doubt(answer: Answer) -> str:
    """Why the body is not all that was sent, empty when it is."""
    text = _text(answer)
    if _is_packed(answer):
        return "The body came compressed although plain text was asked for, so it was not read."
    if answer.is_truncated:
        return f"Only the first {len(answer.body)} bytes of the body were read."
    if not text.charset:
        return "The body is in a charset that is not known here, so it was not read."
    return "" if text.is_whole else f"Parts of the body are no {text.charset} and were not read."


def _json(answer: Answer, text: Text, doubt: str) -> Value:
    """The body as JSON if it is declared as such: a number stays as exact as it was written."""
    declared = answer.header("content-type").partition(";")[0].strip().lower()
    if doubt or not re.search(r"[/+]json\Z", declared):
        what = f"as {shown(declared.encode())}" if declared else "without a type"
        return Value(None, doubt=doubt or f"The answer came {what}, so it was not read as JSON.")
    try:
        return Value(json.loads(text.text, parse_float=Decimal, parse_constant=_no_number))
    except (ValueError, RecursionError):
        return Value(None, doubt="The body says that it is JSON and is not.")


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _response(answer: Answer) -> dict[str, Any]:
    """What is stored of an answer."""
    headers = {name: _header(answer, name) for name in ("content-type", "location", "server") if answer.header(name)}
    facts: dict[str, Any] = {
        "status": answer.status,
        "bytes": len(answer.body),
        "sha256": answer.sha256,
        "is_truncated": answer.is_truncated,
        "peer": answer.peer,
        "snippet": "" if _is_packed(answer) else shown(answer.body, answer.header("content-type")),
        "headers": headers,
    }
    if answer.certificate:
        facts["tls"] = {"version": answer.tls, "valid_until": exact(_valid_until(answer.certificate), "minutes")}
    return facts


def _text(answer: Answer) -> Text:
    return read(answer.body, answer.header("content-type"), is_cut=answer.is_truncated)


def _header(answer: Answer, name: str) -> str:
    return shown(answer.header(name).encode())[:SHOWN_HEADER]


def _is_packed(answer: Answer) -> bool:
    return answer.header("content-encoding").strip().lower() not in ("", "identity")


def _valid_until(certificate: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
