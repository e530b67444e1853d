"""What the clock does to waivers."""

from celery import shared_task

from apps.ledger.commands import SYSTEM

from . import commands


@shared_task(name="apps.waivers.tasks.expire_waivers")
def expire_waivers() -> int:
    """Note the waivers that expired; returns how many."""
    return commands.expire_waivers(by=SYSTEM)
