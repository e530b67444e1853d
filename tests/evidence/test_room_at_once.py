"""Two who store something for one team at the same moment do not share its last room."""

import threading
import time
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.evidence import commands as evidence
from apps.evidence import selectors
from apps.imports import commands as imports
from tests import cast as casting
from tests.cast import again
from tests.evidence.test_quota import MEGABYTE, STORING, TEXT, deploy, start


def race(*stores, monkeypatch):
    """Run each in a thread of its own; all of them have added up what is used before any of them stores something."""
    used, begin, outcomes = selectors.used, threading.Barrier(len(stores)), []

    def slowly(team):
        found = used(team)
        time.sleep(0.4)
        return found

    def run(store):
        begin.wait(10)
        try:
            store()
            outcomes.append("stored")
        except Exception as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    with monkeypatch.context() as patched:
        patched.setattr(selectors, "used", slowly)
        threads = [threading.Thread(target=run, args=(store,)) for store in stores]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    return sorted(outcomes)


@pytest.mark.unrecorded
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("one", "other"), [("file", "note"), ("file", "import"), ("deployment", "longer text"), ("publish", "import")]
)
def test_what_is_stored_at_the_same_moment_shares_no_room(settings, monkeypatch, one, other):
    """Each alone has room, both have not; they lock what is theirs, and the team."""
    stage = casting.stage()
    second = deploy(stage)
    elsewhere = SimpleNamespace(**vars(stage) | {"items": list(second.items.order_by("number"))})
    drafts = {"longer text": start(stage, "- a"), "publish": start(stage)}
    acts = STORING | {
        "longer text": lambda stage: imports.correct_import(drafts["longer text"], by=again(stage.member), source=TEXT),
        "publish": lambda stage: imports.draft_import(drafts["publish"], by=again(stage.lead)),
    }
    settings.KEYTURN_TEAM_QUOTA_MB = 1
    sizes = {"file": 60, "note": 60, "deployment": stage.version.size, "publish": len(TEXT)}
    room = MEGABYTE - selectors.used(stage.team)
    with transaction.atomic():
        evidence.store_blob(stage.team, b"x" * (room - max(sizes.get(each, len(TEXT)) for each in (one, other))))
    outcomes = race(lambda: acts[one](stage), lambda: acts[other](elsewhere), monkeypatch=monkeypatch)
    assert outcomes == ["TooLarge", "stored"]
    assert selectors.used(stage.team) <= MEGABYTE


@pytest.mark.unrecorded
@pytest.mark.django_db
def test_while_a_file_is_written_nobody_of_the_team_waits():
    """Its writing takes seconds: the team is locked behind it, or a colleague's note would wait for all of them."""
    stage = casting.stage()
    with CaptureQueriesContext(connection) as asked, transaction.atomic():
        evidence.store_blob(stage.team, b"x" * 100)
    statements = [each["sql"] for each in asked]
    written = next(at for at, sql in enumerate(statements) if sql.startswith("INSERT"))
    locked = [at for at, sql in enumerate(statements) if 'FROM "accounts_team"' in sql]
    assert locked
    assert written < min(locked)
