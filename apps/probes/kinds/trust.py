"""Whom a TLS connection trusts, as people set it up."""

from collections.abc import Iterator
from typing import Any

from django import forms

from apps.probes import egress
from apps.probes.rules import TargetRefused, parse_address

from .kind import setting


def server_name() -> Any:
    """The setting `server_name`: who has to answer, where that is not the host."""
    return setting(
        forms.CharField, default="", label="Name of the server", max_length=253, help_text="For TLS. The host if empty."
    )


def authorities() -> Any:
    """The setting `authorities`: PEM of those that vouch for the server, empty for the usual ones."""
    return setting(
        forms.CharField,
        default="",
        label="Certificates that vouch for it",
        max_length=20_000,
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
