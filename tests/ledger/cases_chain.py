"""Ways to tamper with entries, their texts, streams, tails, whole chains and anchors."""

import json
import uuid
from types import SimpleNamespace

from django.db.models import F, Value
from django.db.models.functions import Concat, Replace

from apps.deployments.models import Deployment, Item, Section
from apps.ledger import chain
from apps.ledger.models import Entry, Opening, Stream
from apps.rollback.models import RollbackPlan
from apps.signoff.models import SignOff
from tests.ledger import forging
from tests.ledger.cases import ANCHORED, GONE, UNPROVED, case, change, entry, place

# Entries


@case("its text does not match its digest")
def a_letter_of_an_entry(cast):
    signed = entry(cast, "item.signed")
    return change(signed, body=Replace(F("body"), Value("performed"), Value("verified")))


@case("its text does not match its digest")
def a_space_after_an_entry(cast):
    return change(entry(cast, "item.signed"), body=Concat(F("body"), Value(" ")))


@case("its text does not match its digest")
def an_entry_emptied(cast):
    return change(entry(cast, "item.signed"), body="")


@case("its text does not match its digest")
def the_very_first_entry(cast):
    return change(entry(cast, "deployment.created"), body=Replace(F("body"), Value('"number":1'), Value('"number":2')))


@case("its text does not match its digest")
def the_very_last_entry(cast):
    last = Entry.objects.filter(stream=cast.stream).latest("sequence")
    return change(last, body=Replace(F("body"), Value("sha256"), Value("sha257")))


@case("its text does not match its digest")
def a_digest(cast):
    return change(entry(cast, "item.rejected"), digest="0" * 64)


@case("it does not name the entry before it")
def an_entry_and_its_digest(cast):
    rejected = entry(cast, "item.rejected")
    raw = chain.canonical(json.loads(rejected.body) | {"actor": str(cast.lead.pk)})
    change(rejected, body=raw.decode(), digest=chain.digest(raw), actor=cast.lead.pk)
    return place(rejected, +1)


@case("it does not name the entry before it")
def the_link_to_the_entry_before(cast):
    return change(entry(cast, "item.rejected"), previous="f" * 64)


@case("it does not name the entry before it")
def two_entries_swapped(cast):
    first = entry(cast, "item.signed")
    Entry.objects.filter(pk=first.pk).update(sequence=9_999)
    Entry.objects.filter(stream=cast.stream, sequence=first.sequence + 1).update(sequence=first.sequence)
    Entry.objects.filter(pk=first.pk).update(sequence=first.sequence + 1)
    return place(first)


@case("one is missing, doubled or out of order")
def an_entry_deleted(cast):
    rejected = entry(cast, "item.rejected")
    delete_entry(rejected)
    return place(rejected, +1)


@case("it does not name the entry before it")
def an_entry_deleted_and_the_rest_renumbered(cast):
    rejected = entry(cast, "item.rejected")
    delete_entry(rejected)
    for later in Entry.objects.filter(stream=cast.stream, sequence__gt=rejected.sequence).order_by("sequence"):
        change(later, sequence=later.sequence - 1)
    return place(rejected)


@case("one is missing, doubled or out of order")
def the_first_entry_deleted(cast):
    created = entry(cast, "deployment.created")
    delete_entry(created)
    return place(created, +1)


@case("it does not name the entry before it")
def an_entry_inserted(cast):
    rejected = entry(cast, "item.rejected")
    for later in Entry.objects.filter(stream=cast.stream, sequence__gte=rejected.sequence).order_by("-sequence"):
        change(later, sequence=later.sequence + 1)
    body = json.loads(rejected.body) | {"type": "review.opened", "commit": {}, "data": {}, "prev": "a" * 64}
    raw = chain.canonical(body)
    append(cast, rejected.sequence, body, raw)
    return place(rejected)


@case("the stream says")
def an_entry_appended(cast):
    last = Entry.objects.filter(stream=cast.stream).latest("sequence")
    body = json.loads(last.body) | {"seq": last.sequence + 1, "prev": last.digest, "commit": {}, "rows": {}}
    append(cast, last.sequence + 1, body, chain.canonical(body))
    return f"{cast.stream}: "


def append(cast: SimpleNamespace, sequence: int, body: dict, raw: bytes) -> None:
    """Store an entry that fits itself."""
    Entry.objects.create(
        stream_id=cast.stream,
        sequence=sequence,
        kind=body["type"],
        at=body["at"],
        actor=uuid.UUID(body["actor"]),
        item=uuid.UUID(body["item"]) if body.get("item") else None,
        previous=body["prev"],
        digest=chain.digest(raw),
        body=raw.decode(),
    )


def delete_entry(row: Entry) -> None:
    """Delete an entry with its texts."""
    Opening.objects.filter(entry=row)._raw_delete("default")
    Entry.objects.filter(pk=row.pk)._raw_delete("default")


@case("its text and its column differ in “type”")
def the_kind_column(cast):
    return change(entry(cast, "item.rejected"), kind="item.signed")


@case("its text and its column differ in “at”")
def the_time_column(cast):
    return change(entry(cast, "item.rejected"), at="2026-01-01T00:00:00.000Z")


@case("its text and its column differ in “actor”")
def the_actor_column(cast):
    return change(entry(cast, "item.rejected"), actor=cast.lead.pk)


@case("its text and its column differ in “item”")
def the_item_column(cast):
    return change(entry(cast, "item.rejected"), item=cast.items[0].pk)


@case("its text and its column differ in “item”")
def the_item_column_emptied(cast):
    return change(entry(cast, "item.rejected"), item=None)


