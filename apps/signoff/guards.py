"""The two-person rule once more, in the database: it holds when the application is bypassed or wrong."""

from apps.accounts.roles import CAPABILITIES, Capability
from apps.core.guards import Rule, append_only, changed, changed_but, never_deleted, one_of, rules

from .models import SignOff

PERMANENT = "signatures and what explains them are kept for good"
FIXED = "a sign-off keeps its team, its number of keys and its history"

REVIEWERS = one_of(role for role, may in CAPABILITIES.items() if Capability.REVIEW in may)
WORKERS = one_of(role for role, may in CAPABILITIES.items() if Capability.EDIT in may)

# `s` is the sign-off that a new signature belongs to.
SIGNATURE_RULES = (
    # References are checked at commit: without this, a signature stored before its sign-off would be judged by nothing.
    ("s.id IS NULL", "there is no such sign-off"),
    ("s.closed_at IS NOT NULL", "this sign-off is closed"),
    ("s.opened_at IS NULL", "this sign-off is not open yet"),
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
        f"WHERE m.team_id = s.team_id AND m.user_id = NEW.signer_id AND u.is_active AND m.role IN {WORKERS})",
        "only active members of the team sign",
    ),
    (
        "NEW.slot > s.contributor_keys AND NOT EXISTS (SELECT 1 FROM accounts_membership m "
        f"WHERE m.team_id = s.team_id AND m.user_id = NEW.signer_id AND m.role IN {REVIEWERS})",
        "only reviewers verify",
    ),
)


def owner_rule(kind: str) -> Rule:
    """The rule for a new row of that kind: its sign-off is made for it and not signed yet."""
    return (
        f"(SELECT s.subject FROM signoff_signoff s WHERE s.id = NEW.sign_off_id) IS DISTINCT FROM "
        f"'{kind}:' || replace(CAST(NEW.id AS TEXT), '-', '') "
        "OR EXISTS (SELECT 1 FROM signoff_signature g WHERE g.sign_off_id = NEW.sign_off_id)",
        "a sign-off belongs to one subject alone",
    )


GUARDS = [
    *append_only("signoff_signature", PERMANENT),
    *append_only("signoff_contribution", PERMANENT),
    *append_only("signoff_revision", PERMANENT),
    *append_only("signoff_rejection", PERMANENT),
    *never_deleted("signoff_signoff", FIXED),
    # The lock keeps edits, rejections and closing out until this signature is committed or not.
    rules(
        "signoff_signature",
        "signoff_two_person_rule",
        "INSERT",
        *SIGNATURE_RULES,
        owner=("signoff_signoff s", "s.id = NEW.sign_off_id"),
    ),
    rules(
        "signoff_signoff",
        "signoff_signoff_fixed",
        "UPDATE",
        (changed_but(SignOff, "revision", "round", "digest", "opened_at", "closed_at"), FIXED),
        ("NEW.revision NOT IN (OLD.revision, OLD.revision + 1) OR NEW.round NOT IN (OLD.round, OLD.round + 1)", FIXED),
        # A new round forgets who contributed: only a rejection begins one.
        (
            changed("round") + " AND (NEW.revision = OLD.revision OR NOT EXISTS (SELECT 1 FROM signoff_rejection r "
            "WHERE r.sign_off_id = OLD.id AND r.revision = OLD.revision))",
            FIXED,
        ),
        (changed("digest") + " AND NEW.revision = OLD.revision", FIXED),
        ("OLD.opened_at IS NOT NULL AND " + changed("opened_at"), FIXED),
        ("OLD.closed_at IS NOT NULL AND " + changed("closed_at", "revision"), FIXED),
    ),
]
