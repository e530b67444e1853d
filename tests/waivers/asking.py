"""Asking to go without an item, with everything that a waiver says besides its reason."""

from datetime import UTC, timedelta
from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.core.shown import fingerprint
from apps.deployments.models import Item, Waiver
from apps.deployments.states import Risk
from apps.waivers import commands
from apps.waivers.selectors import waived_text


def terms(by: User, **others: Any) -> dict[str, Any]:
    """What `request_waiver` takes besides the reason: for a week, and whoever asks does what comes after it."""
    now = timezone.now()
    return {
        "risk": Risk.LOW,
        "measure": "Somebody looks every hour",
        "expires_at": now + timedelta(days=7),
        "afterwards": "Do it before the next release",
        "afterwards_owner": by,
        "afterwards_due": now.date() + timedelta(days=7),
        **others,
    }


def typed(item: Item, by: User, **others: Any) -> dict[str, Any]:
    """The same as somebody types it into the page that asks, in UTC, with the reason and what the page showed."""
    asked = terms(by, justification="The robot tells them all of it", **others)
    until = f"{asked['expires_at'].astimezone(UTC):%Y-%m-%dT%H:%M}"
    asked |= {"expires_at": until, "afterwards_owner": str(by.pk), "risk": asked["risk"].value}
    return asked | {"basis": fingerprint(waived_text(Item.objects.get(pk=item.pk)))}


def ask(item: Item, *, by: User, justification: str = "The robot tells them", **others: Any) -> Waiver:
    """Ask for a waiver of an item."""
    return commands.request_waiver(item, by=by, justification=justification, **terms(by, **others))
