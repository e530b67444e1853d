"""What became of an item on a deployment, as a change of its template; and what is proposed for one."""

from typing import Any

from apps.checklists.models import ChecklistTemplate
from apps.core.errors import WrongState
from apps.deployments.models import Item
from apps.deployments.rules import unfilled
from apps.deployments.selectors.applying import filling_of
from apps.signoff.rules import Cause

from .models import ProposalKind, TemplateProposal


def kinds_to_propose(item: Item) -> list[ProposalKind]:
    """What can be proposed of an item; reads prefetched revisions and waivers."""
    if not item.key:
        return [ProposalKind.ADDED]
    is_edited = item.sign_off.revision > 1 and any(
        each.cause == Cause.TEXT_EDITED for each in item.sign_off.revisions.all()
    )
    return [*([ProposalKind.EDITED] if is_edited else []), *([ProposalKind.WAIVED] if item.is_waived else [])]


def proposed_of(item: Item) -> list[TemplateProposal]:
    """What was proposed of an item, the newest first; one query."""
    return list(item.proposals.order_by("-at"))


def proposals_of(template: ChecklistTemplate) -> list[TemplateProposal]:
    """What is proposed for a template and neither taken nor dismissed, the oldest first; one query."""
    found = template.proposals.open().select_related("deployment__team", "item")
    return list(found.order_by("at", "pk"))


def values_to_propose(item: Item, kind: str) -> dict[str, Any]:
    """What a proposal says. Refuses a kind that says nothing of this item."""
    if kind == ProposalKind.WAIVED and item.is_waived and item.waiver:
        return {"title": item.title, "why": item.waiver.justification}
    if kind == ProposalKind.ADDED and not item.key:
        own = {"title": item.title, "text": item.text, "critical": item.critical, "keys": item.keys}
        return own | {"section": item.section.key}
    if kind == ProposalKind.EDITED and item.key:
        return _edited(item)
    raise WrongState("There is nothing like that to propose of this item. Reload the page to see what there is.")


def _edited(item: Item) -> dict[str, Any]:
    """Title and text that are other than in the template, with its names in them again."""
    version = item.deployment.template_version
    line, filling = version.items.get(key=item.key), filling_of(item.deployment, version)
    now = {name: unfilled(getattr(item, name), *filling.names(getattr(line, name))) for name in ("title", "text")}
    if now == {"title": line.title, "text": line.text}:
        raise WrongState("This item says what its template says, so there is nothing to propose.")
    return now
