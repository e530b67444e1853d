"""Whom a TLS connection trusts, as people set it up."""

from collections.abc import Iterator
from typing import Any

from django import forms

from apps.core.hosts import HOST_LENGTH
from apps.probes import egress
from apps.probes.rules import TargetRefused, parse_address
from apps.secrets.rules import LONGEST_AUTHORITIES, NAME_LENGTH

from .kind import setting


def tls() -> Any:
    """The setting `tls`: whether everything is said over TLS."""
    return setting(forms.BooleanField, default=False, label="TLS", help_text="Else everything is sent as it is.")


def secret(signs_in_as: str) -> Any:
    """The setting `secret`: the name of the secret whose value is the password of `signs_in_as`."""
    return setting(
        forms.CharField,
        default="",
        label="Secret",
        max_length=NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
        help_text=f"The name of a secret of the team, the password of {signs_in_as}. It signs in nowhere if empty.",
    )


def server_name() -> Any:
    """The setting `server_name`: who has to answer, where that is not the host."""
    return setting(
        forms.CharField,
        default="",
        label="Name of the server",
        max_length=HOST_LENGTH,
        help_text="For TLS. The host if empty.",
    )


def authorities() -> Any:
    """The setting `authorities`: PEM of those that vouch for the server, empty for the usual ones."""
    return setting(
        forms.CharField,
        default="",
        label="Certificates that vouch for it",
        max_length=LONGEST_AUTHORITIES,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="In PEM form, of your own authority. The usual ones of the internet if empty.",
    )


def problems(server_name: str, authorities: str) -> Iterator[tuple[str, str]]:
    """What is wrong with both: the setting, and a sentence."""
    try:
        if server_name:
            parse_address(f"{server_name}:443")
    except TargetRefused as error:
        yield "server_name", str(error)
    try:
        egress.trusting(authorities)
    except ValueError as error:
        yield "authorities", str(error)


def problems_of_wire(tls: bool, server_name: str, authorities: str) -> Iterator[tuple[str, str]]:
    """The same of a kind that speaks its protocol with or without TLS."""
    yield from problems(server_name, authorities)
    if (server_name or authorities) and not tls:
        yield "tls", "A name of the server and certificates are about TLS. Switch it on, or leave them out."


async def secured(stream: egress.Stream, host: str, server_name: str, authorities: str) -> egress.Stream:
    """The connection over TLS, to whoever these prove. Raises an EgressError."""
    return await stream.start_tls(egress.trusting(authorities), server_name or host)
