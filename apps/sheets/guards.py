"""What the database refuses to do to sheets, and that a deployment is released or held back without one."""

from apps.core.guards import begins, changed_but, changes, never_deleted, rules
from apps.deployments.guards import CLOSED, KEYS_TURNED
from apps.signoff.guards import owner_rule

from .models import Sheet

ANSWERED = ("version_deployed", "issues", "resolution", "answer", "caveats", "verdict")
SIGNED_COUNT = (
    "(SELECT COUNT(*) FROM sheets_sheet h JOIN signoff_signoff s ON s.id = h.sign_off_id "
    "JOIN signoff_signature g ON g.sign_off_id = s.id AND g.revision = s.revision "
    "WHERE h.deployment_id = NEW.id AND h.answer {answers})"
)


GUARDS = [
    *never_deleted("sheets_sheet", "a sheet is kept for good"),
    rules(
        "deployments_deployment",
        "sheets_deployment_ends",
        "UPDATE",
        (
            "NEW.outcome = 'completed' AND "
            + SIGNED_COUNT.format(answers="IN ('yes', 'caveats') AND h.verdict = 'GO'")
            + " < 2",
            "only a sheet signed by two people completes a deployment",
        ),
        (
            "NEW.outcome = 'not_released' AND " + SIGNED_COUNT.format(answers="= 'no'") + " < 2",
            "only a sheet signed by two people ends a deployment",
        ),
    ),
    begins(
        "sheets_sheet",
        (
            "NOT EXISTS (SELECT 1 FROM signoff_signoff s JOIN deployments_deployment d ON d.team_id = s.team_id "
            "WHERE s.id = NEW.sign_off_id AND d.id = NEW.deployment_id "
            "AND s.required >= 2 AND s.contributor_keys <= 1)",
            "two people of the team sign a sheet",
        ),
        (CLOSED, "a closed deployment takes no more sheet"),
        owner_rule("sheet"),
    ),
    changes(
        "sheets_sheet",
        (changed_but(Sheet, *ANSWERED), "a sheet stays with its deployment"),
        (KEYS_TURNED.format(sign_off="NEW.sign_off_id"), "what turned keys cover cannot change under them"),
    ),
]
