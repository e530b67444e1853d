"""The long form of the kills under probes in tests/project/test_probe_kills.py.

    python -m scripts.probe_kills [engine] [kills] [seed]

Starts a Keyturn of its own in a temporary folder, on `postgresql` (with Redis) or `sqlite`, has somebody order runs of
every probe again and again, and kills workers, their pools, the broker and the database under them. Prints what was
killed, how long it took to heal, and how many runs ended in what.
"""

import argparse
import random
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import django

from project.start import configure

configure()
django.setup()  # before what imports models

from tests.journeys.staged import ask  # noqa: E402
from tests.journeys.standing import Stand  # noqa: E402
from tests.project import kills, probing  # noqa: E402

ITEMS = range(1, 25)
LOG = 20_000  # characters of what Keyturn printed, where something did not hold


class Answering(BaseHTTPRequestHandler):
    """Answers after a moment."""

    def do_GET(self) -> None:
        """200, with nothing."""
        threading.Event().wait(random.uniform(0, 1))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


def main(engine: str, count: int, seed: int) -> None:
    """Do it; an AssertionError says what did not hold."""
    print(f"{count} kills on {engine}, seed {seed}", flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="kt-probes-") as folder,
        ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stand = Stand(Path(folder), engine, KEYTURN_PROBE_ALLOW="127.0.0.1")
        try:
            campaign(stand.start(), f"http://127.0.0.1:{server.server_port}/", count, seed)
        except AssertionError:
            print(stand.site.output[-LOG:], flush=True)
            raise
        finally:
            stand.stop()
            server.shutdown()


def campaign(stand: Stand, url: str, count: int, seed: int) -> None:
    """So many kills under probes that pass and probes that nobody answers."""
    session = ask(stand.site, "stage")["sessions"]["member"]
    # Each of its own, since of a target that rests one run a minute tries.
    silent = [f"http://127.0.0.1:{port}/" for port in range(1, 7)]
    probing.attach(stand, session, ITEMS, [each for one in silent for each in (url, url, url, one)])
    dice, kill, healed = random.Random(seed), kills.Campaign(stand), [0.0]
    names = [name for name in probing.KILLED if name in kills.kinds(stand)]
    with probing.Orders(stand, session) as orders:
        for number in range(1, count + 1):
            orders.over.wait(dice.uniform(0, 3))
            name = names[number % len(names)]
            healed.append(kill.kill(name))
            print(f"{number:3} {name}: healed after {healed[-1]:.1f} s", flush=True)
    for what, figure in probing.audit(orders).items():
        print(f"{figure:7} {what}", flush=True)
    print(f"{max(healed):7.1f} seconds of the longest healing", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m scripts.probe_kills", description="Kill a Keyturn under probes.")
    parser.add_argument("engine", nargs="?", default="postgresql", choices=("postgresql", "sqlite"))
    parser.add_argument("kills", nargs="?", type=int, default=60)
    parser.add_argument("seed", nargs="?", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    main(given.engine, given.kills, given.seed)
