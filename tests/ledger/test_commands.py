"""Recording: one entry per change, inside its transaction, or no change at all."""

import json
import threading
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import Team
from apps.ledger import chain, selectors, tasks
from apps.ledger import commands as ledger
from apps.ledger.models import Entry, Opening, Stream
from tests.ledger.recording import SOMEBODY, STREAM, SomethingDone, add_entries

ODD_TEXTS = ["", "ü", "u\u0308", "👩‍🚀", "\u202eevil", "a\nb\tc", "عربى", "x" * 20_000, ["a", {"b": None}]]
ITEM = UUID("0c8b3f50-0b9d-4b52-9b61-6a9e7f1f2d3c")


def faults() -> list[str]:
    """What the ledger finds wrong with itself."""
    return [str(fault) for fault in selectors.faults()]


@pytest.mark.django_db(transaction=True)
def test_recording_outside_a_transaction_is_a_programming_error():
    with pytest.raises(RuntimeError, match="inside the transaction"):
        add_entries()
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_an_entry_holds_every_field_the_documents_name():
    (entry,) = add_entries(item=ITEM)
    body = json.loads(entry.body)
    salts = dict(entry.openings.values_list("path", "salt"))
    texts = {"title": "Backup taken", "actor_name": "", "words": "0  DID BACKUP TAKEN, 1 TIMES"}
    assert body == {
        "v": 1,
        "stream": STREAM,
        "seq": 0,
        "prev": chain.genesis(STREAM),
        "at": entry.at,
        "type": "test.event",
        "item": str(ITEM),
        "actor": str(SOMEBODY.id),
        "actor_kind": "person",
        "data": {"count": 1},
        "commit": {path: chain.commitment(salts[path], 0, path, text) for path, text in texts.items()},
        "sw": {"version": body["sw"]["version"]},
        "instance": {"length": 0, "head": chain.genesis("instance")},
    }
    assert entry.digest == chain.digest(entry.body.encode())


@pytest.mark.django_db
def test_the_text_itself_is_not_in_the_entry():
    (entry,) = add_entries(title="Ada Lovelace")
    assert "Lovelace" not in entry.body
    assert entry.openings.get(path="title").value == "Ada Lovelace"


@pytest.mark.django_db
def test_the_same_text_twice_looks_different():
    add_entries(2)
    assert Opening.objects.filter(path="title").values_list("salt", flat=True).distinct().count() == 2
    assert len({json.loads(entry.body)["commit"]["title"] for entry in Entry.objects.all()}) == 2


@pytest.mark.django_db
def test_entries_follow_each_other_without_a_gap():
    entries = add_entries(4)
    assert [entry.sequence for entry in entries] == [0, 1, 2, 3]
    assert [entry.previous for entry in entries[1:]] == [entry.digest for entry in entries[:-1]]
    assert str(selectors.head(STREAM)) == f"{STREAM}:3:{entries[-1].digest}"
    assert faults() == []


@pytest.mark.django_db
def test_time_never_runs_backwards_in_a_stream(monkeypatch):
    (first,) = add_entries()
    earlier = timezone.now() - timedelta(hours=1)
    with monkeypatch.context() as clock:
        clock.setattr(timezone, "now", lambda: earlier)
        (second,) = add_entries()
    assert second.at == first.at
    assert faults() == []


@pytest.mark.django_db
@pytest.mark.parametrize("value", [1.5, [0.1], {"limit": 2.0}, float("inf")])
def test_floats_are_refused_and_nothing_is_written(value):
    with pytest.raises(ValueError, match="no floats"), transaction.atomic():
        add_entries(count=value)
    assert not Entry.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("value", [2.5, ["x", 0.5]])
def test_floats_are_refused_in_texts_too(value):
    with pytest.raises(ValueError, match="no floats"), transaction.atomic():
        add_entries(title=value)


@pytest.mark.django_db
@pytest.mark.parametrize("text", ODD_TEXTS)
def test_any_text_comes_back_as_it_was_and_is_proven(text):
    (entry,) = add_entries(title=text)
    stored = selectors.texts(entry)
    assert (stored["title"], stored["actor_name"]) == (text, "")
    assert faults() == []


@pytest.mark.django_db(transaction=True)
def test_when_recording_fails_the_change_never_happened(monkeypatch):
    monkeypatch.setattr(ledger, "_next", lambda *arguments: 1 / 0)

    def found_team() -> None:
        with transaction.atomic():
            Team.objects.create(name="Never", slug="never")
            add_entries()

    with pytest.raises(ZeroDivisionError):
        found_team()
    assert not Team.objects.exists()
    assert not Stream.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_when_the_change_fails_nothing_is_recorded():
    def fail() -> None:
        with transaction.atomic():
            add_entries()
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_costs_liveness_only():
    with transaction.atomic():
        add_entries()
    assert Entry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_at_once_write_one_unforked_chain():
    at_once, each = 4, 5
    start, failed = threading.Barrier(at_once), []

    def write() -> None:
        try:
            start.wait()
            for _ in range(each):
                with transaction.atomic():
                    add_entries()
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert list(Entry.objects.order_by("sequence").values_list("sequence", flat=True)) == list(range(at_once * each))
    assert faults() == []


@pytest.mark.django_db
def test_an_anchor_notes_a_head_in_the_instance_chain_once():
    (*_, last) = add_entries(3)
    ledger.anchor(STREAM, by=SOMEBODY)
    ledger.anchor(STREAM, by=SOMEBODY)
    assert selectors.anchors() == [selectors.Head(STREAM, 2, last.digest)]
    assert faults() == []


@pytest.mark.django_db
def test_an_anchor_of_an_unknown_stream_is_nothing():
    ledger.anchor("deployment/nowhere", by=SOMEBODY)
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_the_clock_anchors_whatever_moved_and_nothing_else():
    add_entries(2)
    add_entries(stream="deployment/other")
    assert tasks.anchor_heads() == 2
    assert tasks.anchor_heads() == 0
    add_entries(stream="deployment/other")
    assert selectors.unanchored() == ["deployment/other"]
    assert tasks.anchor_heads() == 1
    assert faults() == []


@pytest.mark.django_db
def test_the_history_reads_as_sentences():
    add_entries(item=ITEM, title="the dance", count=2)
    add_entries(title="no item")
    (line,) = selectors.item_history(STREAM, ITEM)
    assert (line.sequence, line.text, line.actor) == (0, "did the dance, 2 times", SOMEBODY.id)
    assert len(selectors.lines(selectors.history(STREAM))) == 2


@pytest.mark.django_db
def test_a_page_that_was_away_learns_which_items_changed():
    add_entries()
    add_entries(2, item=ITEM)
    assert selectors.items_changed_since(STREAM, 0) == (2, [ITEM])
    assert selectors.items_changed_since(STREAM, 2) == (2, [])


@pytest.mark.django_db
def test_no_items_stand_for_all_where_an_entry_names_none_or_more_came_than_are_read():
    add_entries()
    add_entries(2, item=ITEM)
    assert selectors.items_changed_since(STREAM, -1) == (2, [])
    assert selectors.items_changed_since(STREAM, 0, limit=2) == (2, [ITEM])
    assert selectors.items_changed_since(STREAM, 0, limit=1) == (2, [])


@pytest.mark.django_db
def test_an_empty_stream_ends_in_its_genesis():
    assert selectors.head(STREAM) == selectors.Head(STREAM, -1, chain.genesis(STREAM))


def test_an_event_kind_is_data_not_code():
    assert SomethingDone.kind == "test.event"
