"""Whom a TLS connection trusts."""

import ssl
from functools import lru_cache

import httpcore

from apps.secrets.rules import certificates_in


@lru_cache(maxsize=32)
def trusting(authorities: str = "") -> ssl.SSLContext:
    """TLS 1.2 and newer, certificates verified by these authorities (PEM), else by the system's and certifi's.

    No key log whatever the environment says. Raises ValueError where the text holds no certificate.
    """
    if authorities:
        context = ssl.create_default_context(cadata=b"".join(certificates_in(authorities)))
    else:
        context = httpcore.default_ssl_context()
    context.keylog_filename = None  # type: ignore[assignment]
    return context


@lru_cache(maxsize=1)
def trusting_anybody() -> ssl.SSLContext:
    """The same without verifying, to look at a certificate that was refused; nothing is ever said over it."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.keylog_filename = None  # type: ignore[assignment]
    return context
