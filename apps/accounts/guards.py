"""What the database refuses about people and their invitations, whoever asks."""

from apps.core.guards import Guard

MOVED = "a membership stays with its person and its team"
REUSED = "an invitation is used once"
MOVED_WHEN = "NEW.user_id <> OLD.user_id OR NEW.team_id <> OLD.team_id"
REUSED_WHEN = (
    "NEW.token_digest <> OLD.token_digest OR NEW.role <> OLD.role OR NEW.expires_at > OLD.expires_at "
    "OR (NEW.team_id IS NULL) <> (OLD.team_id IS NULL) OR NEW.team_id <> OLD.team_id "
    "OR (OLD.accepted_at IS NOT NULL AND (NEW.accepted_at IS NULL OR NEW.accepted_by_id <> OLD.accepted_by_id)) "
    "OR (OLD.revoked_at IS NOT NULL AND (NEW.revoked_at IS NULL OR NEW.accepted_at IS NOT NULL))"
)


def _refuse_update(name: str, table: str, wrong: str, message: str) -> Guard:
    return Guard(
        name=name,
        table=table,
        sqlite=(f"BEFORE UPDATE ON {table} WHEN {wrong} BEGIN SELECT RAISE(ABORT, '{message}'); END",),
        postgresql=f"IF {wrong} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation'; END IF;",
        timing="BEFORE UPDATE",
    )


GUARDS = [
    _refuse_update("accounts_membership_stays", "accounts_membership", MOVED_WHEN, MOVED),
    _refuse_update("accounts_invitation_once", "accounts_invitation", REUSED_WHEN, REUSED),
]
