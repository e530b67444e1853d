"""Who may import checklists, and why not. Commands require these, buttons show them."""

from apps.accounts.models import Team, User
from apps.accounts.roles import Capability
from apps.checklists import permissions as checklists
from apps.checklists.models import ChecklistTemplate
from apps.checklists.permissions import ONLY_EDITORS
from apps.core.permissions import ALLOW, Verdict, deny, not_now

from .models import ChecklistImport


def start_import(by: User, team: Team, into: ChecklistTemplate | None = None) -> Verdict:
    """Whether they may bring a text into the team, to change a template or to become one."""
    return checklists.start_draft(by, into) if into else checklists.create_template(by, team)


def correct_import(by: User, imported: ChecklistImport) -> Verdict:
    """Whether they may correct what the lines of an import become, or throw it away."""
    if not by.may(Capability.EDIT, imported.team_id):
        return deny(ONLY_EDITORS)
    if imported.published_at:
        return not_now(
            "What this text says was brought into its template already."
            if imported.into_id
            else "Templates were made of this import already. They are in the list of templates."
        )
    return ALLOW


decide_findings = undo_import_step = discard_import = correct_import


def draft_import(by: User, imported: ChecklistImport) -> Verdict:
    """Whether they may make templates of it."""
    verdict = correct_import(by, imported)
    if verdict and imported.into:
        return not_now(f"This text changes {imported.into}. Look at what it changes, and bring it in there.")
    return verdict


def merge_import(by: User, imported: ChecklistImport) -> Verdict:
    """Whether they may bring it into the draft of its template."""
    verdict = correct_import(by, imported)
    if verdict and not imported.into:
        return not_now("This text was brought to become a template of its own.")
    return checklists.start_draft(by, imported.into) if verdict and imported.into else verdict


judge_match = merge_import
