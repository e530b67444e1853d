"""Items that are added on a board, beside those of the template."""

from uuid import UUID

from django.db import transaction
from django.db.models import Max

from apps.accounts.models import User
from apps.core.errors import TooLarge, WrongState
from apps.core.permissions import require
from apps.core.shown import id_of_intent
from apps.deployments import permissions
from apps.deployments.events import ItemAdded
from apps.deployments.models import Deployment, Item
from apps.ledger import commands as ledger
from apps.signoff import commands as signoff
from apps.signoff.rules import content_digest

MOST_ADDED = 500


@transaction.atomic
def add_item(
    deployment: Deployment,
    *,
    by: User,
    section: int,
    title: str,
    text: str = "",
    critical: bool = False,
    keys: int = 2,
    intent: UUID | None = None,
) -> Item:
    """Add an item that is not in the template behind all others; whoever wrote it does not verify it.

    section: the id of one of its sections. The same intent twice is one item.
    """
    deployment = Deployment.objects.lock(deployment.pk)
    require(permissions.add_item(by, deployment))
    pk = id_of_intent(intent, deployment.pk, by.pk, section, title, text)
    if known := deployment.items.filter(pk=pk).first():
        return known
    if deployment.items.filter(key="").count() >= MOST_ADDED:
        raise TooLarge(f"{MOST_ADDED} items were added to this board already. Put the rest into the template.")
    home = deployment.sections.filter(pk=section).first()
    if home is None:
        raise WrongState("This section is none of this deployment. Reload the page and choose another.")
    number = (deployment.items.aggregate(last=Max("number"))["last"] or 0) + 1
    item = Item(id=pk, deployment=deployment, section=home, number=number, title=title, text=text)
    item.critical, item.keys = critical, max(keys, 2) if critical else keys
    signoff.store(
        item,
        team=deployment.team,
        stream=deployment.stream,
        digest=content_digest(item.content(pinned=None, evidence=[])),
        is_open=deployment.takes_keys,
    )
    signoff.contribute(item.sign_off, by=by)
    item.save(force_insert=True)
    added = ItemAdded(added=item.id, number=number, title=title, body=text)
    ledger.record(deployment.stream, added, by=by, rows=[item, *item.sign_off.changes])
    return item
