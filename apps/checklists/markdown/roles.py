"""A block with what it becomes, and what holds for the whole document."""

from dataclasses import dataclass

from .answers import Question
from .blocks import Block
from .document import Correction, LineType
from .style import Style


@dataclass(slots=True)
class BlockRole:
    """A block and what it becomes; `level` orders headings, `title` is a heading's words."""

    block: Block
    line_type: LineType
    level: int = 0
    title: str = ""
    has_content: bool = False  # a heading with items or code under it
    correction: Correction | None = None
    stages: tuple[tuple[str, int], ...] = ()
    header: tuple[str, ...] = ()
    column: int = -1  # of a row, the cell that says what is to be done
    under_step: bool = False  # not indented, and yet part of the item above it
    question: Question | None = None  # of a box that is an answer
    is_step: bool = False  # a line such as `Step 1: Build`, to which all belongs up to the next
    leads: bool = False  # whose fields of the sheet come below
    signatory: str = ""  # whose blanks on the sign-off sheet these are
    is_soft: bool = False  # an item without a box, where other sections have boxes
    may_be_item: bool = False  # no item, and only a person can say that it is none

    @property
    def is_chosen(self) -> bool:
        """True where a person said what it becomes."""
        return bool(self.correction and self.correction.line_type)


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What holds for the whole document."""

    style: Style
    has_boxes: bool
    has_lists: bool
    stepwise: bool = False  # numbered lines are the items, and what follows one unindented belongs to it

    @property
    def strict(self) -> bool:
        """True where a heading must have something under it to be a section: pasted text, or no list at all."""
        return self.style.bare_headings or not self.has_lists
