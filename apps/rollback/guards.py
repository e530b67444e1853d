"""A plan's owner is somebody of its team, and a plan never changes hands between teams."""

from apps.core.guards import append_only, changed, changed_but, rules

from .models import EDITED, RollbackPlan

OWNER = "the owner of a rollback plan is a member of its team"
NOT_MEMBER = (
    "NEW.owner_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM accounts_membership m "
    "WHERE m.team_id = NEW.team_id AND m.user_id = NEW.owner_id)"
)

WRITTEN = [str(field.column) for field in RollbackPlan._meta.concrete_fields if field.name in EDITED]

GUARDS = [
    *append_only("rollback_planauthor", "who wrote a plan is kept for good"),
    rules("rollback_rollbackplan", "rollback_plan_begins", "INSERT", (NOT_MEMBER, OWNER)),
    rules(
        "rollback_rollbackplan",
        "rollback_plan_changes",
        "UPDATE",
        # Somebody who left keeps what they owned until it is given to somebody else.
        (changed("owner_id") + " AND " + NOT_MEMBER, OWNER),
        (
            changed_but(RollbackPlan, *EDITED, "owner_name", "written_by", "written_by_name"),
            "a rollback plan stays with its team",
        ),
        (
            changed(*WRITTEN) + " AND NOT EXISTS (SELECT 1 FROM rollback_planauthor a "
            "WHERE a.plan_id = NEW.id AND a.person_id = NEW.written_by_id)",
            "whoever changes a plan is remembered",
        ),
    ),
]
