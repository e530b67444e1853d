"""Steps that several tests of records take."""

from apps.ledger.commands import SYSTEM
from apps.records import commands, tasks
from apps.records.models import Record


def asked(staged, by=None):
    """A record that was asked for and waits."""
    return commands.request_record(staged.deployment, by=by or staged.lead)


def filed(staged, by=None):
    """A record that a worker made, the worker being this process."""
    record = asked(staged, by)
    tasks.render_record(work_id=str(record.pk), attempt=record.attempt)
    return Record.objects.select_related("deployment__team", "blob", "data_blob").get(pk=record.pk)


def claimed(staged):
    """A record that a worker took and did not finish."""
    record = asked(staged)
    return commands.claim_record(record.pk, record.attempt, by=SYSTEM)


# A finished file, too small to be one.
SMALL = commands.Made(pdf=b"%PDF-1.7", json=b"{}", pages=1, head_sequence=0, head_digest="0" * 64)
