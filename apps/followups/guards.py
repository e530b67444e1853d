"""What the database refuses to do to follow-ups: what was promised stays as it was written, and is closed once."""

from apps.core.guards import begins, changed, changed_but, changes, never_deleted

from .models import FollowUp

CLOSING = ("closed_at", "closed_by", "closed_by_name", "outcome")
NOT_MEMBER = (
    "NOT EXISTS (SELECT 1 FROM accounts_membership m WHERE m.team_id = NEW.team_id AND m.user_id = NEW.owner_id)",
    "the owner of a follow-up is a member of its team",
)
# A sign-off knows the team of a chain and of a subject; what nobody signs has none of its own.
OTHER_TEAM = (
    "EXISTS (SELECT 1 FROM signoff_signoff s WHERE s.stream = NEW.stream AND s.team_id <> NEW.team_id) "
    "OR EXISTS (SELECT 1 FROM signoff_signoff s WHERE s.subject = NEW.subject AND s.stream <> NEW.stream)"
)

GUARDS = [
    *never_deleted("followups_followup", "a follow-up is kept for good"),
    begins(
        "followups_followup",
        ("NEW.closed_at IS NOT NULL", "a follow-up begins open"),
        (OTHER_TEAM, "a follow-up belongs to the team and the chain of what left it"),
        NOT_MEMBER,
    ),
    changes(
        "followups_followup",
        ("OLD.closed_at IS NOT NULL", "a closed follow-up stays as it is"),
        (
            changed_but(FollowUp, "owner", "owner_name", "due_on", *CLOSING),
            "a follow-up keeps what is to be done, and what left it",
        ),
        # Somebody who left keeps what they owned until it is given to somebody else.
        (changed("owner_id") + " AND " + NOT_MEMBER[0], NOT_MEMBER[1]),
        ("NEW.closed_at < OLD.raised_at", "a follow-up is closed after it began"),
        (
            "NEW.closed_at IS NOT NULL AND " + changed("owner_id", "owner_name", "due_on"),
            "a follow-up is closed as it was agreed",
        ),
    ),
]
