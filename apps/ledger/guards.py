"""What the database refuses to do to the ledger, whoever asks; and the one thing it does itself: move a head."""

from apps.core.guards import Guard, append_only, changed, changed_but, never_deleted, rules

from .models import Stream

APPEND_ONLY = "the ledger is append-only"
GROWS = "a stream only grows, one entry at a time"

ONE_ENTRY_FURTHER = (
    "NEW.length = OLD.length + 1 AND EXISTS (SELECT 1 FROM ledger_entry e WHERE e.stream_id = NEW.name "
    "AND e.sequence = OLD.length AND e.digest = NEW.head AND e.at = NEW.last_at)"
)
ADVANCE = (
    "UPDATE ledger_stream SET length = NEW.sequence + 1, head = NEW.digest, last_at = NEW.at "
    "WHERE name = NEW.stream_id;"
)

GUARDS = [
    *append_only("ledger_entry", APPEND_ONLY),
    *append_only("ledger_opening", APPEND_ONLY),
    *never_deleted("ledger_stream", GROWS, key="name"),
    rules(
        "ledger_stream",
        "ledger_stream_grows",
        "UPDATE",
        (changed_but(Stream, "length", "head", "last_at", "anchored_length"), GROWS),
        ("NEW.anchored_length < OLD.anchored_length OR NEW.anchored_length > NEW.length", GROWS),
        (changed("length", "head", "last_at") + f" AND NOT ({ONE_ENTRY_FURTHER})", GROWS),
    ),
    rules(
        "ledger_entry",
        "ledger_entry_follows",
        "INSERT",
        (
            "NOT EXISTS (SELECT 1 FROM ledger_stream s WHERE s.name = NEW.stream_id "
            "AND s.length = NEW.sequence AND s.head = NEW.previous)",
            "an entry follows the head of its stream",
        ),
    ),
    Guard(
        name="ledger_entry_advances",
        table="ledger_entry",
        sqlite=(f"AFTER INSERT ON ledger_entry BEGIN {ADVANCE} END",),
        postgresql=ADVANCE,
        timing="AFTER INSERT",
    ),
]
