"""What the database refuses to do to probes and runs, whoever asks."""

from apps.core.guards import changed_but, changes, never_deleted, one_of

from .models import Probe, Run
from .states import FINISHED

ENDED = "a finished probe run is kept as it ended"
WORK = ("state", "attempt", "published_at", "lease_until", "worker", "started_at", "finished_at")
RESULT = ("value", "unit", "limit", "explanation", "request", "response", "response_digest", "conditions", "digest")

GUARDS = [
    *never_deleted("probes_run", ENDED),
    changes(
        "probes_run",
        (f"OLD.state IN {one_of(FINISHED)}", ENDED),
        (changed_but(Run, *WORK, *RESULT), "what a probe run was ordered to do does not change"),
        ("NEW.attempt < OLD.attempt", "the attempts of a probe run only grow"),
    ),
    changes(
        "probes_probe",
        (
            changed_but(Probe, "name", "kind", "config", "secret", "version", "latest_run"),
            "a probe stays with its team",
        ),
        # A run becomes the latest while it waits for a worker; what has a result already is history.
        (
            "NEW.latest_run_id IS NOT NULL AND NOT EXISTS "
            "(SELECT 1 FROM probes_run r WHERE r.id = NEW.latest_run_id AND r.probe_id = NEW.id "
            f"AND (r.id = OLD.latest_run_id OR r.state NOT IN {one_of(FINISHED)}))",
            "the latest run of a probe is one of its own, and never an earlier one again",
        ),
        (
            "NEW.latest_run_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM probes_run r "
            "WHERE r.id = NEW.latest_run_id AND r.kind = NEW.kind AND r.config = NEW.config)",
            "the latest run of a probe asked what the probe asks now",
        ),
    ),
]
