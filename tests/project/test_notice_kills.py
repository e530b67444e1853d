"""Whatever is killed under mail, everybody hears once: the short form of `python -m scripts.notice_kills`."""

from pathlib import Path

from tests.journeys.staged import ask
from tests.journeys.standing import Stand
from tests.mailbox import mailbox_served
from tests.project import noticing

PEOPLE, ITEMS = 8, 6
SHORT = ("worker", "broker", "pool of the worker")


def test_everybody_is_mailed_of_everything_and_of_nothing_twice(tmp_path: Path, engine: str) -> None:
    with mailbox_served() as mailbox:
        stand = Stand(tmp_path, engine, **noticing.settings_for(mailbox))
        try:
            stand.start()
            ask(stand.site, "stage_few_notices")
            keys = noticing.kill_under(stand, ITEMS, SHORT)
            figures = noticing.audit(stand, mailbox, keys=keys, people=PEOPLE)
        finally:
            stand.stop()
    assert keys == ITEMS
    assert figures["notices, each to one person about one item"] == PEOPLE * ITEMS
