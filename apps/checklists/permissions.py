"""Who may keep checklists, and why not. Commands require these, buttons show them."""

from apps.accounts.models import Team, User
from apps.accounts.roles import Capability, Role
from apps.core.permissions import ALLOW, Verdict, deny, not_now
from apps.core.wording import isolated
from apps.signoff import permissions as signoff

from .models import ChecklistTemplate, TemplateVersion
from .states import VersionState

ONLY_EDITORS = "Auditors read. A member of the team imports and keeps checklists. Ask one of them."
ONLY_AUTHORS = "A template author of the team publishes. Ask one of them to."
ONLY_OTHERS = "You asked for this, so another template author publishes it. Send them the address of this page."


def create_template(by: User, team: Team) -> Verdict:
    """Whether they may make a template of their own, import one, or install a built-in one."""
    return ALLOW if by.may(Capability.EDIT, team.pk) else deny(ONLY_EDITORS)


install_template = create_template


def archive_template(by: User, template: ChecklistTemplate) -> Verdict:
    """Whether they may take a template out of use."""
    if not by.may(Capability.EDIT, template.team_id):
        return deny(ONLY_EDITORS)
    if template.archived_at:
        return not_now("This template is archived already.")
    return ALLOW


def restore_template(by: User, template: ChecklistTemplate) -> Verdict:
    """Whether they may put an archived template into use again."""
    if not by.may(Capability.EDIT, template.team_id):
        return deny(ONLY_EDITORS)
    if not template.archived_at:
        return not_now("This template is in use already.")
    return ALLOW


def start_draft(by: User, template: ChecklistTemplate) -> Verdict:
    """Whether they may begin the next version."""
    if not by.may(Capability.EDIT, template.team_id):
        return deny(ONLY_EDITORS)
    if template.archived_at:
        return not_now("This template is archived. Restore it first.")
    return ALLOW


def edit_draft(by: User, version: TemplateVersion) -> Verdict:
    """Whether they may edit what a version says."""
    if not by.may(Capability.EDIT, version.template.team_id):
        return deny(ONLY_EDITORS)
    if version.state == VersionState.PUBLISHED:
        return not_now(f"Version {version.number} is published and stays as it is. Edit the draft of the next one.")
    if version.state == VersionState.DISCARDED:
        return not_now("This draft was discarded. Start a new one from the template.")
    return ALLOW


discard_draft = edit_draft


def submit_version(by: User, version: TemplateVersion) -> Verdict:
    """Whether they may sign a draft as its author and ask a second person to publish it."""
    verdict = edit_draft(by, version)
    if not verdict or version.state != VersionState.IN_REVIEW:
        return verdict
    return not_now("Publishing it was asked for already. Take that back, or edit it, before you ask again.")


def publish_version(by: User, version: TemplateVersion) -> Verdict:
    """Whether they may publish it: as the second person, or alone where the team needs no second one."""
    verdict = edit_draft(by, version)
    if not verdict:
        return verdict
    if not by.may(Capability.PUBLISH, version.template.team_id):
        return deny(ONLY_AUTHORS)
    if version.state == VersionState.IN_REVIEW:
        return _as_second(by, version)
    if publishers_needed(version.template.team, by) > 1:
        return not_now("A second person publishes it. Ask for that first.")
    return ALLOW


def _as_second(by: User, version: TemplateVersion) -> Verdict:
    """Whether they may turn the second key: who wrote some of it only beside somebody who may publish too."""
    verdict = signoff.sign(by, version.sign_off)
    if verdict or by.pk not in version.sign_off.contributors:
        return verdict
    [asked] = version.sign_off.turned
    if asked.signer_id == by.pk:
        return deny(ONLY_OTHERS)
    return deny(
        f"You edited this draft, and {isolated(asked.name)} asked without the right to publish it. A template author "
        "who edited nothing publishes it. Or take the question back and ask yourself: then any other one can."
    )


def withdraw_version(by: User, version: TemplateVersion) -> Verdict:
    """Whether they may take back the question to publish it: whoever wrote it; others send it back."""
    verdict = _asked(by, version)
    if verdict and by.pk not in version.sign_off.contributors:
        return deny("Only who wrote it takes the question back. Send it back instead.")
    return verdict


def reject_version(by: User, version: TemplateVersion) -> Verdict:
    """Whether they may send it back to its authors."""
    verdict = _asked(by, version)
    return signoff.reject(by, version.sign_off) if verdict else verdict


def _asked(by: User, version: TemplateVersion) -> Verdict:
    verdict = edit_draft(by, version)
    if not verdict or version.state == VersionState.IN_REVIEW:
        return verdict
    return not_now("Nobody was asked to publish it.")


def publishers_needed(team: Team, by: User) -> int:
    """How many people it takes to publish: two once the team ever had two who might, unless it switched that off.

    One admin ends a role, and switches it off: so the first changes nothing here, and who did the second does not
    publish alone.
    """
    if not team.two_publish and team.one_publishes_by_id != by.pk:
        return 1
    authors = team.grants.filter(role=Role.AUTHOR, granted_at__isnull=False)
    return min(2, authors.order_by().values("person").distinct().count()) or 1
