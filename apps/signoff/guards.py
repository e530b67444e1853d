"""The two-person rule once more, in the database: it holds when the application is bypassed or wrong."""

from apps.accounts.roles import Capability, Role, roles_with
from apps.core.guards import Rule, append_only, begins, changed, changed_but, never_deleted, one_of, rules
from apps.factors.rules import BY_CODE, BY_PASSWORD, WHOLE, Means

from .models import Signable, SignOff
from .rules import CONTRIBUTING, REOPENING, Cause, Meaning

PERMANENT = "signatures and what explains them are kept for good"
FIXED = "a sign-off keeps its team, its history, and its number of keys as long as what is signed"

WORKERS = one_of(roles_with(Capability.EDIT))

# `s` is the sign-off that a new row belongs to, `m` the membership by which its person acts, `g` the grant by which
# they verify. Locked, they keep edits, closing and the end of a role out until the row is committed or not: the entry
# that proves it then says what came first.
OWN = ("signoff_signoff s", "s.id = NEW.sign_off_id")
MEMBER = (
    "accounts_membership m",
    "m.user_id = NEW.{person} AND m.team_id = (SELECT team_id FROM signoff_signoff WHERE id = NEW.sign_off_id)",
)
GRANT = (
    "accounts_grant g",
    "g.person_id = NEW.{person} AND g.granted_at IS NOT NULL AND g.ended_at IS NULL AND (g.team_id, g.role) = "
    "(SELECT team_id, verifier FROM signoff_signoff WHERE id = NEW.sign_off_id)",
)
AS_ONE = "who stands in for another counts as one person with them"
# Whom the signer, and for whom they sign, count as one person with: who stands in for them, or for whom they do, then.
STANDS_IN = (
    "accounts_delegation d WHERE d.team_id = s.team_id AND d.accepted_at <= NEW.signed_at AND d.ended_at IS NULL "
    "AND d.ends_at > NEW.signed_at"
)
BOTH = "(NEW.signer_id, NEW.on_behalf_id)"
ONE_PERSON = (
    f"({{person}} IN {BOTH} "
    f"OR EXISTS (SELECT 1 FROM {STANDS_IN} AND d.delegator_id IN {BOTH} AND d.delegate_id = {{person}}) "
    f"OR EXISTS (SELECT 1 FROM {STANDS_IN} AND d.delegate_id IN {BOTH} AND d.delegator_id = {{person}}))"
)
TEAM = ("accounts_team t", "t.id = (SELECT team_id FROM signoff_signoff WHERE id = NEW.sign_off_id)")
# Who has a factor, or a password, proves by it; only the people of a demonstration have neither.
HAS_FACTOR = "EXISTS (SELECT 1 FROM mfa_authenticator f WHERE f.user_id = u.id AND f.type <> 'recovery_codes')"
HAS_CODES = "EXISTS (SELECT 1 FROM mfa_authenticator f WHERE f.user_id = u.id AND f.type = 'totp')"
HAS_PASSWORD = "substr(u.password, 1, 1) <> '!'"
CAN_PROVE = f"({HAS_PASSWORD} OR {HAS_FACTOR})"


