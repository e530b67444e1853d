"""Several events at once are recorded as they would be one after the other."""

import json
from uuid import UUID

import pytest
from django.db import transaction

from apps.accounts.models import Team
from apps.ledger import chain, selectors
from apps.ledger import commands as ledger
from apps.ledger.models import Entry, Stream
from apps.live import publish
from tests.ledger.recording import SOMEBODY, STREAM, SomethingDone, add_entries

FIRST, SECOND = UUID(int=1), UUID(int=2)


def done(title="Backup taken", item=None):
    return SomethingDone(title=title, count=1, item=item)


@pytest.fixture
def announced(monkeypatch):
    """What open pages heard."""
    messages = []
    monkeypatch.setattr(publish, "_publish", lambda message: messages.append(json.loads(message)))
    return messages


def record_all(*events, rows=()):
    with transaction.atomic():
        ledger.record_all(STREAM, [(event, rows) for event in events], by=SOMEBODY)
    return list(Entry.objects.filter(stream_id=STREAM).order_by("sequence"))


@pytest.mark.django_db
def test_they_follow_each_other_and_what_was_there_before():
    add_entries()
    entries = record_all(done("One"), done("Two"), done("Three"))
    add_entries()
    assert [entry.sequence for entry in entries] == [0, 1, 2, 3]
    assert [selectors.texts(entry)["title"] for entry in entries[1:]] == ["One", "Two", "Three"]
    assert [selectors.texts(entry)["words"][:1] for entry in entries] == ["0", "1", "2", "3"]
    assert list(selectors.faults()) == []
    assert Stream.objects.get(pk=STREAM).length == 5


@pytest.mark.django_db
def test_each_proves_its_own_rows():
    with transaction.atomic():
        teams = [Team.objects.create(name=name, slug=name.lower()) for name in ("One", "Two")]
        ledger.record_all(STREAM, [(done(team.name), [team]) for team in teams], by=SOMEBODY)
    bodies = [json.loads(body) for body in Entry.objects.order_by("sequence").values_list("body", flat=True)]
    assert [[*body["rows"]] for body in bodies] == [[f"accounts.team/{team.pk}"] for team in teams]
    assert list(selectors.faults()) == []


@pytest.mark.django_db
def test_of_nothing_nothing_is_recorded():
    assert record_all() == []
    assert not Stream.objects.filter(pk=STREAM).exists()


@pytest.mark.django_db(transaction=True)
def test_open_pages_hear_of_all_of_them_at_once(announced):
    record_all(done(item=FIRST), done(item=SECOND), done(item=FIRST))
    assert announced == [{"topic": STREAM, "seq": 2, "items": [str(FIRST), str(SECOND)]}]


@pytest.mark.django_db(transaction=True)
def test_one_that_names_no_item_is_about_all_of_them(announced):
    record_all(done(item=FIRST), done())
    assert announced == [{"topic": STREAM, "seq": 1, "items": []}]


@pytest.mark.django_db
def test_they_belong_inside_a_transaction_and_into_the_instances_chain_too():
    with transaction.atomic():
        ledger.record_all(chain.INSTANCE, [(done(), ()), (done(), ())], by=SOMEBODY)
    assert list(selectors.faults()) == []
    assert all("instance" not in json.loads(body) for body in Entry.objects.values_list("body", flat=True))
