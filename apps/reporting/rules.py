"""Tokens as text, and how many reports one may send. Pure."""

import re
import secrets
import zlib
from hashlib import sha256
from uuid import UUID

TOKEN = re.compile(r"ktp_(?P<id>[0-9a-f]{32})_(?P<secret>[0-9a-f]{64})(?P<check>[0-9a-f]{8})")
LONGEST_DAYS = 90
MOST_WORKING = 20  # tokens of a probe: nobody keeps an eye on more
MOST_BYTES = 1024 * 1024  # of one report
MOST_IN_A_MINUTE = 30  # requests by one token
# How long the same report, sent again without a key of its own, is the retry of one job and not the next heartbeat.
SAME_FOR_SECONDS = 600
LONGEST_KEY = 200  # characters


def new_token(token_id: UUID) -> str:
    """The text of a token: which one it is, 256 random bits, and a checksum by which scanners know it."""
    begun = f"ktp_{token_id.hex}_{secrets.token_hex(32)}"
    return begun + _check(begun)


def id_of_token(token: str) -> UUID | None:
    """Which token it says to be; None for what is no token, of which nobody asks the database."""
    found = TOKEN.fullmatch(token)
    if found is None or _check(token[:-8]) != found["check"]:
        return None
    return UUID(found["id"])


def digest_of(token: str) -> str:
    """SHA-256 of a token, lowercase hex: a plain one is enough for 256 random bits."""
    return sha256(token.encode()).hexdigest()


def _check(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"
