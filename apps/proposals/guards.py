"""What the database refuses to do to proposals, whoever asks."""

from apps.core.guards import begins, changed_but, changes, never_deleted

from .models import TemplateProposal

GUARDS = [
    *never_deleted("proposals_templateproposal", "a proposal is kept for good"),
    begins(
        "proposals_templateproposal",
        (
            "(SELECT team_id FROM checklists_checklisttemplate WHERE id = NEW.template_id) IS DISTINCT FROM "
            "(SELECT team_id FROM deployments_deployment WHERE id = NEW.deployment_id)",
            "the template belongs to another team",
        ),
    ),
    changes(
        "proposals_templateproposal",
        (
            changed_but(TemplateProposal, "taken", "settled_by", "settled_by_name", "settled_at")
            + " OR OLD.settled_at IS NOT NULL",
            "a proposal is only ever settled",
        ),
    ),
]