@case("one is missing, doubled or out of order")
def an_entry_moved_to_another_chain(cast):
    rejected = entry(cast, "item.rejected")
    change(rejected, stream_id=chain.INSTANCE, sequence=9_999)
    return place(rejected, +1)


# Texts


@case("the text “reason” is not the one it commits to")
def a_text(cast):
    return change_opening(cast, "item.rejected", "reason", value="Looks fine")


@case("the text “name” is not the one it commits to")
def a_salt(cast):
    return change_opening(cast, "item.signed", "name", salt="0" * 64)


@case("the text “name” is not the one it commits to")
def a_salt_that_is_no_salt(cast):
    return change_opening(cast, "item.signed", "name", salt="zz")


@case("the text “reason” it commits to is gone")
def a_text_moved_to_another_path(cast):
    return change_opening(cast, "item.rejected", "reason", path="why")


@case("the text “name” it commits to is gone")
def a_text_deleted(cast):
    signed = entry(cast, "item.signed")
    Opening.objects.filter(entry=signed, path="name")._raw_delete("default")
    return place(signed)


@case("a text “remark” lies beside it")
def a_text_added(cast):
    signed = entry(cast, "item.signed")
    Opening.objects.create(entry=signed, path="remark", value="by the way", salt="0" * 64)
    return place(signed)


def change_opening(cast: SimpleNamespace, kind: str, text: str, **values: object) -> str:
    row = entry(cast, kind)
    assert Opening.objects.filter(entry=row, path=text).update(**values) == 1
    return place(row)


# Streams, tails and whole chains


@case("the stream says")
def the_length_of_a_stream(cast):
    Stream.objects.filter(pk=cast.stream).update(length=F("length") + 1)
    return f"{cast.stream}: "


@case("the stream says")
def the_head_of_a_stream(cast):
    Stream.objects.filter(pk=cast.stream).update(head="0" * 64)
    return f"{cast.stream}: "


@case("entries without a stream")
def the_row_of_a_stream_deleted(cast):
    Stream.objects.filter(pk=cast.stream)._raw_delete("default")
    return f"{cast.stream}: "


@case("the stream says")
def a_tail_cut(cast):
    for row in Entry.objects.filter(stream=cast.stream).order_by("-sequence")[:2]:
        delete_entry(row)
    return f"{cast.stream}: "


@case(f"the entry is gone; {ANCHORED}")
def a_tail_cut_without_a_trace(cast):
    last = Entry.objects.filter(stream=cast.stream).latest("sequence")
    forging.rewrite(cast.stream, lambda bodies: bodies[:-1])
    return place(last)


@case(f"the entry was rewritten; {ANCHORED}")
def a_whole_chain_rewritten(cast):
    def rename(bodies):
        bodies[0]["texts"]["version"] = ("6.6.6", "a" * 64)

    forging.rewrite(cast.stream, rename)
    return f"{cast.stream} entry 0: "


@case(f"the whole chain is gone; {ANCHORED}")
def a_whole_deployment_vanished(cast):
    last = Deployment.objects.filter(team=cast.team).latest("number")
    erase_deployment(last)
    return f"{last.stream}: "


@case(GONE)
def a_deployment_vanished_from_the_tables(cast):
    last = Deployment.objects.filter(team=cast.team).latest("number")
    erase_rows(last)
    return f"{last.stream} entry 0: "


@case(UNPROVED)
def a_deployment_without_a_ledger(cast):
    draft = Deployment.objects.filter(team=cast.team).latest("number")
    forging.erase(draft.stream)
    forging.rewrite(chain.INSTANCE, lambda bodies: [b for b in bodies if b["data"].get("chain") != draft.stream])
    return f"{draft.stream}: "


@case("deployments numbered up to 3: one is gone")
def a_deployment_in_the_middle_vanished_with_its_anchors(cast):
    second = Deployment.objects.get(team=cast.team, number=2)
    erase_deployment(second)
    without = lambda bodies: [b for b in bodies if b["data"].get("chain") != second.stream]  # noqa: E731
    forging.rewrite_everywhere(chain.INSTANCE, without)
    return "the tables: "


def erase_deployment(deployment: Deployment) -> None:
    forging.erase(deployment.stream)
    erase_rows(deployment)


def erase_rows(deployment: Deployment) -> None:
    Item.objects.filter(deployment=deployment)._raw_delete("default")
    Section.objects.filter(deployment=deployment)._raw_delete("default")
    Deployment.objects.filter(pk=deployment.pk)._raw_delete("default")
    SignOff.objects.filter(stream=deployment.stream)._raw_delete("default")
    RollbackPlan.objects.filter(pk=deployment.rollback_plan_id)._raw_delete("default")


@case("its text does not match its digest")
def an_anchor(cast):
    anchor = Entry.objects.filter(kind="head.anchored").order_by("sequence").first()
    return change(anchor, body=Replace(F("body"), Value('"sequence":'), Value('"sequence":1')))


@case("the entry was rewritten")
def an_anchor_made_to_fit(cast):
    def renote(bodies):
        body = next(b for b in bodies if b["data"].get("chain") == cast.stream)
        body["data"]["digest"] = "0" * 64

    forging.rewrite(chain.INSTANCE, renote)
    return f"{cast.stream} entry "


@case("it should note the first")
def the_last_anchor_deleted(cast):
    forging.rewrite(chain.INSTANCE, lambda bodies: bodies[: [b["type"] for b in bodies].index("head.anchored")])
    return "instance: "
