"""An HTTP request and what its answer must be like."""

import json
import re
import ssl
import time
import unicodedata
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django import forms

from apps.core.wording import exact
from apps.probes import egress
from apps.probes.conditions import ANYTHING, NUMBER, TEXT, BadCondition, Condition, Value
from apps.probes.conditions.values import visible, written_number
from apps.probes.egress import Response, Sent
from apps.probes.rules import Target, parse_target
from apps.secrets.rules import NAME_LENGTH, SecretValue

from . import trust
from .exchange import MOST_REDIRECTS, Request, header_problems, headers_of
from .kind import Kind, setting
from .outcome import Reading, Text, read, repeats, shown

READING = ("GET", "HEAD", "OPTIONS")
METHODS = (*READING, "POST", "PUT", "PATCH", "DELETE")
BEARER, BASIC = "bearer", "basic"
SHOWN_HEADER = 500
MOST_IN_A_BURST = 50
LIMITED = 429


@dataclass(frozen=True)
class Http(Kind):
    """Where and how to ask. The body is read in the charset that it declares, else as UTF-8.

    latency: from looking up the name to the last byte of the last answer, redirects included. second_latency: of the
    same once more, asked only where a condition is about it. certificate_days: how long the certificate is still valid.
    burst: how often to ask in a row; statuses: what each was answered, limited: how many of them with 429.
    """

    LABEL = "HTTP request"
    ABOUT = "status, time, headers, body, certificate of a web address"
    FACTS = {
        "status": "Status",
        "bytes": "Body, bytes",
        "sha256": "SHA-256 of the body",
        "peer": "Answered by",
        "tls.version": "TLS",
        "tls.valid_until": "Certificate valid until",
        "headers.content-type": "Content-Type",
        "headers.location": "Location",
        "ended_at": "Redirected to",
        "statuses": "Statuses of the burst",
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
        "redirects": NUMBER,
        "second_latency": "ms",
        "statuses": ANYTHING,
        "limited": NUMBER,
    }
    USUAL = "status in 200..299"

    url: str = setting(
        forms.CharField,
        label="Address",
        max_length=2000,
        widget=forms.URLInput(attrs={"placeholder": "https://example.com/health", "autocomplete": "off"}),
        help_text="Asked by a worker of this server. Everybody in the team can read it, so keep secrets out.",
    )
    method: str = setting(
        forms.ChoiceField,
        default="GET",
        choices=[(each, each) for each in METHODS],
        help_text="POST, PUT, PATCH and DELETE change things where they are sent, at every run and every try.",
    )
    headers: str = setting(
        forms.CharField,
        default="",
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text="One a line: Accept: application/json. Credentials are a secret, below.",
    )
    content: str = setting(
        forms.CharField,
        default="",
        label="Body",
        max_length=20_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="Sent with POST, PUT, PATCH and DELETE.",
    )
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
    follows: bool = setting(
        forms.BooleanField,
        default=False,
        label="Follow redirects",
        help_text=f"At most {MOST_REDIRECTS}, never from https to http. Another host gets none of your headers.",
    )
    burst: int = setting(
        forms.IntegerField,
        default=0,
        label="Requests in a row",
        min_value=0,
        max_value=MOST_IN_A_BURST,
        help_text="To see a limit: 429 in statuses. One if empty.",
    )
    server_name: str = trust.server_name()
    authorities: str = trust.authorities()

    @property
    def target(self) -> Target:
        return parse_target(self.url)

    def asked(self) -> dict[str, str]:
        return {"method": self.method, "url": self.target.url}

    @property
    def is_safe(self) -> bool:
        return self.method in READING

    def problems(self) -> Iterator[tuple[str, str]]:
        if self.method not in METHODS:
            yield "method", f"A probe asks with one of {', '.join(METHODS)}."
        yield from self._auth_problems()
        yield from (("headers", problem) for problem in header_problems(self.headers))
        if visible(self.content.replace("\r", "")) != self.content.replace("\r", ""):
            yield "content", "The body has a character that nobody sees. Take it out, or write it as \\u200b in JSON."
        if self.content and self.method in READING:
            yield "content", f"{self.method} sends no body; take it out, or choose POST."
        if self.follows and self.method not in READING:
            yield "follows", "Redirects are followed with GET, HEAD and OPTIONS only."
        if not 0 <= self.burst <= MOST_IN_A_BURST:
            yield "burst", f"A probe asks at most {MOST_IN_A_BURST} times in a row."
        yield from trust.problems(self.server_name, self.authorities)
        if not self.url.lower().startswith("https:") and (self.server_name or self.authorities):
            yield "authorities" if self.authorities else "server_name", "Only https:// addresses agree on TLS."
        yield from (("conditions", problem) for problem in self._condition_problems())

    def _auth_problems(self) -> Iterator[tuple[str, str]]:
        if self.auth not in ("", BEARER, BASIC):
            yield "auth", f"A probe signs in by {BEARER} or {BASIC}, or not at all."
        if bool(self.auth) is not bool(self.secret):
            yield "secret", "To sign in takes both: how, and the name of the secret."
        if self.user and (
            self.auth != BASIC or ":" in self.user or not (self.user.isascii() and self.user.isprintable())
        ):
            yield "user", "A user name goes with a password; it is of ASCII letters, digits and signs, without a colon."

    def _condition_problems(self) -> Iterator[str]:
        """What its conditions ask that it does not measure."""
        if self.method == "HEAD" and self._judged & {"body", "json", "size"}:
            yield "HEAD brings no body to judge; ask with GET."
        if "certificate_days" in self._judged and not self.url.lower().startswith("https:"):
            yield "Only https:// addresses have a certificate."
        if "second_latency" in self._judged and self.method not in READING:
            yield f"second_latency asks twice, and {self.method} changes things."
        if self._judged & {"statuses", "limited"} and self.burst < 2:
            yield "Say how many requests in a row; statuses and limited are about them."

    @property
    def _judged(self) -> set[str]:
        """The values that its conditions are about."""
        return {name for condition in self._readable() for name in condition.names}

    def _readable(self) -> tuple[Condition, ...]:
        """Its conditions; none where they cannot be read, which is said elsewhere."""
        with suppress(BadCondition):
            return self.judges()
        return ()

    def request(self, secret: SecretValue | None) -> Request:
        """What is sent."""
        headers = headers_of(self.headers, self.content) + (self._authorization(secret) if secret else ())
        sent = Sent(headers, self.content.encode(), egress.trusting(self.authorities), self.server_name, secret)
        return Request(self.target, self.method, sent, self.follows)

    async def ask(self, *, secret: SecretValue | None = None, **way: Any) -> Reading:
        """Ask, read the answer, and ask again where that is wanted; all of it within the time of one."""
        ends, request = time.perf_counter() + way["seconds"], self.request(secret)
        answer, led = await request.send(**way)
        made = reading(answer, today=datetime.now(UTC), led=led, secret=secret)
        values, response = {**made.values}, {**made.response}
        if "second_latency" in self._judged:
            second = await _again(request, ends, way)
            values["second_latency"] = Value(Decimal(second.elapsed_ms) / 1000, "ms")
        if self.burst > 1:
            statuses = [answer.status, *[(await _again(request, ends, way)).status for _ in range(self.burst - 1)]]
            values |= {"statuses": Value(statuses), "limited": Value(statuses.count(LIMITED))}
            response["statuses"] = " ".join(map(str, statuses))
        return replace(made, values=values, response=response)

    def _authorization(self, secret: SecretValue) -> tuple[tuple[str, str], ...]:
        """The only place where a secret goes: a header, never the address."""
        if self.auth == BEARER:
            return (("Authorization", f"Bearer {secret.reveal()}"),)
        return (("Authorization", f"Basic {b64encode(f'{self.user}:{secret.reveal()}'.encode('ascii')).decode()}"),)


