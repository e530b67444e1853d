"""What the database refuses to do to the ledger, whoever asks; and the one thing it does itself: move a head."""

from apps.core.guards import Guard, append_only, no_truncate

KEPT = "the ledger is append-only"
GROWS = "a stream only grows, one entry at a time"
FOLLOWS = "an entry follows the head of its stream"

UNMOVED = "NEW.length = OLD.length AND NEW.head = OLD.head AND NEW.last_at = OLD.last_at"
ONE_ENTRY_FURTHER = (
    "NEW.length = OLD.length + 1 AND EXISTS (SELECT 1 FROM ledger_entry e WHERE e.stream_id = NEW.name "
    "AND e.sequence = OLD.length AND e.digest = NEW.head AND e.at = NEW.last_at)"
)
MOVED = (
    "NEW.name <> OLD.name OR NEW.anchored_length < OLD.anchored_length OR NEW.anchored_length > NEW.length "
    f"OR NOT ({UNMOVED} OR {ONE_ENTRY_FURTHER})"
)
ASTRAY = (
    "NOT EXISTS (SELECT 1 FROM ledger_stream s WHERE s.name = NEW.stream_id "
    "AND s.length = NEW.sequence AND s.head = NEW.previous)"
)
ADVANCE = (
    "UPDATE ledger_stream SET length = NEW.sequence + 1, head = NEW.digest, last_at = NEW.at "
    "WHERE name = NEW.stream_id;"
)

GUARDS = [
    *append_only("ledger_entry", KEPT),
    *append_only("ledger_opening", KEPT),
    no_truncate("ledger_stream", GROWS),
    Guard(
        name="ledger_stream_grows",
        table="ledger_stream",
        sqlite=(
            f"BEFORE UPDATE ON ledger_stream WHEN {MOVED} BEGIN SELECT RAISE(ABORT, '{GROWS}'); END",
            f"BEFORE DELETE ON ledger_stream BEGIN SELECT RAISE(ABORT, '{GROWS}'); END",
            "BEFORE INSERT ON ledger_stream WHEN EXISTS (SELECT 1 FROM ledger_stream WHERE name = NEW.name) "
            f"BEGIN SELECT RAISE(ABORT, '{GROWS}'); END",
        ),
        postgresql=f"IF TG_OP = 'DELETE' OR {MOVED} THEN "
        f"RAISE EXCEPTION '{GROWS}' USING ERRCODE = 'restrict_violation'; END IF;",
        timing="BEFORE UPDATE OR DELETE",
    ),
    Guard(
        name="ledger_entry_follows",
        table="ledger_entry",
        sqlite=(f"BEFORE INSERT ON ledger_entry WHEN {ASTRAY} BEGIN SELECT RAISE(ABORT, '{FOLLOWS}'); END",),
        postgresql=f"IF {ASTRAY} THEN RAISE EXCEPTION '{FOLLOWS}' USING ERRCODE = 'restrict_violation'; END IF;",
        timing="BEFORE INSERT",
    ),
    Guard(
        name="ledger_entry_advances",
        table="ledger_entry",
        sqlite=(f"AFTER INSERT ON ledger_entry BEGIN {ADVANCE} END",),
        postgresql=ADVANCE,
        timing="AFTER INSERT",
    ),
]
