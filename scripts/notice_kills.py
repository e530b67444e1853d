"""The long form of the kills under mail in tests/project/test_notice_kills.py.

    python -m scripts.notice_kills [engine]

Starts a Keyturn of its own in a temporary folder, on `postgresql` (with Redis) or `sqlite`, and a mail server beside
it. Keys of 25 items are turned, each of which forty people hear of, while workers, broker and database are killed.
Prints what was killed, how long it took to heal, and what was mailed how often.
"""

import argparse
import tempfile
from pathlib import Path

import django

from project.start import configure

configure()
django.setup()  # before what imports models

from tests.journeys.staged import ask  # noqa: E402
from tests.journeys.standing import Stand  # noqa: E402
from tests.mailbox import mailbox_served  # noqa: E402
from tests.project import noticing  # noqa: E402

PEOPLE, ITEMS = 40, 25
LOG = 20_000  # characters of what Keyturn printed, where something did not hold


def main(engine: str) -> None:
    """Do it; an AssertionError says what did not hold."""
    with tempfile.TemporaryDirectory(prefix="kt-notices-") as folder, mailbox_served() as mailbox:
        stand = Stand(Path(folder), engine, **noticing.settings_for(mailbox))
        try:
            stand.start()
            ask(stand.site, "stage_many_notices")
            keys = noticing.kill_under(stand, ITEMS, noticing.KILLED)
            figures = noticing.audit(stand, mailbox, keys=keys, people=PEOPLE)
        except AssertionError:
            print(stand.site.output[-LOG:], flush=True)
            raise
        finally:
            stand.stop()
    for what, figure in figures.items():
        print(f"{figure:7} {what}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m scripts.notice_kills", description="Kill a Keyturn under mail.")
    parser.add_argument("engine", nargs="?", default="postgresql", choices=("postgresql", "sqlite"))
    main(parser.parse_args().engine)
