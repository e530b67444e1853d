"""An import becomes drafts of templates."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.checklists.commands import parts as templates
from apps.checklists.events import TemplateCreated
from apps.checklists.models import TemplateVersion
from apps.core.errors import WrongState
from apps.core.permissions import require
from apps.core.shown import require_same
from apps.evidence import commands as evidence
from apps.imports import permissions
from apps.imports.events import ImportDrafted
from apps.imports.models import ChecklistImport, Result
from apps.ledger import commands as ledger

from . import parts


def draft_import(imported: ChecklistImport, *, by: User, shown: str | None = None) -> list[TemplateVersion]:
    """Make a template of each checklist in the text, its first version a draft.

    Refused where anything changed since it was `shown`, be it only how the same text is read. Where nobody else could
    publish them, and nothing is missing, they are published at once.
    """
    require(permissions.draft_import(by, imported))
    with parts.locked_with(imported, _previewed) as (locked, (result, previewed)):
        require(permissions.draft_import(by, locked))
        require_same(shown, previewed, "make drafts of it")
        if result.problem:
            raise WrongState(result.problem)
        evidence.require_room(locked.team, sum(map(templates.content_size, result.contents)))
        locked.published_at = timezone.now()
        locked.save(update_fields=["published_at"])
        versions = [_make(locked, content, by) for content in result.contents]
        ledger.record(ledger.INSTANCE, _drafted(locked, versions), by=by, rows=[locked])
        return versions


def _previewed(imported: ChecklistImport) -> tuple[Result, dict[str, str]]:
    return imported.result(), imported.previewed


def _make(imported: ChecklistImport, content: Mapping[str, Any], by: User) -> TemplateVersion:
    """The draft of a template of its own, recorded in the chain of that."""
    version, rows = templates.make_template(imported.team, content, by=by)
    event = TemplateCreated(**templates.facts(version), origin="import")
    ledger.record(version.template.stream, event, by=by, rows=rows)
    version.sign_off.changes.clear()  # they are proved; what comes in the same transaction has entries of its own
    return version


def _drafted(imported: ChecklistImport, versions: list[TemplateVersion]) -> ImportDrafted:
    return ImportDrafted(
        team=imported.team_id,
        checklist_import=imported.pk,
        versions=[{"template": version.template_id, "version": version.pk} for version in versions],
        titles=[version.title for version in versions],
    )
