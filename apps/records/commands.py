"""Asking for a record and filing it; in between, the bookkeeping of whoever makes it."""

import logging
from functools import partial
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import TooLarge, WrongState
from apps.core.permissions import require
from apps.core.states import after
from apps.deployments.models import Deployment
from apps.evidence import commands as evidence
from apps.leases import commands as leases
from apps.ledger import commands as ledger
from apps.ledger.chain import Digested

from . import permissions, selectors
from .document import Made, data_alone
from .events import RecordFiled, RecordRequested
from .models import Record
from .states import MOVES, PLAN

logger = logging.getLogger(__name__)

LARGEST = 500 * 1024 * 1024  # bytes of one file of a record: whatever its texts hold has to fit
STOPPED = "The worker that made it stopped before it was done."
AGAIN = f"It was tried {PLAN.attempts} times. Ask for a new record; if that fails too, tell the operator."


@transaction.atomic
def request_record(deployment: Deployment, *, by: User, with_evidence: bool = False) -> Record:
    """Ask for an audit record of the state as it is now. A second click gets the one in the making.

    with_evidence: with the files of evidence inside the PDF, where there are not too many.
    """
    deployment = Deployment.objects.lock(deployment.pk)
    require(permissions.request_record(by, deployment))
    live = Record.objects.live().filter(deployment=deployment).first()
    if live and live.with_evidence == with_evidence:
        return live
    if live:
        raise WrongState("Another record is in the making, and takes along something else. Ask again once it is done.")
    if with_evidence and (why := selectors.enclosing(deployment).why_not):
        raise TooLarge(why)
    newest = Record.objects.filter(deployment=deployment).aggregate(newest=Max("number"))["newest"] or 0
    now = timezone.now()
    record = Record(
        deployment=deployment,
        number=newest + 1,
        requested_by=by,
        requested_by_name=by.full_name,
        requested_at=now,
        published_at=now,
        with_evidence=with_evidence,
    )
    record.requested_sequence = ledger.next_sequence(deployment.stream)
    event = RecordRequested(record=record.id, number=record.number, with_evidence=with_evidence)
    entry = ledger.record(deployment.stream, event, by=by, rows=[record])
    record.head_sequence, record.head_digest = entry.sequence, entry.digest
    record.save(force_insert=True)
    # The instance chain holds the head before the pages state it, so the record can say where.
    ledger.anchor(deployment.stream, by=by)
    leases.publish(record)
    return record


def file_record(record_id: UUID, attempt: int, made: Made, *, by: ledger.Actor) -> Record | None:
    """Keep the finished file; None when this attempt was given up meanwhile and another one counts."""
    require(permissions.file_record(by))
    files = _Files.of(made, Record.objects.select_related("deployment__team").get(pk=record_id))
    with transaction.atomic():
        deployment, record = _held(record_id, attempt)
        return _file(record, deployment, made, files, by=by) if record else None


class _Files(NamedTuple):
    """The files of a record; what they hash to is known, and they are in file storage, before anything is locked."""

    pdf: Digested | None
    json: Digested

    @classmethod
    def of(cls, made: Made, record: Record) -> "_Files":
        place = partial(evidence.place, record.deployment.team, largest=LARGEST)
        return cls(place(made.pdf) if made.pdf else None, place(made.json))


def _file(record: Record, deployment: Deployment, made: Made, files: _Files, *, by: ledger.Actor) -> Record:
    """File what was made. Sum and size are those of the PDF, or of the data where there is no PDF."""
    record.state = after(MOVES, record.state, "file")
    record.blob = evidence.store_blob(deployment.team, files.pdf, largest=LARGEST) if files.pdf else None
    record.data_blob = evidence.store_blob(deployment.team, files.json, largest=LARGEST)
    whole = record.blob or record.data_blob
    record.sha256, record.size, record.pages, record.error = whole.sha256, whole.size, made.pages, made.why
    record.head_sequence, record.head_digest = made.head_sequence, made.head_digest
    record.filed_at, record.lease_until, record.step = timezone.now(), None, ""
    record.save()
    filed = RecordFiled(
        record=record.id,
        number=record.number,
        sha256=record.sha256,
        data_sha256=record.data_blob.sha256,
        size=record.size,
        pages=record.pages,
        head_sequence=record.head_sequence,
        head_digest=record.head_digest,
    )
    blobs = filter(None, (record.blob, record.data_blob))
    ledger.record(deployment.stream, filed, by=by, rows=[record, *blobs], anchored=True)
    leases.pass_on(record)
    return record


def claim_record(record_id: UUID, attempt: int, *, by: ledger.Actor) -> Record | None:
    """Take the record for one attempt; None when somebody has it or the attempt is over."""
    if leases.claim(Record, record_id, attempt, now=timezone.now(), step="collecting", pages=0) is None:
        return None
    return Record.objects.select_related("deployment__team").get(pk=record_id)


def note_progress(record: Record, *, step: str, pages: int, by: ledger.Actor) -> None:
    """Say how far it is, for whoever waits."""
    Record.objects.leased(record.pk, record.attempt).update(step=step, pages=pages)


def fail_record(record_id: UUID, attempt: int, *, why: str, by: ledger.Actor) -> None:
    """Give the PDF up for good, with a sentence that says what to do; the data alone is filed."""
    _give_up(record_id, attempt, why, by=by)


def release_record(record_id: UUID, attempt: int, *, why: str, by: ledger.Actor) -> None:
    """An attempt came to nothing: try once more, or give the PDF up after the last."""
    with transaction.atomic():
        _, record = _held(record_id, attempt)
        if record is None or leases.retry(record, step="", pages=0):
            return
    _give_up(record_id, attempt, f"{why} {AGAIN}", by=by)


def sweep_records(*, by: ledger.Actor) -> int:
    """Release what a dead worker left, publish again what nobody took; returns how many. Safe to run twice."""
    return leases.sweep(Record, partial(release_record, why=STOPPED, by=by))


def _held(record_id: UUID, attempt: int) -> tuple[Deployment, Record | None]:
    """The deployment and the record, locked in this order; no record if another attempt counts, or it ended."""
    deployment = Deployment.objects.lock(Record.objects.values_list("deployment", flat=True).get(pk=record_id))
    return deployment, Record.objects.held(record_id, attempt)


def _give_up(record_id: UUID, attempt: int, why: str, *, by: ledger.Actor) -> None:
    """End without a PDF: the data is filed, and only if that is not possible either there is no record.

    The data is put together before anybody has to wait.
    """
    data = _data_alone(record_id, why)
    with transaction.atomic():
        deployment, record = _held(record_id, attempt)
        if record is None:
            return
        if data and _filed(record, deployment, *data, by=by):
            return
        failed = Record.objects.get(pk=record.pk)
        failed.state = after(MOVES, failed.state, "fail")
        failed.error, failed.lease_until, failed.step = why, None, ""
        failed.save()
        leases.pass_on(failed)


def _data_alone(record_id: UUID, why: str) -> tuple[Made, _Files] | None:
    try:
        record = Record.objects.select_related("deployment__team").get(pk=record_id)
        made = data_alone(selectors.collect(record), why)
        return made, _Files.of(made, record)
    except Exception:
        logger.exception("record %s: its data cannot be put together either", record_id)
        return None


def _filed(record: Record, deployment: Deployment, made: Made, files: _Files, *, by: ledger.Actor) -> Record | None:
    try:
        with transaction.atomic():
            return _file(record, deployment, made, files, by=by)
    except Exception:
        logger.exception("record %s: its data cannot be filed either", record.pk)
        return None
