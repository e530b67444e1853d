"""The data folder of the embedded default: everything that one instance owns, and nothing else."""

import fcntl
import os
import secrets
import tempfile
from pathlib import Path

from apps.secrets.keyring import new_key

from .broker import LONGEST_SOCKET_PATH

KINDS = {"demo": "the demonstration", "own": "an instance of its own"}


class Unusable(Exception):
    """The folder cannot be used as asked; the message says why and what to do."""


class DataFolder:
    """One folder, used by one `up` at a time, for either a demonstration or an instance of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None

    def prepare(self) -> None:
        """Make the folder, and all that comes into it, for this user alone. Raises Unusable."""
        os.umask(0o077)
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.chmod(0o700)
            (self.path / "secret-key").touch(mode=0o600)
        except OSError as error:
            raise Unusable(
                f"The data folder {self.path} cannot be used ({error.strerror}). "
                "Choose another one: make run KEYTURN_DATA=/path/to/folder"
            ) from error

    def claim(self) -> None:
        """Hold the folder until this process ends. Raises Unusable when another `up` holds it."""
        descriptor = os.open(self.path / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise Unusable(
                f"Keyturn already runs on the data folder {self.path} (process {holder}). "
                "Stop it there with Ctrl-C, or choose another folder: make run KEYTURN_DATA=/path/to/folder"
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._lock = descriptor

    def settle(self, *, demo: bool) -> None:
        """Note what the folder is for when it is new; raises Unusable when it is for the other."""
        marker, wanted = self.path / "kind", "demo" if demo else "own"
        kind = marker.read_text().strip() if marker.exists() else ""
        if kind and kind != wanted:
            start = "make run" if kind == "demo" else "make run DEMO=0"
            raise Unusable(
                f"The data folder {self.path} holds {KINDS.get(kind, kind)}, not {KINDS[wanted]}. "
                f"Start it as what it is ({start}), or choose another folder: "
                f"make run{'' if demo else ' DEMO=0'} KEYTURN_DATA=/path/to/folder"
            )
        if not kind:
            marker.write_text(wanted + "\n")

    def secret_key(self) -> str:
        """The key that signs sessions and links, made when the folder is new."""
        file = self.path / "secret-key"
        if not file.read_text().strip():
            file.write_text(secrets.token_urlsafe(48) + "\n")
        return file.read_text().strip()

    def secrets_key(self) -> Path:
        """The file with the key that encrypts secrets, made when the folder is new."""
        file = self.path / "secrets-key"
        if not file.exists():
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.write(descriptor, new_key().encode())
            os.close(descriptor)
        return file

    def socket(self) -> Path:
        """Where the broker listens: in the folder, or in a temporary one where that path is too long."""
        inside = self.path / "broker.sock"
        if len(os.fsencode(inside)) <= LONGEST_SOCKET_PATH:
            return inside
        return Path(tempfile.mkdtemp(prefix="keyturn-", dir="/tmp")) / "broker.sock"

    def done_before(self, what: str, fingerprint: str) -> bool:
        """Whether `what` was noted as done for this fingerprint."""
        note = self.path / f"{what}.done"
        return note.exists() and note.read_text() == fingerprint

    def note_done(self, what: str, fingerprint: str) -> None:
        """Remember that `what` is done for this fingerprint."""
        (self.path / f"{what}.done").write_text(fingerprint)
