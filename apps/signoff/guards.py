"""The two-person rule once more, in the database: it holds when the application is bypassed or wrong."""

from apps.accounts.roles import CAPABILITIES, Capability
from apps.core.guards import Guard, append_only, no_truncate

KEPT = "signatures and what explains them are kept for good"
FIXED = "a sign-off keeps its team, its number of keys and its history"

REVIEWERS = ", ".join(f"'{role}'" for role, may in sorted(CAPABILITIES.items()) if Capability.REVIEW in may)
WORKERS = ", ".join(f"'{role}'" for role, may in sorted(CAPABILITIES.items()) if Capability.EDIT in may)

# Each line: when a new signature is wrong, and what the database answers. `s` is the sign-off it belongs to.
SIGNATURE_RULES = (
    ("s.closed_at IS NOT NULL", "this sign-off is closed"),
    ("NEW.revision <> s.revision OR NEW.digest <> s.digest", "what was signed is not what is to be signed now"),
    (
        "NEW.slot > s.required OR NEW.slot <> 1 + (SELECT COUNT(*) FROM signoff_signature o "
        "WHERE o.sign_off_id = s.id AND o.revision = s.revision)",
        "keys are turned in order",
    ),
    (
        "NEW.slot > s.contributor_keys AND EXISTS (SELECT 1 FROM signoff_contribution c "
        "WHERE c.sign_off_id = s.id AND c.round = s.round AND c.person_id = NEW.signer_id)",
        "who contributed cannot verify",
    ),
    (
        "NOT EXISTS (SELECT 1 FROM accounts_membership m JOIN accounts_user u ON u.id = m.user_id "
        f"WHERE m.team_id = s.team_id AND m.user_id = NEW.signer_id AND u.is_active AND m.role IN ({WORKERS}))",
        "only active members of the team sign",
    ),
    (
        "NEW.slot > s.contributor_keys AND NOT EXISTS (SELECT 1 FROM accounts_membership m "
        f"WHERE m.team_id = s.team_id AND m.user_id = NEW.signer_id AND m.role IN ({REVIEWERS}))",
        "only reviewers verify",
    ),
)
# References are checked at commit: without this, a signature stored before its sign-off would be judged by nothing.
NOTHING_SIGNED = ("s.id IS NULL", "there is no such sign-off")
CHANGED = (
    "NEW.id <> OLD.id OR NEW.team_id <> OLD.team_id OR NEW.required <> OLD.required "
    "OR NEW.contributor_keys <> OLD.contributor_keys OR NEW.revision < OLD.revision "
    "OR NEW.revision > OLD.revision + 1 OR NEW.round < OLD.round OR NEW.round > OLD.round + 1 "
    "OR (NEW.round <> OLD.round AND NEW.revision = OLD.revision) "
    # A new round forgets who contributed: only a rejection begins one.
    "OR (NEW.round <> OLD.round AND NOT EXISTS (SELECT 1 FROM signoff_rejection r "
    "WHERE r.sign_off_id = OLD.id AND r.revision = OLD.revision)) "
    "OR (NEW.digest <> OLD.digest AND NEW.revision = OLD.revision) "
    "OR (OLD.closed_at IS NOT NULL AND (NEW.closed_at IS NULL OR NEW.closed_at <> OLD.closed_at "
    "OR NEW.revision <> OLD.revision))"
)


def _refuse(answer: str) -> str:
    return f"RAISE EXCEPTION '{answer}' USING ERRCODE = 'check_violation';"


def _signature_guard() -> Guard:
    rules = SIGNATURE_RULES
    owner = "FROM signoff_signoff s WHERE s.id = NEW.sign_off_id"
    return Guard(
        name="signoff_two_person_rule",
        table="signoff_signature",
        sqlite=(
            "BEFORE INSERT ON signoff_signature BEGIN SELECT CASE "
            + " ".join(f"WHEN {wrong} THEN RAISE(ABORT, '{answer}')" for wrong, answer in (NOTHING_SIGNED, *rules))
            + " END FROM (SELECT 1) LEFT JOIN signoff_signoff s ON s.id = NEW.sign_off_id; END",
        ),
        # The lock keeps edits, rejections and closing out until this signature is committed or not.
        postgresql=f"PERFORM 1 {owner} FOR SHARE; IF NOT FOUND THEN {_refuse(NOTHING_SIGNED[1])} END IF; "
        + " ".join(
            f"IF EXISTS (SELECT 1 {owner} AND ({wrong})) THEN {_refuse(answer)} END IF;" for wrong, answer in rules
        ),
        timing="BEFORE INSERT",
    )


GUARDS = [
    *append_only("signoff_signature", KEPT),
    *append_only("signoff_contribution", KEPT),
    *append_only("signoff_revision", KEPT),
    *append_only("signoff_rejection", KEPT),
    no_truncate("signoff_signoff", FIXED),
    _signature_guard(),
    Guard(
        name="signoff_signoff_fixed",
        table="signoff_signoff",
        sqlite=(
            f"BEFORE UPDATE ON signoff_signoff WHEN {CHANGED} BEGIN SELECT RAISE(ABORT, '{FIXED}'); END",
            f"BEFORE DELETE ON signoff_signoff BEGIN SELECT RAISE(ABORT, '{FIXED}'); END",
            "BEFORE INSERT ON signoff_signoff WHEN EXISTS (SELECT 1 FROM signoff_signoff WHERE id = NEW.id) "
            f"BEGIN SELECT RAISE(ABORT, '{FIXED}'); END",
        ),
        postgresql=f"IF TG_OP = 'DELETE' OR {CHANGED} THEN "
        f"RAISE EXCEPTION '{FIXED}' USING ERRCODE = 'restrict_violation'; END IF;",
        timing="BEFORE UPDATE OR DELETE",
    ),
]
