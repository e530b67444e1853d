"""What the clock does with the proof of items."""

from celery import shared_task

from apps.ledger.commands import SYSTEM

from . import commands


@shared_task(name="apps.attachments.tasks.order_due_runs")
def order_due_runs() -> int:
    """Order the runs that schedules ask for; returns how many."""
    return commands.order_due_runs(by=SYSTEM)
