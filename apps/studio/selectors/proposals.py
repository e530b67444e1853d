"""What was learned on deployments and is proposed for a template."""

from apps.checklists.models import ChecklistTemplate, TemplateProposal


def proposals_of(template: ChecklistTemplate) -> list[TemplateProposal]:
    """Those that nobody took or dismissed yet, the oldest first; one query."""
    return list(template.proposals.open().order_by("at", "pk"))
