"""Drafts and items as every edit reads them, by SQL text: the ORM takes longer to put these together (bench)."""

from typing import NamedTuple
from uuid import UUID

from apps.accounts.models import Team
from apps.checklists.models import ChecklistTemplate, TemplateItem, TemplateSection, TemplateVersion
from apps.checklists.states import UNPUBLISHED, VersionState
from apps.core.statements import fetched, instances
from apps.signoff.models import SignOff
from apps.studio.states import StepState

DRAFT = (
    "SELECT {version}, {template}, {sign_off}, {team} FROM checklists_templateversion version "
    "JOIN checklists_checklisttemplate template ON template.id = version.template_id "
    "JOIN accounts_team team ON team.id = template.team_id "
    "JOIN signoff_signoff sign_off ON sign_off.id = version.sign_off_id "
)
AT = DRAFT + "WHERE version.template_id = %s AND template.team_id = %s AND version.state IN (%s, %s)"
ITEM = (
    "SELECT {item}, {section} FROM checklists_templateitem item "
    "JOIN checklists_templatesection section ON section.id = item.section_id "
    "WHERE item.version_id = %s AND item.key = %s"
)
STEPS = (
    "SELECT MAX(number), MIN(number), COUNT(CASE WHEN state = %s THEN 1 END), COUNT(CASE WHEN intent = %s THEN 1 END) "
    "FROM studio_draftstep WHERE version_id = %s"
)


def draft_at(team: Team, template: UUID) -> TemplateVersion | None:
    """The draft of a template of that team."""
    return _draft(AT, template, team.pk, *map(str, UNPUBLISHED))


def draft_again(pk: UUID) -> TemplateVersion:
    """A version as it is now, its template locked; with all that is signed where somebody was asked."""
    found = _draft(f"{DRAFT} WHERE version.id = %s", pk)
    if found is None or found.state == VersionState.IN_REVIEW:
        return TemplateVersion.objects.for_signing().get(pk=pk)
    return found


def _draft(statement: str, *values: object) -> TemplateVersion | None:
    tables = {"version": TemplateVersion, "template": ChecklistTemplate, "sign_off": SignOff, "team": Team}
    for version, template, sign_off, team in instances(statement, *values, **tables):
        version.template, version.sign_off, template.team = template, sign_off, team
        return version
    return None


def item_of(version: TemplateVersion, key: str) -> TemplateItem | None:
    """An item of a version with its section; None where there is none of that key."""
    for item, section in instances(ITEM, version.pk, key, item=TemplateItem, section=TemplateSection):
        item.section, item.version = section, version
        return item
    return None


class Steps(NamedTuple):
    """The steps of a draft: numbers of the newest and the oldest, how many were undone, how many are of an intent."""

    newest: int
    oldest: int
    undone: int
    of_intent: int


def steps_of(version: TemplateVersion, intent: UUID | None = None) -> Steps:
    """The steps of a draft; one query."""
    ((newest, oldest, undone, known),) = fetched(STEPS, str(StepState.UNDONE), intent, version.pk)
    return Steps(newest or 0, oldest or 0, undone, known)
