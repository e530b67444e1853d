"""What the database refuses to do to the ledger, whoever asks."""

from apps.core.guards import Guard, append_only, no_truncate

KEPT = "the ledger is append-only"
GROWS = "a stream only grows, one entry at a time"
FOLLOWS = "an entry follows the head of its stream"

GUARDS = [
    *append_only("ledger_entry", KEPT),
    *append_only("ledger_opening", KEPT),
    no_truncate("ledger_stream", GROWS),
    Guard(
        name="ledger_stream_grows",
        table="ledger_stream",
        sqlite=(
            "BEFORE UPDATE ON ledger_stream WHEN NEW.name <> OLD.name OR NEW.anchored_length < OLD.anchored_length "
            "OR NEW.anchored_length > NEW.length OR NOT (NEW.length = OLD.length + 1 OR "
            "(NEW.length = OLD.length AND NEW.head = OLD.head AND NEW.last_at = OLD.last_at)) "
            f"BEGIN SELECT RAISE(ABORT, '{GROWS}'); END",
            f"BEFORE DELETE ON ledger_stream BEGIN SELECT RAISE(ABORT, '{GROWS}'); END",
            "BEFORE INSERT ON ledger_stream WHEN EXISTS (SELECT 1 FROM ledger_stream WHERE name = NEW.name) "
            f"BEGIN SELECT RAISE(ABORT, '{GROWS}'); END",
        ),
        postgresql=(
            "IF TG_OP = 'DELETE' OR NEW.name <> OLD.name OR NEW.anchored_length < OLD.anchored_length "
            "OR NEW.anchored_length > NEW.length OR NOT (NEW.length = OLD.length + 1 OR "
            "(NEW.length = OLD.length AND NEW.head = OLD.head AND NEW.last_at = OLD.last_at)) THEN "
            f"RAISE EXCEPTION '{GROWS}' USING ERRCODE = 'restrict_violation'; END IF;"
        ),
        timing="BEFORE UPDATE OR DELETE",
    ),
    Guard(
        name="ledger_entry_follows",
        table="ledger_entry",
        sqlite=(
            "BEFORE INSERT ON ledger_entry WHEN NOT EXISTS (SELECT 1 FROM ledger_stream s WHERE s.name = NEW.stream_id "
            "AND s.length = NEW.sequence AND s.head = NEW.previous) "
            f"BEGIN SELECT RAISE(ABORT, '{FOLLOWS}'); END",
        ),
        postgresql=(
            "IF NOT EXISTS (SELECT 1 FROM ledger_stream s WHERE s.name = NEW.stream_id "
            "AND s.length = NEW.sequence AND s.head = NEW.previous) THEN "
            f"RAISE EXCEPTION '{FOLLOWS}' USING ERRCODE = 'restrict_violation'; END IF;"
        ),
        timing="BEFORE INSERT",
    ),
]
