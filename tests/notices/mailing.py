"""Mail that is due, sent as workers do, to a server that really speaks SMTP."""

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from apps.leases.models import UNHEARD
from apps.ledger.commands import SYSTEM
from apps.notices import commands, tasks
from apps.notices.models import Delivery
from apps.notices.states import State


def let_fall_due() -> None:
    """Let the time pass until everything that waits is due."""
    now = timezone.now()
    Delivery.objects.filter(state=State.WAITING).update(due_at=now, published_at=now - UNHEARD - timedelta(seconds=1))


def send_due() -> None:
    """What the sweep and the workers do with what is due now."""
    commands.sweep_deliveries(by=SYSTEM)
    due = Delivery.objects.filter(state=State.WAITING, due_at__lte=timezone.now()).order_by("created_at", "pk")
    for delivery in due:
        tasks.send_delivery(str(delivery.pk), delivery.attempt)


def let_leases_end() -> None:
    """Whoever is sending is gone."""
    Delivery.objects.filter(state=State.SENDING).update(lease_until=F("lease_until") - timedelta(minutes=1))
