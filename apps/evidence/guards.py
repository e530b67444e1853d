"""Evidence is never changed: a reader a year later sees the bytes that were signed."""

from apps.core.guards import append_only

UNCHANGED = "evidence is kept as it was filed"

GUARDS = [*append_only("evidence_blob", UNCHANGED), *append_only("evidence_evidence", UNCHANGED)]