def proves(person: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The rows that rules of a proof ask about: those that are locked, and those that never change."""
    return [("accounts_user u", f"u.id = NEW.{person}")], [("factors_signingseries r", "r.id = NEW.series_id")]


# By which means, of those that somebody has, and after which others.
MEANS_RULES = (
    (f"NEW.means = '{Means.TICK.value}' AND {CAN_PROVE}", "who can prove who they are does"),
    (
        f"NEW.means = '{Means.PASSWORD.value}' AND {HAS_FACTOR}",
        "a password alone is for those who have nothing else",
    ),
    (
        f"NEW.means IN {one_of(BY_PASSWORD)} AND NOT {HAS_PASSWORD} "
        f"OR NEW.means IN {one_of(BY_CODE)} AND NOT {HAS_CODES}",
        "a key is turned by what its person has",
    ),
    (
        f"NEW.means = '{Means.CODE.value}' AND {HAS_PASSWORD} AND r.means NOT IN {one_of(WHOLE)}",
        "a code alone follows on a password with a code, or on a passkey",
    ),
)


def proof_rules(person: str, at: str) -> tuple[Rule, ...]:
    """What is asked of all that is proved as a key is: `person` and `at` are the columns of who acts and when."""
    return (
        (f"u.signing_suspended_until > NEW.{at}", "whose way in changed signs nothing for a day"),
        (
            f"r.id IS NULL OR r.person_id <> NEW.{person} OR NEW.{at} NOT BETWEEN r.began_at AND r.ends_at",
            "a key is turned in a series of signings of its own person",
        ),
        *MEANS_RULES,
        (
            "NEW.assertion_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM signoff_assertion a "
            f"WHERE a.id = NEW.assertion_id AND a.person_id = NEW.{person})",
            "a passkey signs for its own person",
        ),
        (
            "EXISTS (SELECT 1 FROM signoff_assertion a WHERE a.id = NEW.assertion_id "
            f"AND NEW.{at} NOT BETWEEN a.issued_at AND a.expires_at)",
            "a passkey signs within the minutes of its statement",
        ),
    )


INACTIVE = "NOT EXISTS (SELECT 1 FROM accounts_user u WHERE u.id = m.user_id AND u.is_active)"


def owners(person: str) -> list[tuple[str, str]]:
    """The rows that rules of a new signature or rejection ask about; `person` is the column of who acts."""
    return [OWN, *((row, condition.format(person=person)) for row, condition in (MEMBER, GRANT))]


# By whose role they verify, and that this was handed over, agreed to, and is not over.
HELD = (
    GRANT[0],
    GRANT[1].format(person="signer_id").replace("NEW.signer_id", "COALESCE(NEW.on_behalf_id, NEW.signer_id)"),
)
HANDED_OVER = (
    "accounts_delegation b",
    "b.team_id = (SELECT team_id FROM signoff_signoff WHERE id = NEW.sign_off_id) "
    "AND b.delegator_id = NEW.on_behalf_id AND b.delegate_id = NEW.signer_id AND b.accepted_at <= NEW.signed_at "
    "AND b.ended_at IS NULL AND b.ends_at > NEW.signed_at",
)
SIGNER, SERIES = proves("signer_id")
# Who handed it over could verify it themselves then.
BEHALF = ("accounts_user w", "w.id = NEW.on_behalf_id")
# The team before its people, as commands of teams lock them: the other way round two could wait for each other.
SIGNATURE_OWNERS = [OWN, TEAM, (MEMBER[0], MEMBER[1].format(person="signer_id")), HELD, HANDED_OVER, *SIGNER, BEHALF]

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
        "WHERE c.sign_off_id = s.id AND c.person_id = NEW.signer_id)",
        "who contributed cannot verify",
    ),
    # Where they may all the same, each of them may verify, and agrees to what the others wrote.
    (
        f"NEW.slot > 1 AND EXISTS (SELECT 1 FROM signoff_contribution c "
        "WHERE c.sign_off_id = s.id AND c.person_id = NEW.signer_id) "
        f"AND (NEW.meaning <> '{Meaning.AGREED.value}' OR EXISTS (SELECT 1 FROM signoff_signature o "
        f"WHERE o.sign_off_id = s.id AND o.revision = s.revision AND o.meaning <> '{Meaning.AGREED.value}'))",
        "who contributed verifies beside others who agreed",
    ),
    (
        "NEW.slot = 1 AND EXISTS (SELECT 1 FROM signoff_revision n WHERE n.sign_off_id = s.id "
        f"AND n.cause = '{Cause.REJECTED.value}' AND n.digest = NEW.digest)",
        "what was rejected is not signed unchanged",
    ),
    (f"m.id IS NULL OR m.role NOT IN {WORKERS} OR {INACTIVE}", "only active members of the team sign"),
    (
        "NEW.on_behalf_id IS NOT NULL AND b.id IS NULL",
        "who signs for another was asked to and agreed",
    ),
    (
        "EXISTS (SELECT 1 FROM signoff_signature o WHERE o.sign_off_id = s.id AND o.revision = s.revision "
        f"AND (o.signer_id <> NEW.signer_id AND {ONE_PERSON.format(person='o.signer_id')} "
        f"OR {ONE_PERSON.format(person='o.on_behalf_id')}))",
        AS_ONE,
    ),
    (
        "(NEW.slot > 1 OR s.contributor_keys = 0) AND EXISTS (SELECT 1 FROM signoff_contribution c "
        f"WHERE c.sign_off_id = s.id AND c.person_id <> NEW.signer_id AND {ONE_PERSON.format(person='c.person_id')})",
        AS_ONE,
    ),
    (
        f"(NEW.slot > 1 OR s.contributor_keys = 0 OR NEW.meaning = '{Meaning.AGREED.value}') AND g.id IS NULL",
        "only people with the role verify",
    ),
    (f"s.passkey AND NEW.means <> '{Means.PASSKEY.value}'", "every key of this is turned with a passkey"),
    (
        f"(NEW.slot > 1 OR s.contributor_keys = 0 OR NEW.meaning = '{Meaning.AGREED.value}') "
        f"AND replace(t.passkey_roles, s.verifier, '') <> t.passkey_roles AND NEW.means <> '{Means.PASSKEY.value}'",
        "keys of this role are turned with a passkey in this team",
    ),
    *proof_rules("signer_id", "signed_at"),
    ("w.signing_suspended_until > NEW.signed_at", "nobody signs for whose way in changed within a day"),
    ("NOT w.is_active", "nobody signs for whose account is closed"),
)


def owner_rule(model: type[Signable]) -> Rule:
    """The rule for a new row of that kind: its sign-off is made for it, for who verifies it, and not signed yet."""
    return (
        f"(SELECT s.subject || ' ' || s.verifier FROM signoff_signoff s WHERE s.id = NEW.sign_off_id) IS DISTINCT FROM "
        f"'{model._meta.model_name}:' || replace(CAST(NEW.id AS TEXT), '-', '') || ' {Role(model.verifier).value}' "
        "OR EXISTS (SELECT 1 FROM signoff_signature g WHERE g.sign_off_id = NEW.sign_off_id)",
        "a sign-off belongs to one subject alone",
    )


WITHDRAWER, WITHDRAWN_IN = proves("person_id")
ONLY_ONES_OWN = "only who turned a key withdraws it"

GUARDS = [
    *append_only("signoff_signature", PERMANENT),
    *append_only("signoff_contribution", PERMANENT),
    *append_only("signoff_revision", PERMANENT),
    *append_only("signoff_rejection", PERMANENT),
    *append_only("signoff_assertion", PERMANENT),
    *append_only("signoff_withdrawal", PERMANENT),
    *never_deleted("signoff_signoff", FIXED),
    rules(
        "signoff_signature",
        "signoff_two_person_rule",
        "INSERT",
        *SIGNATURE_RULES,
        owners=SIGNATURE_OWNERS,
        asked=SERIES,
    ),
    rules(
        "signoff_rejection",
        "signoff_rejected_by_reviewers",
        "INSERT",
        ("s.opened_at IS NULL OR s.closed_at IS NOT NULL", "only what is open is sent back"),
        ("NEW.revision <> s.revision", "what was rejected is not what stands there now"),
        (
            f"m.id IS NULL OR m.role NOT IN {WORKERS} OR g.id IS NULL OR {INACTIVE}",
            "only people with the role reject",
        ),
        (
            "EXISTS (SELECT 1 FROM signoff_signature o WHERE o.sign_off_id = s.id AND o.revision = s.revision "
            "AND o.signer_id = NEW.person_id)",
            "who holds a key does not reject",
        ),
        owners=owners("person_id"),
    ),
    begins(
        "signoff_revision",
        (
            f"NEW.cause IN {one_of(CONTRIBUTING)} AND NOT EXISTS (SELECT 1 FROM signoff_contribution c "
            "WHERE c.sign_off_id = NEW.sign_off_id AND c.person_id = NEW.by_id)",
            "who changes what is signed is a contributor",
        ),
        (
            f"NEW.cause = '{Cause.REOPENED.value}' AND NOT EXISTS (SELECT 1 FROM signoff_signature o "
            "WHERE o.sign_off_id = NEW.sign_off_id AND o.revision = NEW.number - 1 AND o.digest = NEW.digest)",
            "reopening changes nothing of what is signed",
        ),
        (
            f"NEW.cause = '{Cause.KEY_WITHDRAWN.value}' AND NOT EXISTS (SELECT 1 FROM signoff_signature o "
            "WHERE o.sign_off_id = NEW.sign_off_id AND o.revision = NEW.number - 1 AND o.digest = NEW.digest "
            "AND o.signer_id = NEW.by_id)",
            ONLY_ONES_OWN,
        ),
    ),
    # After its revision began: a withdrawal that left a key counting would be a lie.
    rules(
        "signoff_withdrawal",
        "signoff_withdrawn_by_signers",
        "INSERT",
        ("s.opened_at IS NULL OR s.closed_at IS NOT NULL", "a key is withdrawn from what is open"),
        (
            "s.revision IS DISTINCT FROM NEW.revision + 1 OR NOT EXISTS (SELECT 1 FROM signoff_revision n "
            f"WHERE n.sign_off_id = s.id AND n.number = s.revision AND n.cause = '{Cause.KEY_WITHDRAWN.value}' "
            "AND n.by_id = NEW.person_id)",
            "a key that is withdrawn counts no more",
        ),
        (
            "NOT EXISTS (SELECT 1 FROM signoff_signature o WHERE o.id = NEW.signature_id AND o.sign_off_id = s.id "
            "AND o.revision = NEW.revision AND o.signer_id = NEW.person_id)",
            ONLY_ONES_OWN,
        ),
        (f"m.id IS NULL OR m.role NOT IN {WORKERS} OR {INACTIVE}", "only active members of the team withdraw a key"),
        *proof_rules("person_id", "withdrawn_at"),
        owners=[OWN, (MEMBER[0], MEMBER[1].format(person="person_id")), *WITHDRAWER],
        asked=WITHDRAWN_IN,
    ),
    rules(
        "signoff_signoff",
        "signoff_signoff_fixed",
        "UPDATE",
        (changed_but(SignOff, "required", "passkey", "revision", "round", "digest", "opened_at", "closed_at"), FIXED),
        ("NEW.revision NOT IN (OLD.revision, OLD.revision + 1) OR NEW.round NOT IN (OLD.round, OLD.round + 1)", FIXED),
        (
            changed("round") + " AND (NEW.revision = OLD.revision OR NOT EXISTS (SELECT 1 FROM signoff_rejection r "
            "WHERE r.sign_off_id = OLD.id AND r.revision = OLD.revision))",
            FIXED,
        ),
        (changed("digest", "required", "passkey") + " AND NEW.revision = OLD.revision", FIXED),
        ("OLD.opened_at IS NOT NULL AND " + changed("opened_at"), FIXED),
        ("OLD.closed_at IS NOT NULL AND " + changed("revision"), FIXED),
        (
            "OLD.closed_at IS NOT NULL AND " + changed("closed_at") + " AND (NEW.closed_at IS NOT NULL "
            "OR OLD.opened_at IS NULL OR NOT EXISTS (SELECT 1 FROM signoff_signoff p JOIN signoff_signature o "
            "ON o.sign_off_id = p.id AND o.revision = p.revision "
            "WHERE p.stream = OLD.stream AND p.id <> OLD.id "
            f"AND SUBSTR(p.subject, 1, {len(REOPENING)}) = '{REOPENING}' "
            "AND p.contributor_keys = 0 AND o.slot >= p.required AND o.signed_at > OLD.closed_at))",
            "what was closed opens again when a second person agrees to it",
        ),
    ),
]
