"""Who may import and keep checklists, and why not. Commands require these, buttons show them."""

from apps.accounts.models import Team, User
from apps.accounts.roles import Capability
from apps.core.permissions import ALLOW, Verdict, deny, not_now

from .models import ChecklistImport, ChecklistTemplate

ONLY_EDITORS = "Auditors read. A lead, reviewer or member of the team imports and keeps checklists."


def start_import(by: User, team: Team) -> Verdict:
    """Whether they may bring a text into the team."""
    return ALLOW if by.may(Capability.EDIT, team.pk) else deny(ONLY_EDITORS)


def correct_import(by: User, imported: ChecklistImport) -> Verdict:
    """Whether they may correct what the lines of an import become, make templates of it or throw it away."""
    if not by.may(Capability.EDIT, imported.team_id):
        return deny(ONLY_EDITORS)
    if imported.published_at:
        return not_now("This import was published already. Its templates are in the list of templates.")
    return ALLOW


publish_import = discard_import = correct_import


def archive_template(by: User, template: ChecklistTemplate) -> Verdict:
    """Whether they may take a template out of use."""
    if not by.may(Capability.EDIT, template.team_id):
        return deny(ONLY_EDITORS)
    if template.archived_at:
        return not_now("This template is archived already.")
    return ALLOW
