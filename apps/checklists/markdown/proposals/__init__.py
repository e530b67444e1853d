"""What the importer proposes to make of a template: typed changes, each taken by a person or left, none by itself."""

from .changes import (
    Change,
    ConditionChange,
    CriticalChange,
    KeysChange,
    ParameterChange,
    Place,
    ProbeChange,
    Proposal,
    VariableChange,
    applied,
)
from .found import proposals
