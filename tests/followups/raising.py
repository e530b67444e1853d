"""Follow-ups as what leaves them would store them: within a command that records the row."""

import uuid
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.deployments.models import Deployment
from apps.followups.commands.parts import store
from apps.followups.events import FollowUpChanged
from apps.followups.models import FollowUp, Kind
from apps.ledger import commands as ledger
from tests.cast import again


def in_days(days: int) -> date:
    """A day in UTC, counted from today."""
    return timezone.now().date() + timedelta(days)


@transaction.atomic
def raised(deployment: Deployment, *, by: User, owner: User, days: int = 7, **fields: Any) -> FollowUp:
    """A follow-up of a deployment, due in so many days."""
    values = {"subject": f"sheet:{uuid.uuid4().hex}", "kind": Kind.CAVEAT, "what": "Watch the queue"} | fields
    values |= {"team": deployment.team, "stream": deployment.stream, "due_on": in_days(days)}
    stored = store(by=again(by), owner=owner, **values)
    event = FollowUpChanged(
        follow_up=stored.id,
        owner=owner.pk,
        due_on=stored.due_on.isoformat(),
        owner_before=owner.pk,
        due_before=stored.due_on.isoformat(),
        what=stored.what,
        owner_name=stored.owner_name,
        owner_name_before=stored.owner_name,
    )
    ledger.record(deployment.stream, event, by=again(by), rows=[stored])
    return stored
