"""Evidence is never changed: a reader a year later sees the bytes that were signed."""

from apps.core.guards import append_only

KEPT = "evidence is kept as it was filed"

GUARDS = [*append_only("evidence_blob", KEPT), *append_only("evidence_evidence", KEPT)]
