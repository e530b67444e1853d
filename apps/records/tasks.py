"""Making records. A task comes at least once: the attempt number and the lease make it count once."""

import logging
import time
from uuid import UUID

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded

from apps.core.errors import Away, Refusal
from apps.leases import commands as leases
from apps.ledger import commands as ledger

from . import commands, pdf, selectors
from .document import Made
from .models import Record

logger = logging.getLogger(__name__)

PAUSE = 0.5  # seconds between two notes of progress; each is a durable write
TOO_LONG = (
    "Laying out its pages took too long and was stopped. Ask for a new record; "
    "if that has no PDF either, the operator can raise KEYTURN_TASK_SECONDS."
)

BROKE = "Making it ended in an error, which the worker’s log describes."


class Notes:
    """Progress as the rows keep it: every named step, and pages at most twice a second."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.due = 0.0

    def __call__(self, step: str, pages: int) -> None:
        now = time.monotonic()
        if step.startswith("page ") and now < self.due:
            return
        self.due = now + PAUSE
        commands.note_progress(self.record, step=step, pages=pages, by=ledger.SYSTEM)


@shared_task(name="apps.records.tasks.render_record")
def render_record(work_id: str, attempt: int) -> None:
    """Collect, lay out, write and file one record."""
    record = commands.claim_record(UUID(work_id), attempt, by=ledger.SYSTEM)
    if record is None:
        return
    try:
        with leases.holding(record):
            commands.file_record(record.pk, attempt, _make(record), by=ledger.SYSTEM)
    except Away as away:  # for a while
        commands.release_record(record.pk, attempt, why=str(away), by=ledger.SYSTEM)
    except Refusal as refusal:
        commands.fail_record(record.pk, attempt, why=str(refusal), by=ledger.SYSTEM)
    except SoftTimeLimitExceeded:
        commands.fail_record(record.pk, attempt, why=TOO_LONG, by=ledger.SYSTEM)
    except Exception:
        # Whatever it was, the row must not wait for its lease; the worker's log has the rest.
        commands.release_record(record.pk, attempt, why=BROKE, by=ledger.SYSTEM)
        raise


@shared_task(name="apps.records.tasks.sweep_records")
def sweep_records() -> int:
    """Beat: bring back what was lost on the way."""
    return commands.sweep_records(by=ledger.SYSTEM)


def _make(record: Record) -> Made:
    if problem := pdf.engine_problem():
        raise Refusal(problem)
    stated = selectors.collect(record)
    return pdf.render(stated, Notes(record), selectors.contents(stated))
