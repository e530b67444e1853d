"""The certificate that a service shows, and whether it proves who answers."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from ssl import SSLContext
from typing import Any

from cryptography import x509
from django import forms

from apps.core.wording import exact
from apps.probes import egress
from apps.probes.conditions import ANYTHING, TEXT, Value
from apps.probes.conditions.values import visible
from apps.probes.rules import Target, parse_address

from . import trust
from .kind import Kind, elapsed, setting
from .outcome import Reading

MOST_NAMES = 100
LONGEST_NAME = 300  # characters
UNREADABLE = (ValueError, TypeError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)


@dataclass(frozen=True)
class Tls(Kind):
    """Where to agree on TLS, as host:port. Nothing is said over it.

    server_name: who has to answer, where that is not the host. authorities: PEM of those that vouch for it, empty for
    the usual ones. valid: a chain to one of them, for that name, now. certificate_days: how long it is still valid.
    """

    LABEL = "TLS certificate"
    ABOUT = "days left, chain and names of a certificate"
    FACTS = {
        "peer": "Answered by",
        "protocol": "TLS",
        "issuer": "Issued by",
        "names": "Names",
        "valid_until": "Valid until",
        "problem": "Problem",
        "sha256": "SHA-256 of the certificate",
    }

    VALUES = {
        "valid": ANYTHING,
        "certificate_days": "d",
        "names": ANYTHING,
        "issuer": TEXT,
        "protocol": TEXT,
        "latency": "ms",
    }
    USUAL = "valid == true\ncertificate_days > 14 d"

    address: str = setting(
        forms.CharField,
        max_length=300,
        widget=forms.TextInput(attrs={"placeholder": "mail.example.com:443", "autocomplete": "off"}),
        help_text="Host and port of a service that speaks TLS from the first byte.",
    )
    server_name: str = trust.server_name()
    authorities: str = trust.authorities()

    @property
    def target(self) -> Target:
        return parse_address(self.address)

    def asked(self) -> dict[str, str]:
        name = f" as {self.server_name}" if self.server_name else ""
        return {"method": "TLS", "url": f"{self.address}{name}"}

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from trust.problems(self.server_name, self.authorities)

    async def ask(self, **way: Any) -> Reading:
        """Agree on TLS; where the certificate is refused, once more to look at it."""
        began = time.perf_counter()
        try:
            return await self._seen(egress.trusting(self.authorities), "", way)
        except egress.Untrusted as refused:
            left = max(way["seconds"] - (time.perf_counter() - began), 0.001)
            return await self._seen(egress.trusting_anybody(), str(refused), way | {"seconds": left})

    async def _seen(self, context: SSLContext, problem: str, way: dict[str, Any]) -> Reading:
        began = time.perf_counter()
        async with egress.connect(self.target, **way) as (stream, peer):
            secured = await stream.start_tls(context, self.server_name or self.target.host)
            latency = elapsed(began)
            spoken = secured.get_extra_info("ssl_object")
        facts = certificate_facts(spoken.getpeercert(binary_form=True) or b"")
        left = facts.pop("until") - datetime.now(UTC)
        values = {
            "valid": Value(not problem),
            "certificate_days": Value(Decimal(left.days) * 86_400, "d"),
            "names": Value(facts["names"]),
            "issuer": Value(facts["issuer"]),
            "protocol": Value(spoken.version() or ""),
            "latency": latency,
        }
        response = {"peer": peer, "protocol": spoken.version() or "", "problem": problem, **facts}
        response["names"] = ", ".join(facts["names"])
        return Reading(f"Agreed on {values['protocol'].data} in {latency}", values, response, hint=problem)


def certificate_facts(der: bytes) -> dict[str, Any]:
    """What a certificate says: names, issuer, until when, its SHA-256. Raises NoAnswer where it cannot be read."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        until, issuer = certificate.not_valid_after_utc, certificate.issuer.rfc4514_string()
        names = _names(certificate)
    except UNREADABLE as error:
        raise egress.NoAnswer("The certificate cannot be read.") from error
    return {
        "names": [visible(name[:LONGEST_NAME]) for name in names[:MOST_NAMES]],
        "issuer": visible(issuer[:LONGEST_NAME]),
        "until": until,
        "valid_until": exact(until, "minutes"),
        "sha256": hashlib.sha256(der).hexdigest(),
    }


def _names(certificate: x509.Certificate) -> list[str]:
    with suppress(x509.ExtensionNotFound):
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        addresses = [str(address) for address in found.get_values_for_type(x509.IPAddress)]
        return [*found.get_values_for_type(x509.DNSName), *addresses]
    return []
