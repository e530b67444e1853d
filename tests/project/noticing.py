"""Mail under kills: keys are turned, many hear of each, and workers and broker die under what is sent."""

import re
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from project import processes
from tests.journeys.person import verify
from tests.journeys.staged import ask
from tests.journeys.standing import Stand
from tests.mailbox import Mailbox
from tests.project import kills

ENDS = 300  # seconds until everything that was to be heard is mailed
ITEM = re.compile(r"/items/(\d+)/#sign")
# What a campaign of mail kills: whoever derives and sends, what wakes them, and where all of it is written down.
KILLED = ("worker", "pool of the worker", "broker", "prober", "database", "backend", "broker, nothing lost", "beat")


def settings_for(mailbox: Mailbox) -> dict[str, str]:
    """The environment of an instance that mails there."""
    url = f"smtp://127.0.0.1:{mailbox.port}?tls=off"
    return {"KEYTURN_MAIL_URL": url, "KEYTURN_MAIL_FROM": "Keyturn <keyturn@example.com>"}


def kill_under(stand: Stand, items: int, names: Iterable[str]) -> int:
    """Turn a key of so many items, and kill one part after the other meanwhile; returns how many keys."""
    campaign, turned = kills.Campaign(stand), 0
    planned = [name for name in names if name in kills.kinds(stand)]
    for number in range(items):
        turned += bool(ask(stand.site, "turn_a_key"))
        if planned and number % max(1, items // len(planned)) == 0:
            name = planned.pop(0)
            print(f"{name}: healed after {campaign.kill(name):.1f} s", flush=True)
    for name in planned:
        print(f"{name}: healed after {campaign.kill(name):.1f} s", flush=True)
    return turned


def audit(stand: Stand, mailbox: Mailbox, *, keys: int, people: int) -> dict[str, Any]:
    """Wait until everything is mailed, then look at all of it; returns figures.

    Asserts that everybody was mailed of every key that waits for them, and of none under two Message-IDs.
    """
    began, found = time.monotonic(), dict[str, Any]()

    def ended() -> bool:
        found.update(ask(stand.site, "noticed"))
        return found["notices"] == keys * people and not {"waiting", "sending"} & found["states"].keys()

    assert processes.wait_until(ended, seconds=ENDS), found
    assert found["twice"] == found["unmailed"] == 0, found
    assert found["states"].keys() <= {"sent", "dropped"}, found
    ids: dict[tuple[str, str], set[str]] = defaultdict(set)
    for [to], mail in zip(mailbox.recipients, mailbox.taken, strict=True):
        for item in {*ITEM.findall(mail.get_body(("plain",)).get_content())}:
            ids[to, item].add(str(mail["Message-ID"]))
    assert len(ids) == keys * people, f"{keys * people - len(ids)} of {keys * people} notices are in no mail"
    again = {pair: found for pair, found in ids.items() if len(found) > 1}
    assert again == {}, again
    whole = verify(stand.site)
    assert whole.returncode == 0, whole.stdout + whole.stderr
    return {
        "notices, each to one person about one item": len(ids),
        "mails that the server took": len(mailbox.taken),
        "of these again, with the same Message-ID": len(mailbox.taken) - len({*mailbox.message_ids}),
        "seconds until the last one was mailed": round(time.monotonic() - began),
    }