async def _again(request: Request, ends: float, way: dict[str, Any]) -> Response:
    left = ends - time.perf_counter()
    if left <= 0:
        raise egress.NoAnswer("Not all requests were answered in time.")
    answer, _ = await request.send(**way | {"seconds": left})
    return answer


def reading(
    answer: Response, *, today: datetime, led: tuple[str, ...] = (), secret: SecretValue | None = None
) -> Reading:
    """What an answer measures. led: where redirects led. secret: what is masked in what is stored of it."""
    location = _header(answer, "location")
    return Reading(
        answered=f"Answered {answer.status} in {answer.elapsed_ms} ms",
        values={**_values(answer, today), "redirects": Value(len(led))},
        response={**_response(answer, secret), **({"ended_at": led[-1]} if led else {})},
        hint=f"It points to {location}, which this probe does not follow." if location else "",
    )


def _values(answer: Response, today: datetime) -> dict[str, Value]:
    text, doubt = _text(answer), _doubt(answer)
    values = {
        "status": Value(answer.status),
        "latency": Value(Decimal(answer.elapsed_ms) / 1000, "ms"),
        "size": Value(len(answer.body), "B", doubt="The rest of the body was not read." * answer.is_truncated),
        "body": Value(unicodedata.normalize("NFC", text.text), doubt=doubt),
        "json": _json(answer, text, doubt),
        "header": Value(_headers(answer)),
    }
    if answer.certificate:
        left = _valid_until(answer.certificate) - today
        values["certificate_days"] = Value(Decimal(left.days) * 86_400, "d")
    return values


