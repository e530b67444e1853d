"""Whether an item lacks the proof that its checklist asks for, as SQL text: apps/evidence/rules.py once more.

Asked of an item `i` with its sign-off `s`, its probe `p` and that probe's latest run `r`.
"""

from apps.core.guards import passed
from apps.evidence.models import Kind
from apps.evidence.rules import ANY, COUNTS

PIECES = Kind.values
KINDS = "CAST(i.evidence_kinds AS TEXT)"


def _wanted(counted: str) -> str:
    """SQL that is true where the item asks for a kind as which `counted` counts."""
    asked = [f"REPLACE({KINDS}, '\"{kind}\"', '') <> {KINDS}" for kind, counts in COUNTS.items() if counted in counts]
    return "(" + " OR ".join([*asked, *([f"{KINDS} = '[]'"] if counted in ANY else [])]) + ")"


PIECE = (
    "EXISTS (SELECT 1 FROM deployments_attachment a JOIN evidence_evidence e ON e.id = a.evidence_id "
    "WHERE a.item_id = i.id AND a.removed_at IS NULL AND ("
    + " OR ".join(f"e.kind = '{kind}' AND {_wanted(kind)}" for kind in PIECES)
    + "){more})"
)
RUN = (
    "(r.finished_at IS NOT NULL AND (p.kind = 'command' AND "
    + _wanted("command")
    + " OR p.kind <> 'command' AND "
    + _wanted("probe")
    + "))"
)
FIELD = f"({_wanted('field')} AND (CAST(i.fill_ins AS TEXT) <> '[]' OR i.result <> ''))"
# The age of what is filled in is that of the first key, which covers it; so is that of what has no proof else.
SIGNED_AT = (
    "(SELECT g.signed_at FROM signoff_signature g "
    "WHERE g.sign_off_id = s.id AND g.revision = s.revision AND g.slot = 1)"
)


def lacks_proof(at: str) -> str:
    """SQL that is true where proof is missing, or the oldest of it too old at a moment."""
    stale = (
        PIECE.format(more=f" AND {passed('e.added_at', 'i.max_age_days', at)}"),
        f"({RUN} AND {passed('r.finished_at', 'i.max_age_days', at)})",
        f"({FIELD} AND {passed(SIGNED_AT, 'i.max_age_days', at)})",
        f"({KINDS} = '[]' AND NOT {PIECE.format(more='')} AND NOT {RUN} AND {passed(SIGNED_AT, 'i.max_age_days', at)})",
    )
    is_there = f"({KINDS} = '[]' OR {PIECE.format(more='')} OR {RUN} OR {FIELD})"
    return (
        f"((i.max_age_days IS NOT NULL OR {KINDS} <> '[]') AND "
        f"(NOT {is_there} OR (i.max_age_days IS NOT NULL AND ({' OR '.join(stale)}))))"
    )
