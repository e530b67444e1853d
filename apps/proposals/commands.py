"""What was learned on deployments: proposed for the template, taken into its draft, or dismissed."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.checklists import commands as checklists
from apps.checklists.models import ChecklistTemplate, TemplateVersion
from apps.core.errors import Stale, WrongState
from apps.core.permissions import require
from apps.deployments.commands.parts import lock_item, of_item
from apps.deployments.models import Deployment, Item
from apps.evidence import commands as evidence
from apps.ledger import chain
from apps.ledger import commands as ledger
from apps.studio import commands as studio

from . import permissions
from .events import ChangeProposed, ItemProposalSettled, ItemProposed, ProposalDismissed, ProposalTaken
from .models import ProposalKind, TemplateProposal
from .selectors import values_to_propose


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
    if known := item.proposals.open().filter(kind=kind, values=values).first():
        return known
    size = len(chain.encode(values))
    evidence.require_room(template.team, size)
    proposal = TemplateProposal.objects.create(
        template=template,
        kind=kind,
        key=item.key,
        values=values,
        size=size,
        deployment=deployment,
        item=item,
        by=by,
        by_name=by.full_name,
    )
    ledger.record(deployment.stream, ItemProposed(**of_item(item), proposal=proposal.pk, what=kind), by=by)
    ledger.record(template.stream, ChangeProposed(**_facts(proposal)), by=by, rows=[proposal])
    return proposal


@transaction.atomic
def take_proposal(proposal: TemplateProposal, *, by: User) -> TemplateVersion:
    """Apply a proposal to the draft, which begins where there is none; it can be undone there as any edit.

    An edited item is edited, an added one stands at the end of its section, one that was waived is taken out.
    """
    proposal = _lock(proposal)
    require(permissions.take_proposal(by, proposal))
    version = checklists.start_draft(proposal.template, by=by)
    _apply(proposal, version, by=by)
    _settle(proposal, by=by, taken=True)
    _record_in_deployment(proposal, "taken into", by=by)
    ledger.record(proposal.template.stream, ProposalTaken(**_facts(proposal)), by=by, rows=[proposal])
    return version


@transaction.atomic
def dismiss_proposal(proposal: TemplateProposal, *, by: User) -> TemplateProposal:
    """Leave the template as it is."""
    proposal = _lock(proposal)
    require(permissions.dismiss_proposal(by, proposal))
    _settle(proposal, by=by, taken=False)
    _record_in_deployment(proposal, "not taken into", by=by)
    ledger.record(proposal.template.stream, ProposalDismissed(**_facts(proposal)), by=by, rows=[proposal])
    return proposal


def _lock(proposal: TemplateProposal) -> TemplateProposal:
    """The proposal as it is now, its deployment and its template locked first."""
    Deployment.objects.hold(pk=proposal.deployment_id)
    template = ChecklistTemplate.objects.lock(proposal.template_id)
    proposal = TemplateProposal.objects.select_related("deployment__team", "item").get(pk=proposal.pk)
    proposal.template = template
    return proposal


def _record_in_deployment(proposal: TemplateProposal, answer: str, *, by: User) -> None:
    """So that whoever looks at the item learns what became of it."""
    settled = ItemProposalSettled(**of_item(proposal.item), proposal=proposal.pk, answer=answer)
    ledger.record(proposal.deployment.stream, settled, by=by)


def _apply(proposal: TemplateProposal, version: TemplateVersion, *, by: User) -> None:
    values = proposal.values
    if proposal.key and not version.items.filter(key=proposal.key).exists():
        raise Stale("The draft no longer has this item, so there is nothing to change. Dismiss the proposal.")
    if proposal.kind == ProposalKind.EDITED:
        studio.edit_draft_item(version, by=by, key=proposal.key, values=values)
    elif proposal.kind == ProposalKind.WAIVED:
        studio.remove_draft_items(version, by=by, keys=[proposal.key])
    else:
        sections = list(version.sections.order_by("position").values_list("key", flat=True))
        if not sections:
            raise WrongState("The draft has no section to put it into. Add one first.")
        section = values["section"] if values["section"] in sections else sections[-1]
        (key,) = studio.add_draft_items(version, by=by, section=section, titles=[values["title"]])
        rest = {name: values[name] for name in ("text", "critical", "keys")}
        studio.edit_draft_item(version, by=by, key=key, values=rest)


def _settle(proposal: TemplateProposal, *, by: User, taken: bool) -> None:
    proposal.taken, proposal.settled_at = taken, timezone.now()
    proposal.settled_by, proposal.settled_by_name = by, by.full_name
    proposal.save(update_fields=["taken", "settled_at", "settled_by", "settled_by_name"])


def _facts(proposal: TemplateProposal) -> dict[str, Any]:
    """What an entry about a proposal says."""
    return {
        "team": proposal.template.team_id,
        "template": proposal.template_id,
        "proposal": proposal.pk,
        "code": proposal.deployment.code,
        "item_title": proposal.values["title"],
    }
