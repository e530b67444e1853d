"""What the database refuses of the emergency lane: to skip a probe or the way back, and to end with what it owes."""

from apps.core.guards import append_only, begins, changed_but, changes, never_deleted, rules
from apps.deployments.models import Emergency, EmergencyReview
from apps.deployments.states import State
from apps.signoff.guards import owner_rule

from .terms import CARRIED, IS_OVER, KEYS_TURNED, PASSES, PLAN_BLOCKS, SIGNED, WAIVED

MOST_SECONDS = 48 * 3600
FOR_GOOD = "what went by the emergency lane is kept for good"
# `d` is its deployment, `s` its sign-off.
IN_REVIEW = (
    "EXISTS (SELECT 1 FROM deployments_deployment d JOIN signoff_signoff s ON s.team_id = d.team_id "
    f"WHERE d.id = NEW.deployment_id AND s.id = NEW.sign_off_id AND d.state = '{State.IN_REVIEW.value}' AND {{wanted}})"
)
AUTHORISED = f"s.contributor_keys = 0 AND {SIGNED.format(s='s')} >= s.required"
BY_SIGNER = (
    "EXISTS (SELECT 1 FROM signoff_signature g WHERE g.sign_off_id = NEW.sign_off_id "
    "AND g.signer_id = NEW.authorised_by_id AND g.meaning = 'authorised')"
)
LET_THROUGH = f"({CARRIED.format(item='i.id')} OR {WAIVED.format(item='i.id', at='CURRENT_TIMESTAMP')})"
PROBE_BLOCKS = (
    "EXISTS (SELECT 1 FROM deployments_item i JOIN probes_probe p ON p.id = i.probe_id "
    "LEFT JOIN probes_run r ON r.id = p.latest_run_id WHERE i.deployment_id = NEW.deployment_id AND i.applies "
    f"AND NOT {LET_THROUGH} AND COALESCE(r.counts_as, '') <> '{PASSES}')"
)
PLAN = "(SELECT d.rollback_plan_id FROM deployments_deployment d WHERE d.id = NEW.deployment_id)"
REVIEW_OWED = (
    "EXISTS (SELECT 1 FROM deployments_emergency e LEFT JOIN deployments_emergencyreview v ON v.emergency_id = e.id "
    "LEFT JOIN signoff_signoff s ON s.id = v.sign_off_id "
    f"WHERE e.deployment_id = NEW.id AND (s.id IS NULL OR {SIGNED.format(s='s')} < s.required))"
)
KEYS_OWED = (
    "EXISTS (SELECT 1 FROM deployments_oweditem o JOIN deployments_item i ON i.id = o.item_id "
    "JOIN signoff_signoff s ON s.id = i.sign_off_id WHERE i.deployment_id = NEW.id AND i.applies "
    f"AND NOT {LET_THROUGH} AND {SIGNED.format(s='s')} < s.required)"
)
# `g` is the key of the emergency, `c` that its person contributed to the review.
KEY_OF = "deployments_emergency e JOIN signoff_signature g ON g.sign_off_id = e.sign_off_id"
BARRED = (
    f"EXISTS (SELECT 1 FROM {KEY_OF} JOIN signoff_contribution c ON c.person_id = {{person}} "
    "AND c.sign_off_id = NEW.sign_off_id WHERE e.id = NEW.emergency_id)"
)
IN_ANOTHERS_NAME = f"EXISTS (SELECT 1 FROM {KEY_OF} WHERE e.id = NEW.emergency_id AND g.on_behalf_id IS NOT NULL)"
WHOSE_WORD = "who authorised alone verifies no review of it"
ENDS = f"NEW.state IN ({IS_OVER}) AND OLD.state NOT IN ({IS_OVER})"

GUARDS = [
    *never_deleted("deployments_emergency", FOR_GOOD),
    *append_only("deployments_oweditem", FOR_GOOD),
    *never_deleted("deployments_emergencyreview", FOR_GOOD),
    begins(
        "deployments_emergency",
        (f"NOT {IN_REVIEW.format(wanted='s.contributor_keys = 0')}", "an emergency is of what is in review"),
        ("NEW.authorised_at IS NOT NULL", "an emergency begins before its key is turned"),
        owner_rule(Emergency),
    ),
    changes(
        "deployments_emergency",
        (
            "OLD.authorised_at IS NOT NULL OR "
            + changed_but(Emergency, "authorised_at", "due_at", "authorised_by_name"),
            FOR_GOOD,
        ),
        (f"NOT {IN_REVIEW.format(wanted=AUTHORISED)} OR NOT {BY_SIGNER}", "one decider signs to go now, in review"),
        (PROBE_BLOCKS, "no emergency skips a probe"),
        (PLAN_BLOCKS.format(plan=PLAN), "no emergency skips the rollback plan"),
        (
            f"EXTRACT(EPOCH FROM NEW.due_at - NEW.authorised_at) > {MOST_SECONDS}",
            "what an emergency owes is due within two days",
        ),
    ),
    begins(
        "deployments_oweditem",
        (
            "NOT EXISTS (SELECT 1 FROM deployments_emergency e JOIN deployments_item i "
            "ON i.deployment_id = e.deployment_id WHERE e.id = NEW.emergency_id AND i.id = NEW.item_id)",
            "an emergency owes items of its own deployment",
        ),
    ),
    begins(
        "deployments_emergencyreview",
        (
            "NOT EXISTS (SELECT 1 FROM deployments_emergency e JOIN deployments_deployment d ON d.id = e.deployment_id "
            "JOIN signoff_signoff s ON s.team_id = d.team_id WHERE e.id = NEW.emergency_id AND s.id = NEW.sign_off_id "
            "AND s.required >= 2 AND s.contributor_keys <= 1 AND s.verifier = 'decider')",
            "two people of the team sign a review",
        ),
        (f"NOT {BARRED.format(person='g.signer_id')}", WHOSE_WORD),
        (f"{IN_ANOTHERS_NAME} AND NOT {BARRED.format(person='g.on_behalf_id')}", WHOSE_WORD),
        owner_rule(EmergencyReview),
    ),
    changes(
        "deployments_emergencyreview",
        (changed_but(EmergencyReview, "findings", "prevention"), "a review stays with its emergency"),
        (KEYS_TURNED.format(sign_off="NEW.sign_off_id"), "what turned keys cover cannot change under them"),
    ),
    rules(
        "deployments_deployment",
        "deployments_emergency_settled",
        "UPDATE",
        (f"{ENDS} AND {REVIEW_OWED}", "what went by the emergency lane ends once its review is signed by two people"),
        (f"{ENDS} AND {KEYS_OWED}", "what went by the emergency lane ends once the keys that it owes are turned"),
    ),
]
