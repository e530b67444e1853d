"""Everything that changes checklists: a text comes in, is corrected, and becomes templates that never change."""

from collections.abc import Mapping
from itertools import chain
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.core.errors import WrongState
from apps.core.permissions import require
from apps.core.shown import require_unchanged, texts
from apps.ledger import commands as ledger

from . import permissions
from .events import ImportCorrected, ImportDiscarded, ImportPublished, ImportStarted, TemplateArchived
from .markdown import content, corrections
from .markdown.document import Correction, LineType, ParsedDocument, ParsedTemplate
from .models import ChecklistImport, ChecklistTemplate, TemplateItem, TemplateSection, TemplateVersion


@transaction.atomic
def start_import(team: Team, *, by: User, source: str, file_name: str = "") -> ChecklistImport:
    """Store a text as a draft that can be previewed; nothing is published yet."""
    team = Team.objects.lock(team.pk)
    require(permissions.start_import(by, team))
    imported = ChecklistImport(
        team=team, source=source, file_name=file_name[:200], created_by=by, created_by_name=by.full_name
    )
    imported.title = _found_title(imported.document())
    imported.save()
    event = ImportStarted(**_facts(imported), source_sha256=content.text_digest(source))
    ledger.record(ledger.INSTANCE, event, by=by, rows=[imported])
    return imported


@transaction.atomic
def correct_import(
    imported: ChecklistImport,
    *,
    by: User,
    chosen: Mapping[int, Correction] | None = None,
    source: str | None = None,
    shown: str | None = None,
) -> ChecklistImport:
    """Correct what lines become, or replace the text, unless that changed since it was `shown`.

    Corrections follow the lines that stay.
    """
    imported = ChecklistImport.objects.lock(imported.pk)
    require(permissions.correct_import(by, imported))
    _require_as_shown(imported, chosen or {}, source, shown)
    _correct(imported, by, chosen or {}, source)
    return imported


@transaction.atomic
def publish_import(
    imported: ChecklistImport, *, by: User, chosen: Mapping[int, Correction] | None = None, shown: str | None = None
) -> list[TemplateVersion]:
    """Make a template of each checklist in the text, version 1; corrections that come along count."""
    imported = ChecklistImport.objects.lock(imported.pk)
    require(permissions.publish_import(by, imported))
    _require_as_shown(imported, chosen or {}, None, shown)
    document = _correct(imported, by, chosen or {}) or imported.document()
    if document.problem:
        raise WrongState(document.problem)
    imported.published_at = timezone.now()
    imported.save(update_fields=["published_at"])
    made = [_publish(imported, template, by) for template in document.templates]
    versions = [version for version, _ in made]
    rows = [imported, *chain.from_iterable(rows for _, rows in made)]
    ledger.record(ledger.INSTANCE, _published(imported, versions, document), by=by, rows=rows)
    return versions


@transaction.atomic
def discard_import(imported: ChecklistImport, *, by: User) -> None:
    """Throw a draft away; published ones stay."""
    imported = ChecklistImport.objects.lock(imported.pk)
    require(permissions.discard_import(by, imported))
    ledger.record(ledger.INSTANCE, ImportDiscarded(**_facts(imported)), by=by, removed=[imported])
    imported.delete()


@transaction.atomic
def archive_template(template: ChecklistTemplate, *, by: User) -> ChecklistTemplate:
    """Offer a template to no new deployment; those that use it keep it."""
    template = ChecklistTemplate.objects.lock(template.pk)
    require(permissions.archive_template(by, template))
    template.archived_at = timezone.now()
    template.save(update_fields=["archived_at"])
    archived = TemplateArchived(team=template.team_id, template=template.pk, title=template.title)
    ledger.record(ledger.INSTANCE, archived, by=by, rows=[template])
    return template


def _found_title(document: ParsedDocument) -> str:
    """The title of the first checklist; empty where the text has none and the file's name stands in."""
    for template in document.templates[:1]:
        if any(line.line_type is LineType.TITLE for line in document.lines if line.line == template.line):
            return template.title
    return ""


def _require_as_shown(
    imported: ChecklistImport, chosen: Mapping[int, Correction], source: str | None, shown: str | None
) -> None:
    """Refuse to replace a text, or what lines become, that somebody changed after it was shown."""
    if source is not None:
        require_unchanged(shown, texts(source=imported.source), texts(source=source))
    elif shown is not None:
        document = imported.document()
        typed = corrections.stated(document, chosen, chosen)
        require_unchanged(shown, corrections.stated(document, chosen), typed)


def _correct(
    imported: ChecklistImport, by: User, chosen: Mapping[int, Correction], source: str | None = None
) -> ParsedDocument | None:
    """Take over corrections and record it: what the text becomes with them, None when they change nothing."""
    stored = imported.corrections
    if source is not None and source != imported.source:
        stored = corrections.moved(stored, imported.source, source)
    else:
        source = imported.source
    if chosen:
        plain = imported.understand(source, {})
        stored = corrections.merged(stored, chosen, shown=imported.document(), plain=plain)
    if stored == imported.corrections and source == imported.source:
        return None
    imported.corrections, imported.source = stored, source
    document = imported.document()
    imported.title = _found_title(document)
    imported.save(update_fields=["corrections", "source", "title"])
    event = ImportCorrected(**_facts(imported), source_sha256=content.text_digest(source), corrections=len(stored))
    ledger.record(ledger.INSTANCE, event, by=by, rows=[imported])
    return document


def _facts(imported: ChecklistImport) -> dict[str, Any]:
    """What every entry about an import says."""
    return {"team": imported.team_id, "checklist_import": imported.pk, "file_name": imported.file_name}


def _publish(imported: ChecklistImport, template: ParsedTemplate, by: User) -> tuple[TemplateVersion, list[Model]]:
    """One checklist of the text as the first version of a template, and all rows that took."""
    shelf = ChecklistTemplate.objects.create(team_id=imported.team_id, title=template.title)
    version = TemplateVersion.objects.create(
        template=shelf,
        number=1,
        source=imported.source,
        sha256=content.digest(template),
        guidance=template.guidance,
        sign_off_fields=content.sign_off_fields(template),
        variables=list(template.variables),
        published_by=by,
        published_by_name=by.full_name,
    )
    return version, [shelf, version, *_copy_sections(version, content.content(template)["sections"])]


def _copy_sections(version: TemplateVersion, sections: list[dict]) -> list[Model]:
    """Write all sections in one statement and all items in another, items numbered through the template."""
    made = TemplateSection.objects.bulk_create(
        TemplateSection(
            version=version, position=position, **{name: section[name] for name in section if name != "items"}
        )
        for position, section in enumerate(sections, 1)
    )
    pairs = [(section, item) for section, values in zip(made, sections, strict=True) for item in values["items"]]
    items = TemplateItem.objects.bulk_create(
        TemplateItem(section=section, number=number, **item) for number, (section, item) in enumerate(pairs, 1)
    )
    return [*made, *items]


def _published(imported: ChecklistImport, versions: list[TemplateVersion], document: ParsedDocument) -> ImportPublished:
    return ImportPublished(
        team=imported.team_id,
        checklist_import=imported.pk,
        versions=[
            {
                "template": version.template_id,
                "version": version.pk,
                "number": version.number,
                "items": len(template.items),
                "sha256": version.sha256,
            }
            for version, template in zip(versions, document.templates, strict=True)
        ],
        titles=[template.title for template in document.templates],
    )
