"""The keys that secrets are encrypted with: files outside the database, so that neither a copy of it nor its backup
is enough.

They are read at each use: a file that somebody puts there counts at once, in every process. The first key encrypts,
all decrypt. AES-256-GCM of NIST SP 800-38D; what a ciphertext belongs to is its associated data.
"""

import base64
import binascii
import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import rfc8785
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from apps.core.errors import WrongState

KEY_BYTES, NONCE_BYTES = 32, 12
SETTING = "KEYTURN_SECRETS_KEYS"
HOW = "Write 32 random bytes in hexadecimal or base64: openssl rand -hex 32"


class NoKey(WrongState):
    """There is no key to encrypt with, or not the one that something is encrypted with."""


@dataclass(frozen=True)
class Key:
    """One key; `id` names it beside what it encrypted and tells nothing of it."""

    id: str
    data: bytes = field(repr=False)


def known_keys() -> list[Key]:
    """All keys, first the one that encrypts. Raises ValueError if a file of the setting cannot be read."""
    return keys_in(settings.KEYTURN_SECRETS_KEYS)


def keys_in(paths: Iterable[str | Path]) -> list[Key]:
    """The keys in files and folders, in that order. Of a folder the last name comes first: 2027-01 before 2026-11."""
    found = {key.id: key for path in paths for file in _files(Path(path)) for key in [_read(file)]}
    return list(found.values())


def encrypt(value: str, *, belongs_to: bytes) -> tuple[bytes, str]:
    """(nonce and ciphertext, id of the key)."""
    if not (ring := known_keys()):
        raise NoKey(f"This Keyturn has no key to encrypt secrets with. Whoever runs it sets {SETTING} to one.")
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(ring[0].data).encrypt(nonce, value.encode(), belongs_to), ring[0].id


def decrypt(ciphertext: bytes, key_id: str, *, belongs_to: bytes) -> str:
    """The value. Raises NoKey where its key is gone, or where the ciphertext is not of this secret and version."""
    key = next((key for key in known_keys() if key.id == key_id), None)
    if key is None:
        raise NoKey(f"The key that encrypts it is not among those of {SETTING}. Put its file back, or set it again.")
    try:
        return AESGCM(key.data).decrypt(ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:], belongs_to).decode()
    except InvalidTag as error:
        raise NoKey("What is stored of it was changed or belongs to another secret. Set it again.") from error


def owner_bytes(secret_id: UUID, team_id: UUID, name: str, version: int) -> bytes:
    """What a ciphertext is bound to, so that it counts nowhere else: the RFC 8785 form of these."""
    return rfc8785.dumps(["keyturn-secret", str(secret_id), str(team_id), name, version])


def new_key() -> str:
    """A key as its file holds it."""
    return os.urandom(KEY_BYTES).hex() + "\n"


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = [file for file in path.iterdir() if file.is_file() and not file.name.startswith(".")]
    return sorted(files, key=lambda file: file.name, reverse=True)


def _read(file: Path) -> Key:
    try:
        text = file.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise ValueError(f"The key file {file} cannot be read ({error}). Name a file this user may read.") from error
    data = _bytes_of(text)
    if len(data) != KEY_BYTES or len(set(data)) < 10:
        raise ValueError(f"The key file {file} holds no key. {HOW}.")
    return Key(hashlib.sha256(b"keyturn-secrets-key\n" + data).hexdigest()[:16], data)


def _bytes_of(text: str) -> bytes:
    if re.fullmatch(r"[0-9a-fA-F]{64}", text):
        return bytes.fromhex(text)
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""
