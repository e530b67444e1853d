"""Who may edit a draft: all edits are the same to these."""

from apps.accounts.models import User
from apps.checklists import permissions as checklists
from apps.checklists.models import TemplateVersion
from apps.core.permissions import Verdict


def edit_draft(by: User, version: TemplateVersion) -> Verdict:
    """Whether they may change what a draft says."""
    return checklists.edit_draft(by, version)


edit_draft_item = edit_draft_items = add_draft_items = remove_draft_items = edit_draft
move_draft_items = indent_draft_items = edit_draft
add_draft_section = edit_draft_section = move_draft_section = remove_draft_section = edit_draft
replace_draft_content = accept_draft_problem = undo_step = redo_step = edit_draft
