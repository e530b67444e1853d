"""Templates and their drafts: made, started from what is published, discarded, put away."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.checklists import permissions
from apps.checklists.events import (
    DraftDiscarded,
    DraftStarted,
    TemplateArchived,
    TemplateCreated,
    TemplateRestored,
)
from apps.checklists.library import BuiltIn
from apps.checklists.models import ChecklistTemplate, TemplateVersion
from apps.checklists.rules.contents import empty_content
from apps.checklists.states import MOVES
from apps.core.permissions import require
from apps.core.shown import id_of_intent, require_same
from apps.core.states import after
from apps.evidence import commands as evidence
from apps.ledger import commands as ledger
from apps.signoff import commands as signoff

from . import parts


@transaction.atomic
def create_template(team: Team, *, by: User, title: str, intent: UUID | None = None) -> TemplateVersion:
    """Make a template whose draft has one empty section. The same intent twice is one template."""
    team = Team.objects.lock(team.pk)
    require(permissions.create_template(by, team))
    pk = id_of_intent(intent, team.pk, by.pk, title)
    if known := TemplateVersion.objects.filter(template=pk).first():
        return known
    content = empty_content(title)
    evidence.require_room(team, parts.content_size(content))
    version, rows = parts.make_template(team, content, by=by, pk=pk)
    ledger.record(version.template.stream, TemplateCreated(**parts.facts(version), origin="empty"), by=by, rows=rows)
    return version


@transaction.atomic
def install_template(team: Team, *, by: User, built_in: BuiltIn, intent: UUID | None = None) -> TemplateVersion:
    """Make a template of a built-in one, published at once; a draft where it waits for numbers of one's own."""
    team = Team.objects.lock(team.pk)
    require(permissions.install_template(by, team))
    pk = id_of_intent(intent, team.pk, by.pk, built_in.name)
    if known := TemplateVersion.objects.filter(template=pk).first():
        return known
    content = built_in.content
    evidence.require_room(team, parts.content_size(content))
    version, rows = parts.make_template(team, content, by=by, pk=pk, built_in=built_in.name)
    ledger.record(
        version.template.stream, TemplateCreated(**parts.facts(version), origin=built_in.name), by=by, rows=rows
    )
    return version


@transaction.atomic
def start_draft(template: ChecklistTemplate, *, by: User) -> TemplateVersion:
    """The draft of the next version: the one there is, or a copy of what is published, or of what was discarded."""
    template = ChecklistTemplate.objects.lock(template.pk)
    require(permissions.start_draft(by, template))
    if known := template.versions.unpublished().first():
        return known
    newest = template.versions.prefetch_related("sections__items").best_first()[0]
    number, accepted = newest.number + newest.is_published, newest.accepted_problems.order_by("pk")
    version, rows = parts.make_draft(template, newest.content(), number=number, by=by, accepted=list(accepted))
    evidence.require_room(template.team, version.size)
    rows = [version, *version.sign_off.changes, *rows]
    ledger.record(template.stream, DraftStarted(**parts.facts(version)), by=by, rows=rows)
    return version


@transaction.atomic
def discard_draft(version: TemplateVersion, *, by: User, shown: str | None = None) -> TemplateVersion:
    """Give a draft up, unless it says something else than was `shown`; it can never be edited again."""
    version = TemplateVersion.objects.lock(version.pk)
    require(permissions.discard_draft(by, version))
    require_same(shown, version.draft, "discard it")
    version.state = after(MOVES, version.state, "discard_draft")
    version.save(update_fields=["state"])
    signoff.close(version.sign_off)
    rows = [version, *version.sign_off.changes]
    ledger.record(version.template.stream, DraftDiscarded(**parts.facts(version)), by=by, rows=rows)
    return version


@transaction.atomic
def archive_template(template: ChecklistTemplate, *, by: User, shown: str | None = None) -> ChecklistTemplate:
    """Offer a template to no new deployment, unless it says something else than was `shown`; who uses it keeps it."""
    template = ChecklistTemplate.objects.lock(template.pk)
    require(permissions.archive_template(by, template))
    require_same(shown, template.versions.best_first()[0].standing, "archive it")
    template.archived_at = timezone.now()
    template.save(update_fields=["archived_at"])
    ledger.record(template.stream, TemplateArchived(**parts.named(template)), by=by, rows=[template])
    return template


@transaction.atomic
def restore_template(template: ChecklistTemplate, *, by: User) -> ChecklistTemplate:
    """Offer an archived template again."""
    template = ChecklistTemplate.objects.lock(template.pk)
    require(permissions.restore_template(by, template))
    template.archived_at = None
    template.save(update_fields=["archived_at"])
    ledger.record(template.stream, TemplateRestored(**parts.named(template)), by=by, rows=[template])
    return template
