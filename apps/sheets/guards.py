"""What the database refuses to do to sheets, and that a deployment is released or held back without one."""

from apps.core.guards import begins, changed, changed_but, changes, never_deleted, one_of, rules
from apps.deployments.guards.proof import lacks_proof
from apps.deployments.guards.terms import CARRIED, CLOSED, IS_OVER, KEYS_TURNED, PASSES, PLAN_BLOCKS, SIGNED, WAIVED
from apps.deployments.states import REOPENED
from apps.followups.models import Kind
from apps.signoff.guards import owner_rule

from .models import Reopening, Sheet
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

# Who agreed signed it: `r` is a reopening.
AGREED = (
    "EXISTS (SELECT 1 FROM signoff_signoff s WHERE s.id = {r}.sign_off_id AND s.contributor_keys = 0 AND "
    + SIGNED.format(s="s")
    + " >= s.required)"
)
RUN_AGAIN = "EXISTS (SELECT 1 FROM deployments_deployment a WHERE a.parent_id = {deployment})"
STAYS_CLOSED = "what is run again stays closed"

GUARDS = [
    *never_deleted("sheets_reopening", "what reopens a deployment is kept for good"),
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
        (
            f"NEW.outcome = 'completed' AND {PLAN_BLOCKS.format(plan='NEW.rollback_plan_id')}",
            "nothing is completed without its rollback plan",
        ),
        (
            "NEW.outcome = 'completed' AND EXISTS (SELECT 1 FROM deployments_emergency e "
            "JOIN sheets_sheet h ON h.deployment_id = e.deployment_id "
            f"WHERE e.deployment_id = NEW.id AND h.answer <> '{Answer.CAVEATS.value}')",
            "what went by the emergency lane completes with caveats",
        ),
        (f"NEW.outcome = 'completed' AND {LEFT_NOTHING}", "caveats leave a follow-up"),
        (f"NEW.outcome = 'completed' AND {WAIVERS_LEFT_NOTHING}", "a waiver that holds leaves a follow-up"),
        (
            "NEW.outcome = 'not_released' AND " + SIGNED_COUNT.format(answers="= 'no'") + " < 2",
            "only a sheet signed by two people ends a deployment",
        ),
    ),
    rules(
        "deployments_deployment",
        "sheets_deployment_reopens",
        "UPDATE",
        (
            f"OLD.state IN ({IS_OVER}) AND NEW.state NOT IN ({IS_OVER}) AND {RUN_AGAIN.format(deployment='OLD.id')}",
            STAYS_CLOSED,
        ),
        (
            f"OLD.state IN ({IS_OVER}) AND NEW.state NOT IN ({IS_OVER}) AND NOT EXISTS (SELECT 1 "
            "FROM sheets_reopening r WHERE r.deployment_id = OLD.id AND r.closed_at = OLD.closed_at "
            f"AND r.agreed_at IS NOT NULL AND {AGREED.format(r='r')})",
            "what has ended is reopened by two people",
        ),
    ),
    begins(
        "sheets_reopening",
        (
            "NOT EXISTS (SELECT 1 FROM deployments_deployment d JOIN signoff_signoff s ON s.team_id = d.team_id "
            "WHERE d.id = NEW.deployment_id AND s.id = NEW.sign_off_id AND s.contributor_keys = 0 "
            f"AND s.required >= 1 AND d.state IN ({IS_OVER}) AND d.outcome IN {one_of(REOPENED)} "
            "AND d.outcome = NEW.outcome AND d.closed_at = NEW.closed_at AND d.closed_by_id = NEW.closed_by_id)",
            "what is asked to be reopened has ended so",
        ),
        (
            "NOT EXISTS (SELECT 1 FROM signoff_contribution c "
            "WHERE c.sign_off_id = NEW.sign_off_id AND c.person_id = NEW.asked_by_id)",
            "whoever asks to reopen never agrees to it",
        ),
        (RUN_AGAIN.format(deployment="NEW.deployment_id"), STAYS_CLOSED),
        ("NEW.agreed_at IS NOT NULL OR NEW.ended_at IS NOT NULL", "a question begins open"),
        owner_rule(Reopening),
    ),
    changes(
        "sheets_reopening",
        (
            "OLD.agreed_at IS NOT NULL OR OLD.ended_at IS NOT NULL OR "
            + changed_but(Reopening, "agreed_at", "ended_at", "ended_by", "ended_by_name", "ended_why"),
            "a question to reopen is agreed to or ended once",
        ),
        (f"NEW.agreed_at IS NOT NULL AND NOT {AGREED.format(r='NEW')}", "what has ended is reopened by two people"),
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
