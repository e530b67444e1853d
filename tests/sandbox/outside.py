"""What stands outside of the sandbox, and whether a command had an effect on it."""

import contextlib
import os
import platform
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

from project.processes import stop
from tests.sandbox.unprivileged import ROOT, Worker
from tests.servers import temporary_folder

BESIDE = (Path("/usr/bin"), Path("/"), Path("/dev"), Path("/dev/shm"))


class Outside:
    """Servers, files and a process that a command would reach if it could."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.folder = temporary_folder("kt-out-")
        self.folder.chmod(0o755)
        self.writable, self.readable = self.folder / "writable", self.folder / "readable"
        for path, mode in ((self.writable, 0o666), (self.readable, 0o644)):
            path.write_text("as it was")
            path.chmod(mode)
        self.port = self._listen(socket.AF_INET, ("127.0.0.1", 0)).getsockname()[1]
        with contextlib.suppress(OSError):  # a machine without IPv6
            self._listen(socket.AF_INET6, ("::1", self.port))
        self._listen(socket.AF_UNIX, str(self.folder / "socket"))
        (self.folder / "socket").chmod(0o777)
        self.abstract = f"keyturn-{os.getpid()}"
        self._listen(socket.AF_UNIX, f"\0{self.abstract}")
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.setblocking(False)
        self.udp.bind(("127.0.0.1", 0))
        as_worker: dict[str, Any] = {"user": worker.user, "group": worker.user, "extra_groups": []}
        options = as_worker if os.getuid() == 0 else {}
        self.victim = subprocess.Popen(["sleep", "600"], start_new_session=True, **options)
        self.before = self._seen()

    def names(self) -> dict[str, object]:
        """What payloads are filled in with."""
        return {
            "port": self.port,
            "udp": self.udp.getsockname()[1],
            "socket": self.folder / "socket",
            "abstract": self.abstract,
            "readable": self.readable,
            "writable": self.writable,
            "victim": self.victim.pid,
            "worker": self.worker.process.pid,
            "root": ROOT,
        }

    def effects(self) -> list[str]:
        """What is not as it was before."""
        found = [f"{what} changed" for what, value in self._seen().items() if value != self.before[what]]
        for listener in self.listeners:
            with contextlib.suppress(BlockingIOError):
                listener.accept()
                found.append("somebody connected")
        with contextlib.suppress(BlockingIOError):
            self.udp.recv(10)
            found.append("a datagram came")
        if self.victim.poll() is not None:
            found.append("a process was ended")
        left = [each for each in self.worker.left() if not each.startswith(f"{self.victim.pid} ")]
        return found + [f"left behind: {each}" for each in left]

    def stop(self) -> None:
        """Take it all away."""
        stop(self.victim, grace=0)
        for each in (*self.listeners, self.udp):
            each.close()
        shutil.rmtree(self.folder)

    listeners: list[socket.socket]

    def _listen(self, family: socket.AddressFamily, address: Any) -> socket.socket:
        if not hasattr(self, "listeners"):
            self.listeners = []
        listener = socket.socket(family)
        listener.setblocking(False)
        listener.bind(address)
        listener.listen()
        self.listeners.append(listener)
        return listener

    def _seen(self) -> dict[str, object]:
        return {
            "a file": (self.writable.read_text(), self.readable.read_text()),
            "a folder": sorted(os.listdir(self.folder)),
            "a name": [path for path in BESIDE if (path / "keyturn-left").exists()],
            "the machine": platform.node(),
        }
