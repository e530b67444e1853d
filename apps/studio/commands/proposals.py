"""What was learned on deployments: taken into the draft, or dismissed."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.checklists import commands as checklists
from apps.checklists.models import ChecklistTemplate, ProposalKind, TemplateProposal, TemplateVersion
from apps.core.errors import Stale, WrongState
from apps.core.permissions import require
from apps.ledger import commands as ledger
from apps.studio import permissions
from apps.studio.events import ProposalDismissed, ProposalTaken

from .items import add_draft_items, edit_draft_item, remove_draft_items


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
    taken = ProposalTaken(**_facts(proposal))
    ledger.record(proposal.template.stream, taken, by=by, rows=[proposal])
    return version


@transaction.atomic
def dismiss_proposal(proposal: TemplateProposal, *, by: User) -> TemplateProposal:
    """Leave the template as it is."""
    proposal = _lock(proposal)
    require(permissions.dismiss_proposal(by, proposal))
    _settle(proposal, by=by, taken=False)
    ledger.record(proposal.template.stream, ProposalDismissed(**_facts(proposal)), by=by, rows=[proposal])
    return proposal


def _lock(proposal: TemplateProposal) -> TemplateProposal:
    """The proposal as it is now, its template locked first."""
    template = ChecklistTemplate.objects.lock(proposal.template_id)
    proposal = TemplateProposal.objects.get(pk=proposal.pk)
    proposal.template = template
    return proposal


def _apply(proposal: TemplateProposal, version: TemplateVersion, *, by: User) -> None:
    values = proposal.values
    if proposal.key and not version.items.filter(key=proposal.key).exists():
        raise Stale("The draft no longer has this item, so there is nothing to change. Dismiss the proposal.")
    if proposal.kind == ProposalKind.EDITED:
        edit_draft_item(version, by=by, key=proposal.key, values=values)
    elif proposal.kind == ProposalKind.WAIVED:
        remove_draft_items(version, by=by, keys=[proposal.key])
    else:
        sections = list(version.sections.order_by("position").values_list("key", flat=True))
        if not sections:
            raise WrongState("The draft has no section to put it into. Add one first.")
        section = values["section"] if values["section"] in sections else sections[-1]
        (key,) = add_draft_items(version, by=by, section=section, titles=[values["title"]])
        rest = {name: values[name] for name in ("text", "critical", "keys")}
        edit_draft_item(version, by=by, key=key, values=rest)


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
        "code": proposal.code,
        "item_title": proposal.values["title"],
    }
