"""An HTTP request and what its answer must be like."""

import re
import ssl
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from apps.probes import egress
from apps.probes.egress import Answer
from apps.probes.rules import Policy, Target, parse_target

from .outcome import FAILED, INCONCLUSIVE, PASSED, BadSetting, Outcome, shown

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
METHODS = ("GET", "HEAD")
SHOWN_HEADER = 500
_STATUSES = re.compile(r"[1-5][0-9]{2}(-[1-5][0-9]{2})?\Z")


@dataclass(frozen=True)
class Config:
    """What is asked and what is expected of the answer; 0 and "" expect nothing.

    expected: statuses and ranges separated by commas, "200-299, 304".
    contains: text that the body (UTF-8) must contain.
    max_latency_ms: the limit for the whole answer, from looking up the name to the last byte.
    tls_days: how many days the certificate must still be valid.
    """

    url: str
    method: str = "GET"
    expected: str = "200-299"
    contains: str = ""
    max_latency_ms: int = 0
    timeout_ms: int = 10_000
    tls_days: int = 0

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> "Config":
        """Read stored or typed values. Raises BadSetting with a sentence for the person who typed them."""
        if unknown := set(values) - set(cls.__dataclass_fields__):
            raise ValueError(f"An HTTP probe has no setting called {', '.join(sorted(unknown))}.")
        for name, value in values.items():
            if type(value) is not type(getattr(cls, name, "")):
                raise BadSetting(name, f"“{name}” has a value of the wrong sort.")
        config = cls(**{"url": "", **values, "expected": _tidy(values.get("expected", cls.expected))})
        for setting, message in _problems(config):
            raise BadSetting(setting, message)
        parse_target(config.url)
        return config

    def as_json(self) -> dict[str, Any]:
        """Every value, so that `parse` gives the same configuration again."""
        return asdict(self)

    @property
    def target(self) -> Target:
        """The URL taken apart."""
        return parse_target(self.url)

    def refusal(self, policy: Policy) -> str:
        """Why this URL can never be asked; names are looked up only when the probe runs."""
        target = self.target
        return policy.refusal(target.address, target.port) if target.address else ""

    def summary(self) -> str:
        """One line: what is asked and what is expected."""
        return f"{self.method} {self.target.url}: {', '.join(_expectations(self))}"

    def expects(self, status: int) -> bool:
        """Whether an answer with this status is as expected."""
        return any(first <= status <= last for first, last in _ranges(self.expected))


async def run(config: Config, *, policy: Policy, network: egress.Network = egress.INTERNET) -> Outcome:
    """Ask once and compare the answer with what is expected."""
    asked = Outcome(
        INCONCLUSIVE,
        "Not asked.",
        limit=str(config.max_latency_ms or ""),
        request={"method": config.method, "url": config.target.url, "expected": _expectations(config)},
    )
    seconds = config.timeout_ms / 1000
    try:
        answer = await egress.fetch(
            config.target, method=config.method, policy=policy, seconds=seconds, network=network
        )
    except egress.NoAnswer as error:
        return replace(asked, verdict=FAILED, explanation=str(error))
    except egress.EgressError as error:
        return replace(asked, explanation=str(error))
    return judged(config, answer, asked, today=datetime.now(UTC))


def judged(config: Config, answer: Answer, asked: Outcome, *, today: datetime) -> Outcome:
    """`asked` with what became of it. What fails weighs more than what could not be told."""
    failures = [*_failures(config, answer), *_certificate_failures(config, answer, today)]
    doubts = list(_doubts(config, answer))
    return replace(
        asked,
        verdict=FAILED if failures else INCONCLUSIVE if doubts else PASSED,
        explanation=" ".join(failures + doubts) or f"Answered {answer.status} in {answer.elapsed_ms} ms.",
        value=str(answer.elapsed_ms),
        unit="ms",
        response=_response(answer),
    )


def _failures(config: Config, answer: Answer) -> Iterator[str]:
    if not config.expects(answer.status):
        yield f"Answered {answer.status}, expected {config.expected}.{_elsewhere(answer)}"
    if config.contains and not _is_packed(answer) and not answer.is_truncated and not _has_text(config, answer):
        yield f"The body does not contain “{config.contains}”."
    if 0 < config.max_latency_ms < answer.elapsed_ms:
        yield f"Took {answer.elapsed_ms} ms, the limit is {config.max_latency_ms} ms."


