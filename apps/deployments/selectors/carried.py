"""Whether what deployments carry over is borne out by where it was signed, by what the rows say now."""

import operator
from collections.abc import Iterable, Iterator

from django.db.models import Q

from apps.core.statements import fetched
from apps.deployments.models import CarriedItem, Deployment, Item
from apps.deployments.rules import SIGNED_COLUMNS
from apps.deployments.states import ItemState
from apps.ledger.chain import Fault
from apps.ledger.selectors import batched
from apps.signoff.rules import content_digest

# Most instances run nothing again: this says so before the ORM puts together all that is to be asked.
ANY_AGAIN = """
SELECT 1 FROM deployments_deployment WHERE parent_id IS NOT NULL UNION ALL SELECT 1 FROM deployments_carrieditem LIMIT 1
"""


def load_origins(items: Iterable[Item]) -> None:
    """Let each of these items that is carried over have the item that was signed, with everything; where there is any.

    The items have their `carried` joined.
    """
    carried = {item.carried.origin_id: item.carried for item in items if item.is_carried}
    for pk, origin in Item.objects.with_everything().in_bulk(list(carried)).items():
        carried[pk].origin = origin


def content_carried(item: Item) -> dict[str, object]:
    """What an item and the one it is carried over from have in common: all that keys cover but where and by what."""
    own = {name: getattr(item, name) for name in ("key", *SIGNED_COLUMNS, "result")}
    return own | {"fill_ins": item.fill_ins}


def carried_faults() -> Iterator[Fault]:
    """Deployments that run again what they may not, and items carried over that were not signed there like that."""
    if not fetched(ANY_AGAIN):
        return
    again = Q(parent__isnull=False) | Q(pk__in=CarriedItem.objects.values("item__deployment"))
    found = Deployment.objects.filter(again).select_related("team", "parent").order_by("team", "number")
    for deployment in found:
        if deployment.parent and not _may_run_again(deployment, deployment.parent):
            what = f"{deployment} runs {deployment.parent} again, which is not over, or was for another place"
            yield Fault(deployment.stream, None, what)
        for item, what in _carried_faults(deployment):
            yield Fault(deployment.stream, None, f"item {item.number} of {deployment} is carried over, and {what}")


def _may_run_again(deployment: Deployment, parent: Deployment) -> bool:
    place = operator.attrgetter("team_id", "service", "environment")
    return parent.is_over and place(deployment) == place(parent)


def _carried_faults(deployment: Deployment) -> Iterator[tuple[Item, str]]:
    rows = CarriedItem.objects.filter(item__deployment=deployment).order_by("item__number")
    rows = rows.select_related("item__sign_off").prefetch_related("item__sign_off__signatures")
    there = CarriedItem.objects.filter(item__deployment=deployment.parent_id, opened_at=None)
    handed_on = {*there.values_list("item__key", "origin")}
    for batch in batched(rows):
        origins = Item.objects.with_everything().in_bulk([each.origin_id for each in batch])
        for each in batch:
            each.item.deployment = deployment
            origin = origins[each.origin_id]
            of_parent = origin.deployment_id == deployment.parent_id or (origin.key, origin.pk) in handed_on
            for what in _faults(each, origin, of_parent=of_parent):
                yield each.item, what


def _faults(carried: CarriedItem, origin: Item, *, of_parent: bool) -> Iterator[str]:
    item = carried.item
    where = f"item {origin.number} of {origin.deployment}"
    if origin.deployment.team_id != item.deployment.team_id or not origin.deployment.is_over:
        yield f"{where} is of another team, or not over"
    if origin.state != ItemState.VERIFIED:
        yield f"{where} does not have the keys for it"
    if not of_parent:
        yield f"{where} is not of what it runs again"
    if carried.opened_at is None and content_digest(content_carried(item)) != content_digest(content_carried(origin)):
        yield f"{where} signed something else"
    if carried.opened_at is None and item.sign_off.signatures.all():
        yield "has keys of its own"
