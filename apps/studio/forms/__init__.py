"""The shape of what is typed into a draft."""

from .acts import (
    BULK,
    AcceptProblem,
    Act,
    AddItems,
    AddSection,
    Chosen,
    EditItems,
    Here,
    IndentItems,
    MoveItems,
    MoveSection,
    Step,
)
from .edits import EditDraft, EditItem, EditPart, EditSection
