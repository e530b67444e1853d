"""What the database refuses about people, their roles and their invitations, whoever asks."""

from apps.core.guards import Rule, append_only, begins, changed, changed_but, changes, never_deleted, one_of, rules

from .models import Delegation, Grant, Invitation, Membership
from .models.delegations import LONGEST
from .roles import BY_TWO, VERIFYING, Role

ONCE = "an invitation is used once"
GRANTED_ONCE = "a role is granted once and ended once"
TWO = "two admins grant this role"
STANDS = "who stops being a member holds no role any more"
HELD = "a.granted_at IS NOT NULL AND a.ended_at IS NULL"
SECONDED = f"NEW.role IN {one_of(BY_TWO)}"


def _admin(person: str, *, held: str = HELD) -> str:
    """SQL that is true when that person is an active admin of the grant's team."""
    return (
        "EXISTS (SELECT 1 FROM accounts_grant a JOIN accounts_membership m ON m.team_id = a.team_id "
        "AND m.user_id = a.person_id JOIN accounts_user u ON u.id = a.person_id WHERE a.team_id = NEW.team_id "
        f"AND a.role = '{Role.ADMIN.value}' AND {held} AND u.is_active AND {person})"
    )


MEMBER = (
    "EXISTS (SELECT 1 FROM accounts_membership m WHERE m.team_id = NEW.team_id AND m.user_id = NEW.person_id "
    f"AND m.role = '{Role.MEMBER.value}')"
)
FIRST = "NOT EXISTS (SELECT 1 FROM accounts_grant a WHERE a.team_id = NEW.team_id) AND NEW.asked_by_id = NEW.person_id"
# A team begins with one admin, who alone makes one other: until then there is nobody who could be the second.
SET_UP = (
    "NOT EXISTS (SELECT 1 FROM accounts_grant a WHERE a.team_id = NEW.team_id AND a.granted_at IS NOT NULL AND ("
    f"a.role = '{Role.ADMIN.value}' AND (a.person_id NOT IN (NEW.person_id, NEW.asked_by_id) "
    "OR a.asked_by_id <> NEW.asked_by_id OR a.granted_by_id <> NEW.asked_by_id) "
    "OR a.role = NEW.role AND a.person_id = NEW.person_id)) "
    f"AND (NEW.role = '{Role.ADMIN.value}' OR {_admin('a.person_id = NEW.person_id')})"
)
# Where a team has no other admin, an administrator of the instance is the second person.
SECOND = (
    f"{_admin('a.person_id = NEW.granted_by_id')} OR (NOT {_admin('a.person_id <> NEW.asked_by_id')} "
    "AND EXISTS (SELECT 1 FROM accounts_user u WHERE u.id = NEW.granted_by_id AND u.is_admin AND u.is_active))"
)


def _standing(membership: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM accounts_grant a WHERE a.team_id = {membership}.team_id "
        f"AND a.person_id = {membership}.user_id AND a.ended_at IS NULL)"
    )


HANDS_NOTHING = "whose way in changed hands nothing over for a day"


def _suspended(person: str, moment: str) -> str:
    """SQL that is true while that person signs nothing because their way in changed."""
    return (
        f"EXISTS (SELECT 1 FROM accounts_user u WHERE u.id = NEW.{person} AND u.signing_suspended_until > NEW.{moment})"
    )


GRANTING: tuple[Rule, ...] = (
    (changed_but(Grant, "granted_by", "granted_by_name", "granted_at", "ended_by", "ended_by_name", "ended_at"),
     "a role is granted as it was asked for"),
    ("OLD.granted_at IS NOT NULL AND " + changed("granted_at", "granted_by_id", "granted_by_name"), GRANTED_ONCE),
    ("OLD.ended_at IS NOT NULL", GRANTED_ONCE),
    (f"{changed('granted_at')} AND {SECONDED} AND NEW.granted_by_id = NEW.asked_by_id", TWO),
    (f"{changed('granted_at')} AND NOT ({SECOND})", "an admin of the team grants its roles"),
    (f"{changed('granted_at')} AND NOT {MEMBER}", "only members are granted a role"),
    (f"{changed('granted_at')} AND {_suspended('granted_by_id', 'granted_at')}", HANDS_NOTHING),
)  # fmt: skip

