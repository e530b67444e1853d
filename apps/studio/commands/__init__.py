"""Everything that changes a draft. Each is one step that can be undone, and one entry."""

from .items import (
    add_draft_items,
    edit_draft_item,
    edit_draft_items,
    indent_draft_items,
    move_draft_items,
    remove_draft_items,
)
from .sections import add_draft_section, edit_draft_section, move_draft_section, remove_draft_section
from .steps import redo_step, undo_step
from .whole import accept_draft_problem, edit_draft, replace_draft_content
