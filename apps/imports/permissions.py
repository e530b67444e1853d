"""Who may import checklists, and why not. Commands require these, buttons show them."""

from apps.accounts.models import User
from apps.accounts.roles import Capability
from apps.checklists.permissions import ONLY_EDITORS, create_template
from apps.core.permissions import ALLOW, Verdict, deny, not_now

from .models import ChecklistImport

start_import = create_template


def correct_import(by: User, imported: ChecklistImport) -> Verdict:
    """Whether they may correct what the lines of an import become, make templates of it or throw it away."""
    if not by.may(Capability.EDIT, imported.team_id):
        return deny(ONLY_EDITORS)
    if imported.published_at:
        return not_now("Templates were made of this import already. They are in the list of templates.")
    return ALLOW


draft_import = discard_import = correct_import
