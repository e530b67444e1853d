"""What people measure by hand."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import Unreadable
from apps.core.permissions import require
from apps.core.shown import id_of_intent
from apps.deployments.commands.parts import lock_item
from apps.deployments.models import Item
from apps.probes import commands as probes
from apps.probes.kinds import BadReport, Manual
from apps.probes.models import Run
from apps.reporting import permissions
from apps.signoff import commands as signoff


@transaction.atomic
def measure(item: Item, *, by: User, value: str, how: str, link: str = "", intent: UUID | None = None) -> Run:
    """Keep what somebody measured as a run of the item's probe. They contributed to the item; its keys stay.

    The same intent twice is one run.
    """
    item = lock_item(item)
    require(permissions.measure(by, item))
    assert item.probe
    settings = item.probe.settings
    assert isinstance(settings, Manual)
    pk = id_of_intent(intent, item.pk, by.pk, value, how)
    if known := Run.objects.filter(pk=pk).first():
        return known
    try:
        reading = settings.reading(value=value, how=how, link=link)
    except BadReport as error:
        raise Unreadable(str(error)) from error
    signoff.contribute(item.sign_off, by=by)
    return probes.record_report(
        item.probe,
        settings.outcome(reading, by=by.full_name),
        by=by,
        person=by,
        stream=item.deployment.stream,
        item=item.pk,
        at=timezone.now(),
        pk=pk,
        rows=item.sign_off.changes,
    )
