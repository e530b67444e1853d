"""How much memory unread downloads hold: `python -m scripts.downloads [downloads] [megabytes] [engine]`.

Starts a Keyturn of its own in a temporary folder, attaches a file to an item, asks for it so many times at once, reads
nothing of it, and prints what the web process holds before, meanwhile and after one of them is read to its end.
"""

import argparse
import hashlib
import json
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import django

from project.start import configure
from tests import servers

configure()
django.setup()  # before what imports models

from tests.journeys.person import SESSION, Wire  # noqa: E402
from tests.journeys.standing import Stand  # noqa: E402

CODE = """
import django, json, os; django.setup()
from apps.attachments import commands
from apps.accounts.models import Membership
from apps.deployments.models import Item
from tests.journeys import staged
found = staged.stage()
item = Item.objects.filter(deployment__team__slug="pay").select_related("deployment__team").first()
member = Membership.objects.get(team=item.deployment.team, user__username="mika").user
data = os.urandom({megabytes} * 1024 * 1024)
filed = commands.attach_evidence(item, by=member, title="a.bin", kind="file", data=data, media_type="")
board = f"/t/{{item.deployment.team.slug}}/deployments/{{item.deployment.number}}/"
found["file"] = f"{{board}}items/{{item.number}}/evidence/{{filed.pk}}/"
found["board"], found["sha256"] = board, filed.sha256
print(json.dumps(found))
"""


def main(downloads: int, megabytes: int, engine: str) -> None:
    """Do it; an AssertionError says what did not hold."""
    with tempfile.TemporaryDirectory(prefix="kt-down-") as folder:
        stand = Stand(Path(folder), engine)
        try:
            stand.start()
            environment = stand.site.environment | {"DJANGO_SETTINGS_MODULE": "project.settings"}
            code = [sys.executable, "-c", CODE.format(megabytes=megabytes)]
            staged = json.loads(subprocess.check_output(code, env=environment, cwd=servers.ROOT))
            _measure(stand, staged, downloads)
        finally:
            stand.stop()


def _measure(stand: Stand, staged: dict[str, str], downloads: int) -> None:
    session = staged["sessions"]["member"]  # type: ignore[index]
    web, other = stand.child("uvicorn"), Wire(stand.site, session)
    assert other.get(staged["board"]).status == 200
    before = _memory(web)
    lines = [_ask(stand.site, staged["file"], session) for _ in range(downloads)]
    time.sleep(5)
    began = time.monotonic()
    assert other.get(staged["board"]).status == 200
    meanwhile, waited = _memory(web), time.monotonic() - began
    digest = hashlib.sha256(_read(lines[0])).hexdigest()
    assert digest == staged["sha256"], "the download is not the file"
    print(f"{downloads} unread downloads: {before} MB before, {meanwhile} MB meanwhile; a board took {waited:.2f} s")
    for line in lines:
        line.close()


def _ask(site: servers.Keyturn, path: str, session: str) -> socket.socket:
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect(("127.0.0.1", site.port))
    head = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{site.port}", f"Cookie: {SESSION}={session}", "Connection: close"]
    line.sendall("\r\n".join([*head, "", ""]).encode())
    return line


def _read(line: socket.socket) -> bytes:
    found = []
    while piece := line.recv(1024 * 1024):
        found.append(piece)
    return b"".join(found).partition(b"\r\n\r\n")[2]


def _memory(pid: int) -> int:
    """Megabytes of memory of its own: the file of SQLite is mapped by each thread, and counts once for the system."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0]) // 1024


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m scripts.downloads", description="Ask for files and read nothing.")
    parser.add_argument("downloads", nargs="?", type=int, default=60)
    parser.add_argument("megabytes", nargs="?", type=int, default=25)
    parser.add_argument("engine", nargs="?", default="sqlite", choices=("sqlite", "postgresql"))
    given = parser.parse_args()
    main(given.downloads, given.megabytes, given.engine)
