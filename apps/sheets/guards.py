"""What the database refuses to do to sheets, and that a deployment is released or held back without one."""

from apps.core.guards import begins, changed, changed_but, changes, never_deleted, rules
from apps.deployments.guards.proof import lacks_proof
from apps.deployments.guards.terms import CARRIED, CLOSED, KEYS_TURNED, PASSES, SIGNED, WAIVED
from apps.followups.models import Kind
from apps.signoff.guards import owner_rule

from .models import Sheet
from .states import Answer

ANSWERED = (
    "version_deployed", "issues", "resolution", "answer", "caveats", "caveats_owner", "caveats_owner_name",
    "caveats_due_on", "verdict",
)  # fmt: skip
SIGNED_COUNT = (
    "(SELECT COUNT(*) FROM sheets_sheet h JOIN signoff_signoff s ON s.id = h.sign_off_id "
    "JOIN signoff_signature g ON g.sign_off_id = s.id AND g.revision = s.revision "
    "WHERE h.deployment_id = NEW.id AND h.answer {answers})"
)
# Also by the clock of the database: when it was closed comes with the row.
LET_THROUGH = (
    f"({WAIVED.format(item='i.id', at='NEW.closed_at')} AND {WAIVED.format(item='i.id', at='CURRENT_TIMESTAMP')})"
)
# The verdict once more (apps/deployments/rules.py): every item that applies is waived, carried over, or signed; then
# its probe passes, and it has the proof that its checklist asks for.
ITEM_BLOCKS = (
    "EXISTS (SELECT 1 FROM deployments_item i JOIN signoff_signoff s ON s.id = i.sign_off_id "
    "LEFT JOIN probes_probe p ON p.id = i.probe_id LEFT JOIN probes_run r ON r.id = p.latest_run_id "
    f"WHERE i.deployment_id = NEW.id AND i.applies AND NOT {LET_THROUGH} "
    f"AND NOT {CARRIED.format(item='i.id')} AND ({SIGNED.format(s='s')} < s.required "
    f"OR (i.probe_id IS NOT NULL AND COALESCE(r.counts_as, '') <> '{PASSES}') "
    f"OR {lacks_proof('NEW.closed_at')} OR {lacks_proof('CURRENT_TIMESTAMP')}))"
)
PLAN_BLOCKS = (
    "NOT EXISTS (SELECT 1 FROM rollback_rollbackplan b WHERE b.id = NEW.rollback_plan_id AND EXISTS "
    "(SELECT 1 FROM accounts_membership m WHERE m.team_id = b.team_id AND m.user_id = b.owner_id) "
    "AND CAST(b.steps AS TEXT) <> '[]' AND b.verification <> '' AND b.last_rehearsed_on IS NOT NULL)"
)
# Caveats that end a deployment leave what their sheet says: what is to be done, by whom and until when.
LEFT_NOTHING = (
    "EXISTS (SELECT 1 FROM sheets_sheet h JOIN signoff_signoff s ON s.id = h.sign_off_id "
    f"WHERE h.deployment_id = NEW.id AND h.answer = '{Answer.CAVEATS.value}' AND NOT EXISTS ("
    "SELECT 1 FROM followups_followup f WHERE f.stream = s.stream AND f.subject = s.subject "
    f"AND f.kind = '{Kind.CAVEAT.value}' AND f.what = h.caveats AND f.owner_id = h.caveats_owner_id "
    "AND f.due_on = h.caveats_due_on))"
)
# So does a waiver that lets an item through.
WAIVERS_LEFT_NOTHING = (
    "EXISTS (SELECT 1 FROM deployments_item i JOIN deployments_waiver w ON w.item_id = i.id AND w.ended_at IS NULL "
    "JOIN signoff_signoff v ON v.id = w.sign_off_id "
    f"WHERE i.deployment_id = NEW.id AND {SIGNED.format(s='v')} >= v.required AND NOT EXISTS ("
    "SELECT 1 FROM followups_followup f WHERE f.stream = v.stream AND f.subject = v.subject "
    f"AND f.kind = '{Kind.WAIVER.value}' AND f.what = w.afterwards))"
)
NOT_MEMBER = (
    "NEW.caveats_owner_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM accounts_membership m "
    "JOIN deployments_deployment d ON d.team_id = m.team_id "
    "WHERE d.id = NEW.deployment_id AND m.user_id = NEW.caveats_owner_id)"
)
ANSWERS_FOR = "who answers for the caveats is a member of the team"

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
        (f"NEW.outcome = 'completed' AND {ITEM_BLOCKS}", "nothing is completed while an item blocks it"),
        (f"NEW.outcome = 'completed' AND {PLAN_BLOCKS}", "nothing is completed without its rollback plan"),
        (f"NEW.outcome = 'completed' AND {LEFT_NOTHING}", "caveats leave a follow-up"),
        (f"NEW.outcome = 'completed' AND {WAIVERS_LEFT_NOTHING}", "a waiver that holds leaves a follow-up"),
        (
            "NEW.outcome = 'not_released' AND " + SIGNED_COUNT.format(answers="= 'no'") + " < 2",
            "only a sheet signed by two people ends a deployment",
        ),
    ),
    rules(
        "signoff_signature",
        "sheets_plan_author",
        "INSERT",
        (
            "NEW.slot > 1 AND EXISTS (SELECT 1 FROM sheets_sheet h "
            "JOIN deployments_deployment d ON d.id = h.deployment_id "
            "JOIN rollback_planauthor a ON a.plan_id = d.rollback_plan_id "
            "WHERE h.sign_off_id = NEW.sign_off_id AND a.person_id IN (NEW.signer_id, NEW.on_behalf_id))",
            "who contributed cannot verify",
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
        (NOT_MEMBER, ANSWERS_FOR),
        owner_rule(Sheet),
    ),
    changes(
        "sheets_sheet",
        (changed_but(Sheet, *ANSWERED), "a sheet stays with its deployment"),
        (KEYS_TURNED.format(sign_off="NEW.sign_off_id"), "what turned keys cover cannot change under them"),
        (changed("caveats_owner_id") + " AND " + NOT_MEMBER, ANSWERS_FOR),
    ),
]
