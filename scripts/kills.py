"""The long form of the kills in tests/project/test_pressure.py.

    python -m scripts.kills [engine] [kills] [seed] [requests]

Starts a Keyturn of its own in a temporary folder, on `postgresql` (with Redis) or `sqlite`, lets people sign in it, and
kills its parts under them, again and again, until they sent so many requests. Prints what was killed, how long it took
to heal, and what was counted in the end. The seed that it prints repeats who does what and what is killed in which
order, not the moment. Without kills (0) it is a race alone.
"""

import argparse
import random
import tempfile
from pathlib import Path

import django

from project.start import configure

configure()
django.setup()  # before what imports models

from tests.journeys.person import Wire  # noqa: E402
from tests.journeys.staged import ask  # noqa: E402
from tests.journeys.standing import Stand  # noqa: E402
from tests.project import kills, load  # noqa: E402

ITEMS, PROBED = range(11, 31), 2
LOG = 20_000  # characters of what Keyturn printed, where something did not hold
LONGEST_PAUSE = 4.0  # seconds more than the share of the requests between two kills takes


def main(engine: str, count: int, seed: int, requests: int) -> None:
    """Do it; an AssertionError says what did not hold."""
    print(f"{count} kills on {engine}, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="kt-kills-") as folder:
        stand = Stand(Path(folder), engine, KEYTURN_PROBE_ALLOW="127.0.0.1")
        try:
            _campaign(stand.start(), count, seed, requests)
        except AssertionError:
            lines = [line for line in stand.site.output.splitlines() if "django.request" not in line]
            print("\n".join(lines)[-LOG:], flush=True)
            raise
        finally:
            stand.stop()


def _campaign(stand: Stand, count: int, seed: int, requests: int) -> None:
    staged = ask(stand.site, "stage")
    values = {"name": "Health", "url": "http://127.0.0.1:9/", "timeout": 5, "basis": "-"}
    probe = f"{load.BOARD}items/{PROBED}/probe/attach/"
    assert Wire(stand.site, staged["sessions"]["member"]).post(probe, values).status == 302
    rng, campaign, healed = random.Random(seed), kills.Campaign(stand), [0.0]
    with load.Load(stand, staged["sessions"], ITEMS, probed=PROBED, seed=seed) as crowd:
        for number, kind in enumerate(kills.order(stand, count, seed), 1):
            while crowd.requests < requests * number / (count + 1):
                crowd.over.wait(0.5)
            crowd.over.wait(rng.uniform(0, LONGEST_PAUSE))
            healed.append(campaign.kill(kind))
            print(f"{number:3} {kind}: healed after {healed[-1]:.1f} s; {crowd.acknowledged} signatures", flush=True)
        while crowd.requests < requests:
            crowd.over.wait(1)
    for what, figure in load.audit(crowd).items():
        print(f"{figure:7} {what}", flush=True)
    print(f"{max(healed):7.1f} seconds of the longest healing", flush=True)


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.kills", description="Kill a Keyturn under people who sign."
    )
    parser.add_argument("engine", nargs="?", default="postgresql", choices=("postgresql", "sqlite"))
    parser.add_argument("kills", nargs="?", type=int, default=24)
    parser.add_argument("seed", nargs="?", type=int, default=random.randrange(10**6))
    parser.add_argument("requests", nargs="?", type=int, default=8000)
    return parser.parse_args()


if __name__ == "__main__":
    given = arguments()
    main(given.engine, given.kills, given.seed, given.requests)
