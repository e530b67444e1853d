"""What the database refuses to do to probes and runs, whoever asks."""

from apps.core.guards import Guard, no_truncate

from .states import FINISHED

KEPT = "a finished probe run is kept as it ended"
ORDERED = "what a probe run was ordered to do does not change"
OWNED = "a probe stays with its team"
POINTS = "the latest run of a probe is one of its own, and never an earlier one again"

_FINISHED = ", ".join(f"'{status.value}'" for status in FINISHED)
_ORDER = ("id", "probe_id", "stream", "item", "kind", "requested_by_id", "queued_at", "config")
_REORDERED = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in _ORDER)
# A run becomes the latest while it waits for a worker; what has a result already is history.
_STRANGER = (
    "NEW.latest_run_id IS NOT NULL AND NOT EXISTS "
    "(SELECT 1 FROM probes_run r WHERE r.id = NEW.latest_run_id AND r.probe_id = NEW.id "
    f"AND (r.id = OLD.latest_run_id OR r.status NOT IN ({_FINISHED})))"
)


def _abort(message: str) -> str:
    return f"BEGIN SELECT RAISE(ABORT, '{message}'); END"


def _raise(condition: str, message: str) -> str:
    return f"IF {condition} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation'; END IF;"


GUARDS = [
    Guard(
        name="probes_run_kept",
        table="probes_run",
        sqlite=(
            f"BEFORE UPDATE ON probes_run WHEN OLD.status IN ({_FINISHED}) {_abort(KEPT)}",
            f"BEFORE DELETE ON probes_run {_abort(KEPT)}",
            f"BEFORE INSERT ON probes_run WHEN EXISTS (SELECT 1 FROM probes_run WHERE id = NEW.id) {_abort(KEPT)}",
        ),
        postgresql=_raise(f"TG_OP = 'DELETE' OR OLD.status IN ({_FINISHED})", KEPT),
        timing="BEFORE UPDATE OR DELETE",
    ),
    no_truncate("probes_run", KEPT),
    Guard(
        name="probes_run_ordered",
        table="probes_run",
        sqlite=(
            f"BEFORE UPDATE ON probes_run WHEN NEW.attempt < OLD.attempt OR "
            f"{_REORDERED.replace('IS DISTINCT FROM', 'IS NOT')} {_abort(ORDERED)}",
        ),
        postgresql=_raise(f"NEW.attempt < OLD.attempt OR {_REORDERED}", ORDERED),
        timing="BEFORE UPDATE",
    ),
    Guard(
        name="probes_probe_owned",
        table="probes_probe",
        sqlite=(f"BEFORE UPDATE ON probes_probe WHEN NEW.team_id <> OLD.team_id {_abort(OWNED)}",),
        postgresql=_raise("NEW.team_id <> OLD.team_id", OWNED),
        timing="BEFORE UPDATE",
    ),
    Guard(
        name="probes_probe_points",
        table="probes_probe",
        sqlite=(f"BEFORE UPDATE ON probes_probe WHEN {_STRANGER} {_abort(POINTS)}",),
        postgresql=_raise(_STRANGER, POINTS),
        timing="BEFORE UPDATE",
    ),
]
