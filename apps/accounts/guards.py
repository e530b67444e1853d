"""What the database refuses about people and their invitations, whoever asks."""

from apps.core.guards import append_only, changed, changed_but, changes

from .models import Invitation, Membership

ONCE = "an invitation is used once"

GUARDS = [
    *append_only("accounts_takenname", "a name stays with whoever had it, as their keys do"),
    changes(
        "accounts_membership", (changed_but(Membership, "role"), "a membership stays with its person and its team")
    ),
    changes(
        "accounts_invitation",
        (changed_but(Invitation, "expires_at", "accepted_at", "accepted_by", "accepted_by_name", "revoked_at"), ONCE),
        ("NEW.expires_at > OLD.expires_at", ONCE),
        ("OLD.accepted_at IS NOT NULL AND " + changed("accepted_at", "accepted_by_id", "accepted_by_name"), ONCE),
        ("OLD.revoked_at IS NOT NULL AND (NEW.revoked_at IS NULL OR NEW.accepted_at IS NOT NULL)", ONCE),
    ),
]
