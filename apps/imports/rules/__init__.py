"""What people are asked about an import, what they decide about it, and what its templates say by that."""

from .decisions import (
    Decision,
    Decisions,
    are_decided,
    contents,
    decided,
    decision_of,
    problem_of,
    selected,
    stated,
    value_of,
)
from .findings import NEEDS, Finding, FindingKind, findings
from .steps import Step, appended, taken_back
