"""Which items of a deployment apply: the one place that stores it.

It is judged when a deployment begins, and again when an answer changes that the conditions of other items ask for.
"""

from collections.abc import Sequence

from apps.core import bulk
from apps.deployments.events import ItemsJudged
from apps.deployments.models import Deployment, Item
from apps.deployments.rules import asked_items, why_inapplicable
from apps.deployments.selectors.applying import conditional_items, facts_of, reasons_of
from apps.ledger import commands as ledger


def judge_new(deployment: Deployment, items: Sequence[Item]) -> None:
    """Say of items that are not stored yet whether they apply."""
    _judged(items, why_inapplicable({item.key: item.conditions for item in items}, facts_of(deployment, items)))


def judge_again(item: Item, *, by: ledger.Actor) -> None:
    """After what `item` answers changed: store which others apply now, and record those that changed.

    Their keys stay as they are: an item that applies again is what it was.
    """
    if not (item.key and item.fill_ins):
        return
    deployment = item.deployment
    found = list(conditional_items(deployment))
    if item.key not in asked_items(each.conditions for each in found):
        return
    reasons = reasons_of(deployment, found)
    changed = _judged(found, reasons)
    if not changed:
        return
    bulk.update_all(changed, ["applies", "inapplicable", "version"])
    judged = ItemsJudged(
        items=[str(each.pk) for each in changed],
        apply=[each.number for each in changed if each.applies],
        out=[each.number for each in changed if not each.applies],
        reasons={str(each.number): each.inapplicable for each in changed if not each.applies},
    )
    rows = deployment.items.filter(pk__in=[each.pk for each in changed])
    ledger.record(deployment.stream, judged, by=by, rows=rows)


def _judged(items: Sequence[Item], reasons: dict[str, str]) -> list[Item]:
    """Those items of which it is another reason now, or none; changed, and not stored yet."""
    changed = [item for item in items if item.key and item.inapplicable != reasons.get(item.key, "")]
    for item in changed:
        item.inapplicable = reasons.get(item.key, "")
        item.applies = not item.inapplicable
        item.version += 1
    return changed
