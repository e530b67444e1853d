"""What the database refuses about tokens and measurements: whoever brings proof contributes, and verifies nothing."""

from apps.core.guards import begins, changed_but, changes, never_deleted, one_of, rules
from apps.probes.states import FINISHED, State

from .models import Token

REVOKED = ("revoked_at", "revoked_by", "revoked_by_name")
USED = ("last_used_at", "last_used_from", "used_in_minute")
# Of the item with this id: whether that person contributed to it, and whether they hold a key that says verified.
CONTRIBUTED = (
    "EXISTS (SELECT 1 FROM deployments_item i JOIN signoff_contribution c ON c.sign_off_id = i.sign_off_id "
    "WHERE i.id = {item} AND c.person_id = {person})"
)
VERIFIED = (
    "EXISTS (SELECT 1 FROM deployments_item i JOIN signoff_signoff s ON s.id = i.sign_off_id "
    "JOIN signoff_signature g ON g.sign_off_id = s.id AND g.revision = s.revision "
    "WHERE i.id = {item} AND {person} IN (g.signer_id, g.on_behalf_id) AND g.slot > s.contributor_keys)"
)
MAKER = {"item": "NEW.item_id", "person": "NEW.created_by_id"}
MEASURER = {"item": "NEW.item", "person": "NEW.requested_by_id"}
MEASURED = f"NEW.kind = 'manual' AND NEW.state IN {one_of(FINISHED)} AND OLD.state = '{State.RUNNING}' AND "

GUARDS = [
    *never_deleted("reporting_token", "a token stays on record"),
    begins(
        "reporting_token",
        (
            "NOT EXISTS (SELECT 1 FROM deployments_item i JOIN probes_probe p ON p.id = i.probe_id "
            "WHERE i.id = NEW.item_id AND p.id = NEW.probe_id AND p.kind = 'push')",
            "a token is for the probe of its item, which is reported to",
        ),
        ("NOT " + CONTRIBUTED.format(**MAKER), "who makes a token contributes to its item"),
        (VERIFIED.format(**MAKER), "who verified an item makes no token for it"),
    ),
    changes(
        "reporting_token",
        (changed_but(Token, *REVOKED, *USED), "a token is only ever used and revoked"),
        (
            "OLD.revoked_at IS NOT NULL AND (NEW.revoked_at IS DISTINCT FROM OLD.revoked_at "
            "OR NEW.revoked_by_id IS DISTINCT FROM OLD.revoked_by_id)",
            "a token that was revoked stays revoked",
        ),
    ),
    rules(
        "probes_run",
        "reporting_run_measured",
        "UPDATE",
        (MEASURED + "NOT " + CONTRIBUTED.format(**MEASURER), "who measures contributes to the item"),
        (MEASURED + VERIFIED.format(**MEASURER), "who verified an item does not measure it"),
    ),
]
