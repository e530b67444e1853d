"""Once a minute, while anything changed, the instance chain notes where every other chain ends."""

from celery import shared_task
from django.db import transaction

from . import commands, selectors


@shared_task(name="apps.ledger.tasks.anchor_heads")
def anchor_heads() -> int:
    """Anchor every stream that moved; returns how many."""
    moved = selectors.unanchored()
    for name in moved:
        with transaction.atomic():
            commands.anchor(name, by=commands.SYSTEM)
    return len(moved)
