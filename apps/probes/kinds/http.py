"""An HTTP request and what its answer must be like."""

import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django import forms

from apps.core.wording import exact
from apps.probes import egress
from apps.probes.egress import Answer
from apps.probes.rules import Target, parse_target

from .kind import TEXT_LENGTH, Kind, setting, text_problems
from .outcome import Outcome, Text, read, shown

METHODS = ("GET", "HEAD")
SHOWN_HEADER = 500
_STATUSES = re.compile(r"[1-5][0-9]{2}(-[1-5][0-9]{2})?\Z")


@dataclass(frozen=True)
class Http(Kind):
    """What is asked and what is expected of the answer.

    expected: statuses and ranges separated by commas, "200-299, 304".
    contains: text that the body must contain, read in the charset that it declares, else as UTF-8.
    max_latency_ms: the limit for the whole answer, from looking up the name to the last byte.
    tls_days: how many days the certificate must still be valid.
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

    url: str = setting(
        forms.CharField,
        label="Address",
        max_length=2000,
        widget=forms.URLInput(attrs={"placeholder": "https://example.com/health", "autocomplete": "off"}),
        help_text="Asked by a worker of this server. Everybody in the team can read it, so keep secrets out.",
    )
    method: str = setting(forms.ChoiceField, default="GET", choices=[(each, each) for each in METHODS])
    expected: str = setting(
        forms.CharField,
        default="200-299",
        label="Expected status",
        max_length=100,
        help_text="200, or ranges: 200-299, 304. Redirects are not followed.",
    )
    contains: str = setting(
        forms.CharField,
        default="",
        label="Body contains",
        max_length=TEXT_LENGTH,
        help_text="Looked for in the first 256 KB.",
    )
    tls_days: int = setting(
        forms.IntegerField,
        default=0,
        label="Certificate lasts, days",
        min_value=1,
        max_value=3650,
        help_text="At least this many more days. Empty: any valid certificate.",
    )

    @classmethod
    def tidied(cls, values: dict[str, Any]) -> dict[str, Any]:
        return values | {"expected": ", ".join(values["expected"].replace(",", " ").split())}

    @property
    def target(self) -> Target:
        return parse_target(self.url)

    def asked(self) -> dict[str, str]:
        return {"method": self.method, "url": self.target.url}

    def expectations(self) -> list[str]:
        phrases = [f"status {self.expected}"]
        if self.contains:
            phrases.append(f"contains “{self.contains}”")
        if self.tls_days:
            phrases.append(f"certificate valid {self.tls_days} more days")
        return phrases

    def expects(self, status: int) -> bool:
        """Whether an answer with this status is as expected."""
        return any(first <= status <= last for first, last in self._ranges())

    def problems(self) -> Iterator[tuple[str, str]]:
        if self.method not in METHODS:
            yield "method", f"A probe asks with {' or '.join(METHODS)}."
        if not self.expected or not all(_STATUSES.match(part) for part in self.expected.split(", ")):
            yield "expected", "Write expected statuses like 200 or 200-299, 304."
        elif any(first > last for first, last in self._ranges()):
            yield "expected", "A range of statuses begins with the smaller number: 200-299."
        yield from text_problems("contains", self.contains)
        if self.contains and self.method == "HEAD":
            yield "contains", "HEAD brings no body to search; ask with GET or expect no text."
        if not 0 <= self.tls_days <= 3650:
            yield "tls_days", "The certificate can be asked to last between 1 and 3650 days."
        if self.tls_days and not self.url.lower().startswith("https:"):
            yield "tls_days", "Only https:// addresses have a certificate."

    async def ask(self, asked: Outcome, **way: Any) -> Outcome:
        """Ask once and compare the answer with what is expected."""
        answer = await egress.fetch(self.target, method=self.method, **way)
        return self.judged(answer, asked, today=datetime.now(UTC))

    def judged(self, answer: Answer, asked: Outcome, *, today: datetime) -> Outcome:
        """`asked` with what became of it."""
        return self.verdict(
            asked,
            elapsed_ms=answer.elapsed_ms,
            answered=f"Answered {answer.status}",
            response=_response(answer),
            failures=self._failures(answer, today),
            doubts=self._doubts(answer),
        )

    def _failures(self, answer: Answer, today: datetime) -> Iterator[str]:
        if not self.expects(answer.status):
            location = _header(answer, "location")
            elsewhere = f" It points to {location}; probes do not follow." if location else ""
            yield f"Answered {answer.status}, expected {self.expected}.{elsewhere}"
        text = _text(answer)
        if self.contains not in text and text.is_whole and not _is_packed(answer) and not answer.is_truncated:
            yield f"The body does not contain “{self.contains}”."
        if self.tls_days and answer.certificate:
            days = (_valid_until(answer.certificate) - today).days
            if days < self.tls_days:
                yield f"The certificate is valid for {days} more days, at least {self.tls_days} are expected."

    def _doubts(self, answer: Answer) -> Iterator[str]:
        if self.contains and _is_packed(answer):
            yield "The body came compressed although plain text was asked for, so it was not searched."
        elif self.contains not in (text := _text(answer)):
            if answer.is_truncated:
                yield f"“{self.contains}” is not in the first {len(answer.body)} bytes; the rest was not read."
            elif not text.charset:
                yield "The body is in a charset that is not known here, so it was not searched."
            elif not text.is_whole:
                yield f"“{self.contains}” was not found, but parts of the body are no {text.charset} and were not read."

    def _ranges(self) -> list[tuple[int, int]]:
        """The expected statuses as pairs (first, last)."""
        pairs = (part.partition("-") for part in self.expected.split(", "))
        return [(int(first), int(last or first)) for first, _, last in pairs]


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
