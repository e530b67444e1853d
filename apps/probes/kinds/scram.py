"""Signing in by SCRAM-SHA-256 (RFC 5802, 7677): the password is never sent, and the server proves that it knows it.

Written here because every library for it opens its own connections, and lets a server choose how long it computes.
Passwords are ASCII (`why_no_value`), so that SASLprep changes none of them.
"""

import binascii
import hashlib
import hmac
import re
import secrets
from base64 import b64decode, b64encode

from apps.secrets.rules import SecretValue

NAME = b"SCRAM-SHA-256"
MOST_ITERATIONS = 100_000  # some 40 ms; PostgreSQL takes 4,096 unless told otherwise
LONGEST_SALT = 1024  # bytes
FIRST = re.compile(rb"r=(?P<nonce>[\x21-\x2b\x2d-\x7e]{1,500}),s=(?P<salt>[A-Za-z0-9+/=]{4,2000}),i=(?P<count>\d{1,9})")
FINAL = re.compile(rb"v=(?P<signature>[A-Za-z0-9+/=]{44})")


class NoProof(Exception):
    """The server does not keep to the exchange, or does not know the password; the message is a sentence."""


class Exchange:
    """One signing in: `first` is sent, then `answered` to what comes back, and `require_proof` judges the end."""

    def __init__(self, password: SecretValue, nonce: bytes = b"") -> None:
        self._password = password
        self._nonce = nonce or b64encode(secrets.token_bytes(18))
        self._bare = b"n=,r=" + self._nonce  # the name is the one of the start-up message
        self._signature = b""

    @property
    def first(self) -> bytes:
        """What is said first; no channel binding is offered."""
        return b"n,," + self._bare

    def answered(self, text: bytes) -> bytes:
        """The proof that answers what the server said first."""
        found = FIRST.fullmatch(text)
        if found is None or not found["nonce"].startswith(self._nonce) or found["nonce"] == self._nonce:
            raise NoProof("It does not keep to SCRAM-SHA-256.")
        count = int(found["count"])
        if not 1 <= count <= MOST_ITERATIONS:
            raise NoProof(f"It asks for {count:,} rounds of SCRAM, and a probe computes at most {MOST_ITERATIONS:,}.")
        salted = hashlib.pbkdf2_hmac("sha256", self._password.reveal().encode(), _decoded(found["salt"]), count)
        without = b"c=biws,r=" + found["nonce"]
        message = b",".join((self._bare, text, without))
        key = _of(salted, b"Client Key")
        mark = _of(hashlib.sha256(key).digest(), message)
        self._signature = _of(_of(salted, b"Server Key"), message)
        return without + b",p=" + b64encode(bytes(a ^ b for a, b in zip(key, mark, strict=True)))

    def require_proof(self, text: bytes) -> None:
        """Refuse a server that does not know the password either."""
        found = FINAL.fullmatch(text)
        if found is None or not hmac.compare_digest(_decoded(found["signature"]), self._signature):
            raise NoProof("It let us in without proving that it knows the password.")


def _of(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _decoded(text: bytes) -> bytes:
    try:
        found = b64decode(text, validate=True)
    except binascii.Error as error:
        raise NoProof("It does not keep to SCRAM-SHA-256.") from error
    if len(found) > LONGEST_SALT:
        raise NoProof("It does not keep to SCRAM-SHA-256.")
    return found
