"""What the clock does about reports that are late."""

from celery import shared_task

from apps.ledger.commands import SYSTEM

from . import commands


@shared_task(name="apps.reporting.tasks.note_missed_reports")
def note_missed_reports() -> int:
    """Note the reports that did not come in time; returns how many."""
    return commands.note_missed_reports(by=SYSTEM)
