"""Reports that did not come in time."""

import logging
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from apps.core.wording import exact
from apps.deployments.models import Deployment, Item
from apps.deployments.states import ACTIVE
from apps.ledger.commands import Actor
from apps.probes import commands as probes
from apps.probes.kinds import INCONCLUSIVE, Outcome, Passive
from apps.probes.models import Probe

NOBODY = "nobody"
logger = logging.getLogger(__name__)


def note_missed_reports(*, by: Actor) -> int:
    """Give each probe whose report is late a run without a value, once for each time; returns how many.

    Late is what the clock of the database says. Of a Keyturn that was away only the last time is noted. Safe at any
    time and twice at once.
    """
    late = Item.objects.filter(deployment__state__in=ACTIVE, applies=True, probe__expected_by__lt=Now())
    found = list(late.order_by("deployment", "number").values_list("deployment", "pk", "probe"))
    return sum(_noted(*each, by=by) for each in found)


def _noted(deployment: UUID, pk: UUID, probe: UUID, *, by: Actor) -> bool:
    """Whether a missed report was noted. One whose settings cannot be read keeps nobody else's from being noted."""
    try:
        return _note(deployment, pk, probe, by=by)
    except ValueError:
        logger.exception("reporting: the settings of probe %s cannot be read, so it is not seen that it is late", probe)
        return False


@transaction.atomic
def _note(deployment: UUID, pk: UUID, probe_id: UUID, *, by: Actor) -> bool:
    held = Deployment.objects.lock(deployment)
    item = Item.objects.select_related("carried").get(pk=pk)
    if held.state not in ACTIVE or item.is_carried or item.probe_id != probe_id:
        return False
    probe = Probe.objects.lock(probe_id)
    now = Probe.objects.annotate(now=Now()).values_list("now", flat=True).get(pk=probe_id)
    settings, due = probe.settings, probe.expected_by
    if due is None or due >= now or not isinstance(settings, Passive):
        return False
    probes.record_report(
        probe,
        _outcome(settings, due),
        by=by,
        person=probe.created_by,
        stream=held.stream,
        item=pk,
        at=now,
        slot=due,
    )
    return True


def _outcome(settings: Passive, due: datetime) -> Outcome:
    request = settings.asked() | {"expected": settings.conditions.splitlines()}
    message = f"No report came by {exact(due)}, the latest at which one was expected."
    return Outcome(INCONCLUSIVE, message, request=request, response={"by": NOBODY})
