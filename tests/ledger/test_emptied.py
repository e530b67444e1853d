"""Tests that share a Keyturn empty it in between, while its workers live on."""

import threading
import time
from typing import Any

import pytest
from django.db import connection, transaction

from apps.ledger.models import Entry
from tests import tampering
from tests.ledger.recording import add_entries

SECONDS = 0.5  # for which an entry is written and not committed


@pytest.mark.unrecorded
@pytest.mark.django_db(transaction=True)
def test_an_entry_that_is_being_written_is_waited_for_and_removed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction.atomic():
        add_entries()
    written, remove = threading.Event(), tampering.remove

    def record() -> None:
        with transaction.atomic():
            add_entries()
            written.set()
            time.sleep(SECONDS)
        connection.close()

    thread = threading.Thread(target=record)

    def remove_and_record(*given: Any) -> None:
        remove(*given)
        thread.start()
        assert written.wait(20)

    monkeypatch.setattr(tampering, "remove", remove_and_record)
    tampering.empty(connection)
    thread.join()
    assert not Entry.objects.exists()
