"""A plan's owner is somebody of its team, and a plan never changes hands between teams."""

from apps.core.guards import Guard

OWNER = "the owner of a rollback plan is a member of its team"
TEAM = "a rollback plan stays with its team"

STRANGER = (
    "NEW.owner_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM accounts_membership m "
    "WHERE m.team_id = NEW.team_id AND m.user_id = NEW.owner_id)"
)

GUARDS = [
    Guard(
        name="rollback_owner_is_member",
        table="rollback_rollbackplan",
        sqlite=(
            f"BEFORE INSERT ON rollback_rollbackplan WHEN {STRANGER} BEGIN SELECT RAISE(ABORT, '{OWNER}'); END",
            f"BEFORE UPDATE OF owner_id ON rollback_rollbackplan WHEN {STRANGER} "
            f"BEGIN SELECT RAISE(ABORT, '{OWNER}'); END",
            "BEFORE UPDATE ON rollback_rollbackplan WHEN NEW.team_id <> OLD.team_id "
            f"BEGIN SELECT RAISE(ABORT, '{TEAM}'); END",
        ),
        postgresql=(
            f"IF {STRANGER} THEN RAISE EXCEPTION '{OWNER}' USING ERRCODE = 'check_violation'; END IF; "
            f"IF TG_OP = 'UPDATE' THEN IF NEW.team_id <> OLD.team_id THEN "
            f"RAISE EXCEPTION '{TEAM}' USING ERRCODE = 'check_violation'; END IF; END IF;"
        ),
        timing="BEFORE INSERT OR UPDATE",
    )
]
