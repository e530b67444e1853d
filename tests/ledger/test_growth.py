"""Deployments that are a year old verify whole after events and tables have grown."""

import dataclasses
import json
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, models

from apps.deployments.events import ItemSigned
from apps.deployments.models import Item
from apps.ledger import events, proofs
from apps.ledger import selectors as ledger
from apps.ledger.events import Event, committed
from apps.ledger.models import Entry
from project import verification
from tests.ledger.cases import entry
from tests.tampering import lift_all, settle, sql

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(undone: SimpleNamespace) -> SimpleNamespace:
    """A history with everything in it, as it was stored before anything grew."""
    return undone


def faults() -> list[str]:
    return [str(fault) for fault in verification.verify().faults if "the guard" not in fault.what]


def sentence(cast: SimpleNamespace) -> str:
    return ledger.lines([entry(cast, "item.signed")])[0].text


def redefined(monkeypatch: pytest.MonkeyPatch, **members: Any) -> None:
    """Let a later version of the house know "item.signed" differently."""
    later = type("ItemSigned", (Event,), {"__annotations__": members.pop("fields"), **members})
    made: Any = dataclasses.dataclass(frozen=True, kw_only=True)(later)
    made.kind = ItemSigned.kind
    monkeypatch.setitem(events.REGISTRY, ItemSigned.kind, made)


SIGNED = {"item": UUID, "number": int, "meaning": str, "slot": int, "required": int, "name": str}


def test_an_event_that_gained_fields_reads_and_verifies(cast, monkeypatch):
    redefined(
        monkeypatch,
        fields=SIGNED | {"station": str, "remark": str},
        name=committed(),
        station="none",
        remark=committed(default="nothing"),
        text=lambda self: f"turned key {self.slot} at station {self.station}: {self.remark}",
    )
    assert sentence(cast).startswith("turned key 1 at station none: ")
    assert faults() == []


def test_an_event_that_lost_fields_reads_and_verifies(cast, monkeypatch):
    redefined(monkeypatch, fields={"number": int}, text=lambda self: f"signed item {self.number}")
    assert sentence(cast) == "signed item 1"
    assert faults() == []


def test_a_reworded_sentence_verifies(cast, monkeypatch):
    monkeypatch.setattr(ItemSigned, "text", lambda self: f"put {self.name} under item {self.number}")
    assert sentence(cast) == "put 佐藤 Mika under item 1"
    assert faults() == []


def test_an_event_that_nobody_knows_any_more_verifies(cast, monkeypatch):
    monkeypatch.delitem(events.REGISTRY, ItemSigned.kind)
    assert sentence(cast) == "item.signed"
    assert faults() == []


@pytest.fixture
def grown(cast):
    """The history after a release that added a column to items, with a default."""
    settle()
    sql("ALTER TABLE deployments_item ADD COLUMN station varchar(20) NOT NULL DEFAULT 'none'")
    how = proofs.proved(Item)
    return dataclasses.replace(how, facts=(*how.facts, proofs.Fact("station", "station", None, "none")))


def stations(how: proofs.Proved) -> list[str]:
    """The items whose facts, the new column included, are not what the old entries prove."""
    rows = ledger.RowProofs()
    list(ledger.faults(readers=(rows,)))
    names = [fact.attribute for fact in how.facts[:-1]]
    differing = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, station FROM deployments_item")
        found = {str(UUID(str(pk))): station for pk, station in cursor.fetchall()}
    for pk, *columns in Item.objects.values_list("pk", *names):
        last = rows.last[how.key(pk)]
        values = how.values((*columns, found[str(pk)]))
        proof = proofs.proof(last.secret, how.key(pk), values)
        if proofs.statement(how, values, proof) != last.statement:
            differing.append(str(pk))
    return differing


def test_a_column_added_with_a_default_leaves_old_proofs_whole_and_is_proved(cast, grown):
    assert stations(grown) == []
    pk = Item.objects.order_by("number").first().pk
    value = pk if connection.vendor == "postgresql" else pk.hex
    lift_all()
    sql("UPDATE deployments_item SET station = 'moved' WHERE id = %s", value)
    assert stations(grown) == [str(pk)]


def test_a_renamed_column_is_proved_under_its_old_name():
    class Before(models.Model):  # noqa: DJ008
        title = models.CharField(max_length=20)

        class Meta:
            app_label = "growth"

    class After(models.Model):  # noqa: DJ008
        heading = models.CharField(max_length=20)
        proved_as = {"heading": "title"}

        class Meta:
            app_label = "growth"
            db_table = "growth_before"

    before, after = proofs.proved(Before), proofs.proved(After)
    one, other = before.values(before.read(Before(title="x"))), after.values(after.read(After(heading="x")))
    assert one == other == {"title": "x"}


def test_a_column_of_a_kind_nobody_knows_how_to_write_down_is_refused():
    class Odd(models.Model):  # noqa: DJ008
        span = models.DurationField()

        class Meta:
            app_label = "growth"

    with pytest.raises(TypeError, match=r"say in apps/ledger/proofs\.py how a DurationField is written down"):
        proofs.proved(Odd)


def test_an_entry_shows_no_text_that_somebody_wrote(cast):
    """What is proved of a row is a digest under a secret; what is shown beside it are numbers, ids and states."""
    words = ("Support is told by the robot", "The log shows a retry", "Restored on staging", "Watch the queue", "Lena")
    for body in Entry.objects.values_list("body", flat=True):
        shown = json.dumps(json.loads(body).get("rows", {}), ensure_ascii=False)
        assert not [word for word in words if word in shown]
