"""What the database refuses to do to probes and runs, whoever asks."""

from apps.core.guards import begins, changed, changed_but, changes, never_deleted, one_of
from apps.zones.guards import GRANTED

from .kinds import PASSIVE
from .models import RESULT, STANDING, WORKED, Probe, Run, Series
from .states import FINISHED, TERMINAL, CountsAs, State

NOT_GRANTED = "a probe asks from a zone that its team may use"
FROZEN = "a finished probe run is kept as it ended"
SET_UP = (
    "name", "kind", "config", "secret", "zone", "version", "latest_run", "breaker", "interval_seconds", "expected_by",
    "scheduled_by", "scheduled_by_name", "baseline", "baseline_by", "baseline_by_name", "baseline_at",
)  # fmt: skip
CANCELLED = ("cancelled_at", "cancelled_by", "cancelled_by_name")
# What a probe counts as once more (apps/probes/states.py: standing_after). `replaces` is the run before, of the same
# settings; there is none once these changed.
ALIKE = f"(o.state = '{State.PASSED}') = (NEW.state = '{State.PASSED}')"
BEFORE = "FROM probes_run o WHERE o.id = NEW.replaces_id"
IN_A_ROW = f"COALESCE((SELECT CASE WHEN {ALIKE} THEN o.in_a_row + 1 END {BEFORE}), 1)"
LIMIT = "COALESCE(CAST(NEW.config ->> '{}' AS INTEGER), 1)"
FOLLOWS = (
    f"(NEW.in_a_row = {IN_A_ROW} AND NEW.counts_as = CASE "
    f"WHEN NEW.state = '{State.PASSED}' AND NEW.in_a_row >= {LIMIT.format('consecutive_successes')} "
    f"THEN '{CountsAs.PASSES.value}' "
    f"WHEN NEW.state = '{State.LOST}' "
    f"OR NEW.state <> '{State.PASSED}' AND NEW.in_a_row >= {LIMIT.format('failure_limit')} "
    f"THEN '{CountsAs.FAILS.value}' "
    f"ELSE COALESCE((SELECT o.counts_as {BEFORE}), '{CountsAs.WAITS.value}') END)"
)

GUARDS = [
    *never_deleted("probes_series", "what was ordered stays on record"),
    changes(
        "probes_series",
        (
            changed_but(Series, *CANCELLED) + " OR OLD.cancelled_at IS NOT NULL",
            "a series of probe runs is only ever cancelled",
        ),
    ),
    *never_deleted("probes_run", FROZEN),
    begins(
        "probes_run",
        (
            "NEW.replaces_id IS DISTINCT FROM (SELECT p.latest_run_id FROM probes_probe p WHERE p.id = NEW.probe_id)",
            "a probe run replaces the latest one of its probe",
        ),
        (
            "NEW.zone_id IS DISTINCT FROM (SELECT p.zone_id FROM probes_probe p WHERE p.id = NEW.probe_id)",
            "a probe runs in its own zone",
        ),
        (
            f"NEW.kind IN {one_of(PASSIVE)} AND NEW.state = '{State.QUEUED}'",
            "what is reported to is not asked",
        ),
    ),
    changes(
        "probes_run",
        (f"OLD.state IN {one_of(TERMINAL)}", FROZEN),
        (
            f"NEW.state = '{State.CANCELLED}' AND (OLD.state <> '{State.QUEUED}' OR OLD.started_at IS NOT NULL)",
            "a probe run is cancelled only while nobody has taken it",
        ),
        (
            changed_but(Run, *WORKED, "finished_at", *RESULT, *STANDING, "digest"),
            "what a probe run was ordered to do does not change",
        ),
        ("NEW.attempt < OLD.attempt", "the attempts of a probe run only grow"),
        (f"NEW.state IN {one_of(FINISHED)} AND NOT {FOLLOWS}", "what a probe counts as follows from its runs"),
    ),
    begins("probes_probe", (f"NEW.zone_id IS NOT NULL AND NOT {GRANTED}", NOT_GRANTED)),
    changes(
        "probes_probe",
        (f"{changed('zone_id')} AND NEW.zone_id IS NOT NULL AND NOT {GRANTED}", NOT_GRANTED),
        (
            changed_but(Probe, *SET_UP),
            "a probe stays with its team",
        ),
        (
            f"NEW.kind IN {one_of(PASSIVE)} AND NEW.interval_seconds IS NOT NULL",
            "what is reported to is not asked",
        ),
        # A run becomes the latest while it waits for a worker; what has a result already is history, but for the one
        # that a cancelled run had replaced.
        (
            "NEW.latest_run_id IS NOT NULL AND NOT EXISTS "
            "(SELECT 1 FROM probes_run r WHERE r.id = NEW.latest_run_id AND r.probe_id = NEW.id "
            f"AND (r.id = OLD.latest_run_id OR r.state NOT IN {one_of(TERMINAL)} OR r.id = (SELECT o.replaces_id "
            f"FROM probes_run o WHERE o.id = OLD.latest_run_id AND o.state = '{State.CANCELLED}')))",
            "the latest run of a probe is one of its own, and never an earlier one again",
        ),
        (
            "NEW.latest_run_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM probes_run r "
            "WHERE r.id = NEW.latest_run_id AND r.kind = NEW.kind AND r.config = NEW.config "
            "AND NOT (r.zone_id IS DISTINCT FROM NEW.zone_id))",
            "the latest run of a probe asked what the probe asks now",
        ),
        (
            "(NEW.baseline_id IS NULL) <> (NEW.baseline_by_id IS NULL) "
            "OR NEW.baseline_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM probes_run r "
            "WHERE r.id = NEW.baseline_id AND r.probe_id = NEW.id AND r.digest <> '')",
            "the baseline of a probe is a result of its own",
        ),
    ),
]