def _elsewhere(answer: Answer) -> str:
    location = shown(answer.header("location").encode())[:SHOWN_HEADER]
    return f" It points to {location}; probes do not follow." if location else ""


def _certificate_failures(config: Config, answer: Answer, today: datetime) -> Iterator[str]:
    if config.tls_days and answer.certificate:
        days = (_valid_until(answer.certificate) - today).days
        if days < config.tls_days:
            yield f"The certificate is valid for {days} more days, at least {config.tls_days} are expected."


def _doubts(config: Config, answer: Answer) -> Iterator[str]:
    if config.contains and _is_packed(answer):
        yield "The body came compressed although plain text was asked for, so it was not searched."
    elif config.contains and answer.is_truncated and not _has_text(config, answer):
        yield f"“{config.contains}” is not in the first {len(answer.body)} bytes; the rest was not read."


def _has_text(config: Config, answer: Answer) -> bool:
    return config.contains.encode() in answer.body


def _is_packed(answer: Answer) -> bool:
    return answer.header("content-encoding").strip().lower() not in ("", "identity")


def _response(answer: Answer) -> dict[str, Any]:
    """What is kept of an answer."""
    facts: dict[str, Any] = {
        "status": answer.status,
        "bytes": len(answer.body),
        "sha256": answer.sha256,
        "is_truncated": answer.is_truncated,
        "peer": answer.peer,
        "snippet": "" if _is_packed(answer) else shown(answer.body),
        "headers": {
            name: shown(answer.header(name).encode())[:SHOWN_HEADER]
            for name in ("content-type", "location", "server")
            if answer.header(name)
        },
    }
    if answer.certificate:
        facts["tls"] = {"version": answer.tls, "valid_until": f"{_valid_until(answer.certificate):%Y-%m-%d %H:%M} UTC"}
    return facts


def _valid_until(certificate: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)


def _problems(config: Config) -> Iterator[tuple[str, str]]:
    """What is wrong with a configuration: the setting, and a sentence."""
    if config.method not in METHODS:
        yield "method", f"A probe asks with {' or '.join(METHODS)}."
    if not config.expected or not all(_STATUSES.match(part) for part in config.expected.split(", ")):
        yield "expected", "Write expected statuses like 200 or 200-299, 304."
    elif any(first > last for first, last in _ranges(config.expected)):
        yield "expected", "A range of statuses begins with the smaller number: 200-299."
    if len(config.contains) > 500:
        yield "contains", "The text to look for has at most 500 characters."
    if any(unicodedata.category(character) == "Cc" for character in config.contains):
        yield "contains", "The text to look for contains a control character; take it out."
    if config.contains and config.method == "HEAD":
        yield "contains", "HEAD brings no body to search; ask with GET or expect no text."
    yield from _number_problems(config)


def _number_problems(config: Config) -> Iterator[tuple[str, str]]:
    if not 1_000 <= config.timeout_ms <= 60_000:
        yield "timeout_ms", "A probe waits between 1 and 60 seconds."
    if not 0 <= config.max_latency_ms <= config.timeout_ms:
        yield "max_latency_ms", "The latency limit cannot be longer than the probe waits."
    if not 0 <= config.tls_days <= 3650:
        yield "tls_days", "The certificate can be asked to last between 1 and 3650 days."
    if config.tls_days and not config.url.lower().startswith("https:"):
        yield "tls_days", "Only https:// addresses have a certificate."


def _expectations(config: Config) -> list[str]:
    """What is expected, in words."""
    told = [f"status {config.expected}"]
    if config.contains:
        told.append(f"contains “{config.contains}”")
    if config.max_latency_ms:
        told.append(f"within {config.max_latency_ms} ms")
    if config.tls_days:
        told.append(f"certificate valid {config.tls_days} more days")
    return told


def _ranges(expected: str) -> list[tuple[int, int]]:
    """The statuses in `expected` as pairs (first, last)."""
    pairs = (part.partition("-") for part in expected.split(", "))
    return [(int(first), int(last or first)) for first, _, last in pairs]


def _tidy(expected: str) -> str:
    """Statuses as they are stored: separated by a comma and a space."""
    return ", ".join(expected.replace(",", " ").split())