def _doubt(answer: Response) -> str:
    """Why the body is not all that was sent, empty when it is."""
    text = _text(answer)
    if _is_packed(answer):
        return "The body came compressed although plain text was asked for, so it was not read."
    if answer.is_truncated:
        return f"Only the first {len(answer.body)} bytes of the body were read."
    if not text.charset:
        return "The body is in a charset that is not known here, so it was not read."
    return "" if text.is_whole else f"Parts of the body are no {text.charset} and were not read."


def _json(answer: Response, text: Text, doubt: str) -> Value:
    """The body as JSON if it is declared as such: a number stays as exact as it was written."""
    declared = answer.header("content-type").partition(";")[0].strip().lower()
    if doubt or not re.search(r"[/+]json\Z", declared):
        what = f"as {_shown(declared)}" if declared else "without a type"
        return Value(None, doubt=doubt or f"The answer came {what}, so it was not read as JSON.")
    try:
        return Value(json.loads(text.text, parse_float=written_number, parse_constant=_no_number))
    except (ValueError, RecursionError):
        return Value(None, doubt="The body says that it is JSON and is not.")


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _response(answer: Response, secret: SecretValue | None) -> dict[str, Any]:
    """What is stored of an answer."""
    headers = {name: _header(answer, name) for name in ("content-type", "location", "server") if answer.header(name)}
    facts: dict[str, Any] = {
        "status": answer.status,
        "bytes": len(answer.body),
        "sha256": "" if _repeats(answer, secret) else answer.sha256,
        "is_truncated": answer.is_truncated,
        "peer": answer.peer,
        "snippet": "" if _is_packed(answer) else _snippet(answer, secret),
        "headers": headers,
    }
    if answer.certificate:
        facts["tls"] = {"version": answer.tls, "valid_until": exact(_valid_until(answer.certificate), "minutes")}
    return facts


def _snippet(answer: Response, secret: SecretValue | None) -> str:
    return shown(answer.body, answer.header("content-type"), secret=secret, is_cut=answer.is_truncated)


def _repeats(answer: Response, secret: SecretValue | None) -> bool:
    return repeats(answer.body, answer.header("content-type"), secret, is_cut=answer.is_truncated)


def _text(answer: Response) -> Text:
    return read(answer.body, answer.header("content-type"), is_cut=answer.is_truncated)


def _header(answer: Response, name: str) -> str:
    return _shown(answer.header(name))


def _shown(value: str) -> str:
    """A header as it came, in no charset but its own: what egress masked stays masked."""
    return visible(value)[:SHOWN_HEADER]


def _headers(answer: Response) -> dict[str, str]:
    """The first value of each header, in one pass: a hostile answer has ten thousand of them."""
    first = {name.lower(): value for name, value in reversed(answer.headers)}
    return {name: _shown(value) for name, value in reversed(first.items())}


def _is_packed(answer: Response) -> bool:
    return answer.header("content-encoding").strip().lower() not in ("", "identity")


def _valid_until(certificate: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
