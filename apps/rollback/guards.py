"""A plan's owner is somebody of its team, and a plan never changes hands between teams."""

from apps.core.guards import changed, changed_but, rules

from .models import RollbackPlan

OWNER = "the owner of a rollback plan is a member of its team"
NOT_MEMBER = (
    "NEW.owner_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM accounts_membership m "
    "WHERE m.team_id = NEW.team_id AND m.user_id = NEW.owner_id)"
)

GUARDS = [
    rules("rollback_rollbackplan", "rollback_plan_begins", "INSERT", (NOT_MEMBER, OWNER)),
    rules(
        "rollback_rollbackplan",
        "rollback_plan_changes",
        "UPDATE",
        # Somebody who left keeps what they owned until it is given to somebody else.
        (changed("owner_id") + " AND " + NOT_MEMBER, OWNER),
        (
            changed_but(RollbackPlan, "owner", "verification", "last_rehearsed_on", "steps"),
            "a rollback plan stays with its team",
        ),
    ),
]