OFFERED_ONCE = "who stands in for somebody is asked once, and agrees once"
VERIFIES = (
    "EXISTS (SELECT 1 FROM accounts_grant a WHERE a.team_id = NEW.team_id AND a.person_id = NEW.delegator_id "
    f"AND a.role IN {one_of(VERIFYING)} AND {HELD})"
)


def _is_member(person: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM accounts_membership m JOIN accounts_user u ON u.id = m.user_id AND u.is_active "
        f"WHERE m.team_id = NEW.team_id AND m.user_id = {person} AND m.role = '{Role.MEMBER.value}')"
    )


BOTH = f"{_is_member('NEW.delegator_id')} AND {_is_member('NEW.delegate_id')}"

GUARDS = [
    *never_deleted("accounts_delegation", "who stood in for whom stays"),
    begins(
        "accounts_delegation",
        ("NEW.accepted_at IS NOT NULL OR NEW.ended_at IS NOT NULL", OFFERED_ONCE),
        (f"NOT ({BOTH})", "members stand in for members of their team"),
        (f"NOT {VERIFIES}", "who verifies nothing has nothing to hand over"),
        (_suspended("delegator_id", "offered_at"), HANDS_NOTHING),
        (
            f"EXTRACT(EPOCH FROM NEW.ends_at - NEW.offered_at) > {int(LONGEST.total_seconds())}",
            "somebody stands in for two weeks at most",
        ),
    ),
    changes(
        "accounts_delegation",
        (changed_but(Delegation, "accepted_at", "ended_by", "ended_by_name", "ended_at"), OFFERED_ONCE),
        ("OLD.ended_at IS NOT NULL", OFFERED_ONCE),
        (f"OLD.accepted_at IS NOT NULL AND {changed('accepted_at')}", OFFERED_ONCE),
        (f"{changed('accepted_at')} AND NOT ({BOTH})", "members stand in for members of their team"),
        (_suspended("delegate_id", "accepted_at") + f" AND {changed('accepted_at')}", HANDS_NOTHING),
    ),
    *append_only("accounts_takenname", "a name stays with whoever had it, as their keys do"),
    changes(
        "accounts_membership",
        (changed_but(Membership, "role", "reads_until"), "a membership stays with its person and its team"),
        (f"NEW.role <> '{Role.MEMBER.value}' AND {_standing('NEW')}", STANDS),
    ),
    rules("accounts_membership", "accounts_membership_ends", "DELETE", (_standing("OLD"), STANDS)),
    *never_deleted("accounts_grant", "who had which role stays"),
    begins(
        "accounts_grant",
        ("NEW.ended_at IS NOT NULL", GRANTED_ONCE),
        (f"NOT {MEMBER}", "only members are granted a role"),
        (f"NOT ({FIRST}) AND NOT {_admin('a.person_id = NEW.asked_by_id')}", "an admin of the team asks for a role"),
        ("NEW.granted_at IS NOT NULL AND NEW.granted_by_id <> NEW.asked_by_id", "a role is asked for first"),
        (f"NEW.granted_at IS NOT NULL AND {SECONDED} AND NOT ({SET_UP})", TWO),
        (f"NEW.asked_by_id <> NEW.person_id AND {_suspended('asked_by_id', 'asked_at')}", HANDS_NOTHING),
    ),
    changes("accounts_grant", *GRANTING),
    changes(
        "accounts_team",
        (changed("id"), "a team stays the one it is"),
        (
            "NOT OLD.two_publish AND NOT NEW.two_publish AND "
            + changed("one_publishes_by_id", "one_publishes_by_name"),
            "who let one person publish is named until two do again",
        ),
    ),
    changes(
        "accounts_invitation",
        (changed_but(Invitation, "expires_at", "accepted_at", "accepted_by", "accepted_by_name", "revoked_at"), ONCE),
        ("NEW.expires_at > OLD.expires_at", ONCE),
        ("OLD.accepted_at IS NOT NULL AND " + changed("accepted_at", "accepted_by_id", "accepted_by_name"), ONCE),
        ("OLD.revoked_at IS NOT NULL AND (NEW.revoked_at IS NULL OR NEW.accepted_at IS NOT NULL)", ONCE),
    ),
]
