"""A filed record stays as it was filed, and its row says what its bytes are."""

from apps.core.guards import begins, changed_but, changes, never_deleted

from .models import Record

FILED = "a record is kept, and once filed it stays as it is"
REQUESTED = "a record begins as a request, and keeps who asked for it and when"
PROGRESS = ("head_sequence", "head_digest", "state", "step", "pages", "error", "published_at", "lease_until", "attempt")
FILING = ("filed_at", "blob", "data_blob", "sha256", "size")

GUARDS = [
    *never_deleted("records_record", FILED),
    begins("records_record", ("NEW.state <> 'queued'", REQUESTED)),
    changes(
        "records_record",
        ("OLD.state IN ('filed', 'failed')", FILED),
        (changed_but(Record, *PROGRESS, *FILING), REQUESTED),
        ("NEW.attempt < OLD.attempt", "the attempts at a record only grow"),
        (
            "NEW.state = 'filed' AND (NOT EXISTS (SELECT 1 FROM evidence_blob b JOIN deployments_deployment d "
            "ON d.team_id = b.team_id WHERE b.id = COALESCE(NEW.blob_id, NEW.data_blob_id) "
            "AND d.id = NEW.deployment_id AND b.sha256 = NEW.sha256 AND b.size = NEW.size) "
            "OR NOT EXISTS (SELECT 1 FROM evidence_blob b JOIN deployments_deployment d ON d.team_id = b.team_id "
            "WHERE b.id = NEW.data_blob_id AND d.id = NEW.deployment_id))",
            "a filed record names the bytes of its own team",
        ),
    ),
]
