"""Until when items are to be done. Nobody signs that, so no key falls out for it."""

from collections.abc import Collection
from datetime import date

from django.db import transaction
from django.db.models import F, Q

from apps.accounts.models import User
from apps.core.permissions import require
from apps.core.shown import require_unchanged, texts
from apps.deployments import permissions
from apps.deployments.events import ItemsPlanned
from apps.deployments.models import Deployment
from apps.ledger import commands as ledger


@transaction.atomic
def plan_items(
    deployment: Deployment,
    *,
    by: User,
    due_on: date | None,
    numbers: Collection[int] = (),
    sections: Collection[int] = (),
    shown: str | None = None,
) -> int:
    """Say until which day in UTC items are to be done, single ones and those of sections, or (None) no longer.

    shown: the due date that the page of a single item showed; another one by now is not overwritten. Returns how many
    items have another due date than before.
    """
    deployment = Deployment.objects.lock(deployment.pk)
    require(permissions.plan_items(by, deployment))
    chosen = deployment.items.filter(Q(number__in=numbers) | Q(section__in=sections)).order_by("number")
    before = list(chosen.values_list("id", "number", "due_on"))
    if shown is not None:
        for *_, day in before:
            require_unchanged(shown, planned(day), planned(due_on))
    changed = [(pk, number) for pk, number, day in before if day != due_on]
    if not changed:
        return 0
    rows = deployment.items.filter(id__in=[pk for pk, _ in changed])
    rows.update(due_on=due_on, version=F("version") + 1)
    event = ItemsPlanned(
        items=[str(pk) for pk, _ in changed],
        numbers=[number for _, number in changed],
        due_on=due_on.isoformat() if due_on else "",
    )
    ledger.record(deployment.stream, event, by=by, rows=rows.all())
    return len(changed)


def planned(due_on: date | None) -> dict[str, str]:
    """What the form of an item's due date edits."""
    return texts(due_on=due_on)
