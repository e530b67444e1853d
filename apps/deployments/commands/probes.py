"""Letting machines gather proof for items."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.core.permissions import require
from apps.deployments import permissions
from apps.deployments.events import ProbeAttached, ProbeDetached
from apps.deployments.models import Deployment, Item
from apps.ledger import commands as ledger
from apps.probes import commands as probes
from apps.probes.models import Probe

from .items import lock_item, touch


@transaction.atomic
def attach_probe(item: Item, *, by: User, name: str, kind: str, config: Mapping[str, Any]) -> Item:
    """Give an item a probe, or change the one it has. What ran before stays on record."""
    item = lock_item(item)
    require(permissions.attach_probe(by, item))
    stream = item.deployment.stream  # not the instance's: that one is always locked last
    if item.probe:
        item.probe = probes.change_probe(item.probe, by=by, name=name, config=config, stream=stream)
    else:
        team = item.deployment.team
        item.probe = probes.define_probe(team, by=by, name=name, kind=kind, config=config, stream=stream)
    touch(item, "probe")
    probe = item.probe
    attached = ProbeAttached(item=item.id, number=item.number, probe=probe.id, probe_kind=probe.kind, name=name)
    ledger.record(stream, attached, by=by, rows=[item])
    return item


@transaction.atomic
def detach_probe(item: Item, *, by: User, reason: str) -> Item:
    """Take the probe from an item; it no longer blocks."""
    item = lock_item(item)
    require(permissions.detach_probe(by, item))
    gone, item.probe = item.probe_id, None
    touch(item, "probe")
    detached = ProbeDetached(item=item.id, number=item.number, probe=gone, reason=reason)
    ledger.record(item.deployment.stream, detached, by=by, rows=[item])
    return item


@transaction.atomic
def run_probes(deployment: Deployment, *, by: User, numbers: list[int] | None = None) -> int:
    """Run the probes of some items, or of all. Returns how many were asked for; each is recorded."""
    deployment = Deployment.objects.lock(deployment.pk)
    require(permissions.run_probes(by, deployment))
    items = deployment.items.filter(probe__isnull=False).select_related("probe").order_by("number")
    if numbers is not None:
        items = items.filter(number__in=numbers)
    asked = [(item.probe, item.id) for item in items if item.probe]
    Probe.objects.lock_all(probe.id for probe, _ in asked)
    for probe, item_id in asked:
        probes.request_run(probe, by=by, stream=deployment.stream, item=item_id)
    return len(asked)
