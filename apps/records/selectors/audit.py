"""Comparing filed records with what the ledgers of their deployments say."""

import hashlib
from collections.abc import Iterator
from uuid import UUID

from apps.evidence.models import Blob
from apps.ledger import selectors as ledger
from apps.ledger.chain import Fault
from apps.ledger.models import Entry
from apps.ledger.selectors import UNREADABLE, Told, differences
from apps.records.events import RecordFiled, RecordRequested
from apps.records.models import Record

KINDS = (RecordRequested.kind, RecordFiled.kind)


def ledger_faults() -> Iterator[Fault]:
    """Records that are not the ones that were asked for and filed, and bytes that are not the ones filed."""
    streams = Entry.objects.filter(kind__in=KINDS).order_by("stream_id").values_list("stream_id", flat=True).distinct()
    known = set()
    for stream in list(streams):
        for told in ledger.told(stream, KINDS):
            known.add(told.said.get("record"))
            try:
                yield from list(_told_faults(told))
            except UNREADABLE as error:
                yield Fault(stream, told.sequence, f"the record it tells of cannot be read ({type(error).__name__})")
    for pk, number, deployment in Record.objects.order_by("pk").values_list("pk", "number", "deployment").iterator():
        if str(pk) not in known:
            what = f"record {number} is in the tables and no entry tells of it"
            yield Fault(f"deployment/{deployment}", None, what)


def _told_faults(told: Told) -> Iterator[Fault]:
    record = Record.objects.filter(pk__in=_ids(told.said.get("record"))).select_related("deployment__team").first()
    if record is None:
        yield Fault(told.stream, told.sequence, "the record it tells of is gone from the tables")
        return
    facts = {"deployment": (record.deployment.stream, told.stream), "number": (record.number, told.said.get("number"))}
    if told.kind == RecordRequested.kind:
        facts |= {
            "person": (record.requested_by_id, told.actor),
            "entry": (record.requested_sequence, told.sequence),
        }
    else:
        same = ("sha256", "size", "pages", "head_sequence", "head_digest")
        facts |= {name.replace("_", " "): (getattr(record, name), told.said.get(name)) for name in same}
        facts["content"] = (_sha256(record.blob_id), told.said.get("sha256"))
        facts["data"] = (_sha256(record.data_blob_id), told.said.get("data_sha256"))
        teams = Blob.objects.filter(pk__in=[record.blob_id, record.data_blob_id]).values_list("team", flat=True)
        facts["team"] = (set(teams) == {record.deployment.team_id}, True)
    yield from differences(told, f"the record {record.label}", facts)


def _ids(said: object) -> list[UUID]:
    """The id that was said, or none: an entry may say anything once somebody forged it."""
    try:
        return [UUID(str(said))]
    except ValueError:
        return []


def _sha256(blob: UUID | None) -> str:
    data = Blob.objects.filter(pk__in=[blob] if blob else []).values_list("data", flat=True).first()
    return hashlib.sha256(bytes(data or b"")).hexdigest()
