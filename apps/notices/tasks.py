"""What workers do by the clock: read the chains, and say of windows that open soon."""

from celery import shared_task

from apps.ledger.commands import SYSTEM

from . import commands


@shared_task(name="apps.notices.tasks.derive_notices")
def derive_notices() -> int:
    """Beat: what was added to the chains since; returns how many entries."""
    return commands.derive_notices(by=SYSTEM)


@shared_task(name="apps.notices.tasks.note_windows")
def note_windows() -> int:
    """Beat: windows that open within a day or an hour; returns how many notices."""
    return commands.note_windows(by=SYSTEM)
