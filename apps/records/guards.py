"""A filed record stays as it was filed, and its row says what its bytes are."""

from apps.core.guards import Guard, no_truncate

KEPT = "a record is kept, and once filed it stays as it is"
REQUESTED = "a record begins as a request, and keeps who asked for it and when"
BYTES = "a filed record names the bytes of its own team"

RECORD = "records_record"
SAME_REQUEST = (
    "NEW.id <> OLD.id OR NEW.deployment_id <> OLD.deployment_id OR NEW.number <> OLD.number "
    "OR NEW.requested_by_id <> OLD.requested_by_id OR NEW.requested_at <> OLD.requested_at "
    "OR NEW.requested_sequence <> OLD.requested_sequence OR NEW.attempt < OLD.attempt"
)
NOT_OWN_BYTES = (
    "(NOT EXISTS (SELECT 1 FROM evidence_blob b JOIN deployments_deployment d ON d.team_id = b.team_id "
    "WHERE b.id = NEW.blob_id AND d.id = NEW.deployment_id AND b.sha256 = NEW.sha256 AND b.size = NEW.size) "
    "OR NOT EXISTS (SELECT 1 FROM evidence_blob b JOIN deployments_deployment d ON d.team_id = b.team_id "
    "WHERE b.id = NEW.data_blob_id AND d.id = NEW.deployment_id))"
)


def _refuse(message: str) -> str:
    return f"RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation';"


def _abort(message: str) -> str:
    return f"BEGIN SELECT RAISE(ABORT, '{message}'); END"


GUARDS = [
    Guard(
        name="records_record_filed_stays",
        table=RECORD,
        sqlite=(
            f"BEFORE UPDATE ON {RECORD} WHEN OLD.state IN ('filed', 'failed') {_abort(KEPT)}",
            f"BEFORE DELETE ON {RECORD} {_abort(KEPT)}",
            f"BEFORE INSERT ON {RECORD} WHEN EXISTS (SELECT 1 FROM {RECORD} WHERE id = NEW.id) {_abort(KEPT)}",
        ),
        postgresql=f"IF TG_OP = 'DELETE' OR OLD.state IN ('filed', 'failed') THEN {_refuse(KEPT)} END IF;",
        timing="BEFORE UPDATE OR DELETE",
    ),
    Guard(
        name="records_record_request_stays",
        table=RECORD,
        sqlite=(
            f"BEFORE UPDATE ON {RECORD} WHEN {SAME_REQUEST} {_abort(REQUESTED)}",
            f"BEFORE INSERT ON {RECORD} WHEN NEW.state <> 'queued' {_abort(REQUESTED)}",
        ),
        postgresql=(
            f"IF TG_OP = 'INSERT' THEN IF NEW.state <> 'queued' THEN {_refuse(REQUESTED)} END IF; "
            f"ELSIF {SAME_REQUEST} THEN {_refuse(REQUESTED)} END IF;"
        ),
        timing="BEFORE INSERT OR UPDATE",
    ),
    Guard(
        name="records_record_own_bytes",
        table=RECORD,
        sqlite=(f"BEFORE UPDATE ON {RECORD} WHEN NEW.state = 'filed' AND {NOT_OWN_BYTES} {_abort(BYTES)}",),
        postgresql=f"IF NEW.state = 'filed' AND {NOT_OWN_BYTES} THEN {_refuse(BYTES)} END IF;",
        timing="BEFORE UPDATE",
    ),
    no_truncate(RECORD, KEPT),
]
