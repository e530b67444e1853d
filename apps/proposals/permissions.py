"""Who may propose for a template what was learned, and who may take or dismiss that."""

from apps.accounts.models import User
from apps.accounts.roles import READS_ONLY, Capability
from apps.checklists import permissions as checklists
from apps.core.permissions import ALLOW, Verdict, deny, not_now
from apps.deployments.models import Item

from .models import TemplateProposal


def propose_change(user: User, item: Item) -> Verdict:
    """Members propose what was learned, also once the deployment has ended."""
    return ALLOW if user.may(Capability.EDIT, item.deployment.team_id) else deny(READS_ONLY)


def take_proposal(user: User, proposal: TemplateProposal) -> Verdict:
    """Whoever may edit the template decides."""
    if proposal.settled_at:
        done = "taken" if proposal.taken else "dismissed"
        return not_now(f"{proposal.settled_by_name} has {done} this already. Reload the page to see what is left.")
    return checklists.start_draft(user, proposal.template)


dismiss_proposal = take_proposal
