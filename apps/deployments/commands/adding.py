"""What a deployment teaches: items added on its board, and changes proposed for its template."""

from uuid import UUID

from django.db import transaction
from django.db.models import Max

from apps.accounts.models import User
from apps.checklists.events import ItemProposed
from apps.checklists.models import ChecklistTemplate, TemplateProposal
from apps.core.errors import TooLarge, WrongState
from apps.core.permissions import require
from apps.core.shown import id_of_intent
from apps.deployments import permissions
from apps.deployments.events import ItemAdded
from apps.deployments.models import Deployment, Item
from apps.deployments.selectors.proposing import values_to_propose
from apps.evidence import commands as evidence
from apps.ledger import chain
from apps.ledger import commands as ledger
from apps.signoff import commands as signoff
from apps.signoff.rules import content_digest

from .parts import lock_item

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


@transaction.atomic
def propose_change(item: Item, *, by: User, kind: str) -> TemplateProposal:
    """Propose for the template what became of an item here: that it was edited, added or waived.

    Proposed once more while nobody settled it, it is the same proposal.
    """
    item = lock_item(item)
    require(permissions.propose_change(by, item))
    deployment = item.deployment
    template = ChecklistTemplate.objects.lock(deployment.template_version.template_id)
    values = values_to_propose(item, kind)
    open_ones = template.proposals.filter(deployment=deployment.pk, number=item.number, kind=kind, settled_at=None)
    if known := open_ones.filter(values=values).first():
        return known
    size = len(chain.encode(values))
    evidence.require_room(template.team, size)
    proposal = TemplateProposal.objects.create(
        template=template,
        kind=kind,
        key=item.key,
        values=values,
        size=size,
        deployment=deployment.pk,
        code=deployment.code,
        number=item.number,
        by=by,
        by_name=by.full_name,
    )
    proposed = ItemProposed(
        team=template.team_id, template=template.pk, proposal=proposal.pk, what=kind, item_title=values["title"],
        code=deployment.code,
    )  # fmt: skip
    ledger.record(template.stream, proposed, by=by, rows=[proposal])
    return proposal
