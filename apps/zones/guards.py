"""What the database refuses to do to zones: nothing opens without a second administrator, whoever asks."""

from apps.core.guards import begins, changed, changed_but, changes, never_deleted

from .models import Widening, Zone

CONFIRMED = ("confirmed_by", "confirmed_by_name", "confirmed_at", "alone", "since")
ENDING = ("ended_by", "ended_by_name", "ended_at", "until")
CONFIRMS = "OLD.confirmed_at IS NULL AND NEW.confirmed_at IS NOT NULL"
ENDS = "OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL"
NEXT = "(SELECT z.version + 1 FROM zones_zone z WHERE z.queue = NEW.zone_id)"
ONCE = "what was confirmed or ended stays so"
# Whether a probe's team may use its zone, as SQL about a row of a probe.
GRANTED = (
    "EXISTS (SELECT 1 FROM zones_widening w WHERE w.zone_id = NEW.zone_id AND w.team_id = NEW.team_id "
    "AND w.confirmed_at IS NOT NULL AND w.ended_at IS NULL)"
)


def no_administrator(column: str) -> str:
    """SQL that is true when that person is no administrator who is here."""
    return f"NOT EXISTS (SELECT 1 FROM accounts_user u WHERE u.id = NEW.{column} AND u.is_admin AND u.is_active)"


GUARDS = [
    *never_deleted("zones_zone", "a zone stays: probes ran in it", key="queue"),
    begins(
        "zones_zone",
        (no_administrator("created_by_id"), "only administrators make zones"),
        ("NEW.version <> 1", "a new zone reaches no further than any probe"),
    ),
    changes(
        "zones_zone",
        (changed_but(Zone, "name", "name_folded", "description", "version"), "a zone keeps its queue"),
        (
            changed("version") + " AND (NEW.version <> OLD.version + 1 OR NOT EXISTS (SELECT 1 FROM zones_widening w "
            "WHERE w.zone_id = NEW.queue AND (w.since = NEW.version OR w.until = NEW.version)))",
            "the versions of a zone are counted by what opened or ended",
        ),
    ),
    *never_deleted("zones_widening", "what opened a zone stays on record"),
    begins(
        "zones_widening",
        (no_administrator("proposed_by_id"), "only administrators open zones"),
        ("NEW.confirmed_at IS NOT NULL OR NEW.ended_at IS NOT NULL", "a zone is opened by a proposal first"),
    ),
    changes(
        "zones_widening",
        (changed_but(Widening, *CONFIRMED, *ENDING), "another opening is another proposal"),
        (
            "OLD.confirmed_at IS NOT NULL AND "
            + changed("confirmed_by_id", "confirmed_by_name", "confirmed_at", "alone", "since"),
            ONCE,
        ),
        ("OLD.ended_at IS NOT NULL AND " + changed("ended_by_id", "ended_at", "until", "confirmed_at"), ONCE),
        (
            f"{CONFIRMS} AND {no_administrator('confirmed_by_id')}",
            "only administrators confirm what a zone opens",
        ),
        (
            f"{CONFIRMS} AND NEW.confirmed_by_id = NEW.proposed_by_id AND (NOT NEW.alone OR 1 < "
            "(SELECT COUNT(*) FROM accounts_user u WHERE u.is_admin AND u.is_active))",
            "a second administrator confirms what a zone opens",
        ),
        (
            f"{CONFIRMS} AND NEW.alone AND NEW.confirmed_by_id <> NEW.proposed_by_id",
            "who confirms beside another is not alone",
        ),
        (f"{CONFIRMS} AND NEW.since IS DISTINCT FROM {NEXT}", "what opens a zone begins its next version"),
        (
            f"{ENDS} AND OLD.confirmed_at IS NOT NULL AND NEW.until IS DISTINCT FROM {NEXT}",
            "what ends in a zone begins its next version",
        ),
    ),
]
