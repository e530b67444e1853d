"""Everything that changes checklists: a text comes in, is corrected, and becomes templates that never change."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.core.errors import WrongState
from apps.core.permissions import require
from apps.core.shown import id_of_intent, require_same, require_unchanged, texts
from apps.evidence import commands as evidence
from apps.ledger import commands as ledger

from . import permissions
from .events import ImportCorrected, ImportDiscarded, ImportPublished, ImportStarted, TemplateArchived
from .formats import PLAIN, Format
from .markdown import content, corrections
from .markdown.document import Correction, LineType, ParsedDocument
from .models import ChecklistImport, ChecklistTemplate, TemplateItem, TemplateSection, TemplateVersion

# Of what a version's content says, the columns that its sections and items have.
SECTION_COLUMNS = ("title", "parent", "depth", "guidance", "commands")
ITEM_COLUMNS = ("title", "text", "commands", "critical", "keys", "paths")


def start_import(
    team: Team, *, by: User, source: str, file_name: str = "", form: Format = PLAIN, original: str = "",
    intent: UUID | None = None,
) -> ChecklistImport:  # fmt: skip
    """Store a text as a draft that can be previewed; nothing is published yet. The same intent twice is one draft.

    `source` is Markdown; where that was made of another format, `original` is the whole text as it came.
    """
    require(permissions.start_import(by, team))
    pk = id_of_intent(intent, team.pk, by.pk, file_name, content.text_digest(source))
    by_whom = {"created_by": by, "created_by_name": by.full_name}
    read = {"format": form.kind.value, "read_as": form.sentence[:300], "original": original}
    imported = ChecklistImport(id=pk, team=team, source=source, file_name=file_name[:200], **read, **by_whom)
    imported.size = imported.measured(source)
    imported.title = _found_title(imported.document())
    with transaction.atomic():
        imported.team = Team.objects.lock(team.pk)
        require(permissions.start_import(by, imported.team))
        if known := ChecklistImport.objects.filter(pk=pk).first():
            return known
        evidence.require_room(imported.team, imported.size)
        imported.save()
        event = ImportStarted(**_facts(imported), source_sha256=content.text_digest(source))
        ledger.record(ledger.INSTANCE, event, by=by, rows=[imported])
    return imported


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
    require(permissions.correct_import(by, imported))
    with _parsed_and_locked(imported, chosen or {}, source) as (locked, parsed):
        require(permissions.correct_import(by, locked))
        _require_as_shown(locked, chosen or {}, source, shown)
        _correct(locked, by, parsed)
        return locked


def publish_import(
    imported: ChecklistImport,
    *,
    by: User,
    chosen: Mapping[int, Correction] | None = None,
    shown: str | None = None,
    draft: str | None = None,
) -> list[TemplateVersion]:
    """Make a template of each checklist in the text, version 1; corrections that come along count.

    Unless the lines that were chosen for changed since they were `shown`, or anything since `draft` was.
    """
    require(permissions.publish_import(by, imported))
    with _parsed_and_locked(imported, chosen or {}, to_publish=True) as (locked, parsed):
        require(permissions.publish_import(by, locked))
        _require_as_shown(locked, chosen or {}, None, shown)
        require_same(draft, locked.draft, "publish it")
        if parsed.document.problem:
            raise WrongState(parsed.document.problem)
        evidence.require_room(locked.team, content.text_size(parsed.source) * len(parsed.contents))
        _correct(locked, by, parsed)
        locked.published_at = timezone.now()
        locked.save(update_fields=["published_at"])
        templates = parsed.document.templates
        made = [
            _publish(locked, values, digest, [item.line for item in template.items], by)
            for (values, digest), template in zip(parsed.contents, templates, strict=True)
        ]
        versions = [version for version, _ in made]
        rows = [locked, *chain.from_iterable(rows for _, rows in made)]
        ledger.record(ledger.INSTANCE, _published(locked, versions, parsed.document), by=by, rows=rows)
        return versions


@transaction.atomic
def discard_import(imported: ChecklistImport, *, by: User, shown: str | None = None) -> None:
    """Throw a draft away, unless it says something else than was `shown`; published ones stay."""
    imported = ChecklistImport.objects.lock(imported.pk)
    require(permissions.discard_import(by, imported))
    require_same(shown, imported.draft, "discard it")
    ledger.record(ledger.INSTANCE, ImportDiscarded(**_facts(imported)), by=by, removed=[imported])
    imported.delete()


@transaction.atomic
def archive_template(template: ChecklistTemplate, *, by: User, shown: str | None = None) -> ChecklistTemplate:
    """Offer a template to no new deployment, unless it says something else than was `shown`; who uses it keeps it."""
    template = ChecklistTemplate.objects.lock(template.pk)
    require(permissions.archive_template(by, template))
    require_same(shown, template.versions.latest("number").standing, "archive it")
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


class _Parsed(NamedTuple):
    """What an import becomes: corrections, text, document, and of each template to publish the content and digest."""

    stored: corrections.Stored
    source: str
    document: ParsedDocument
    contents: list[tuple[dict[str, Any], str]]


@contextmanager
def _parsed_and_locked(
    imported: ChecklistImport, chosen: Mapping[int, Correction], source: str | None = None, *, to_publish: bool = False
) -> Iterator[tuple[ChecklistImport, _Parsed]]:
    """The import, locked, and what it becomes by `chosen` and `source`, which was parsed before anybody had to wait.

    Parsing takes seconds. Where somebody changed the import meanwhile, it is parsed again.
    """
    while True:
        seen = ChecklistImport.objects.filter(pk=imported.pk).first() or imported
        parsed = _parse(seen, chosen, source, to_publish=to_publish)
        with transaction.atomic():
            locked = ChecklistImport.objects.lock(imported.pk)
            if (locked.source, locked.corrections) == (seen.source, seen.corrections):
                yield locked, parsed
                return


def _parse(
    imported: ChecklistImport, chosen: Mapping[int, Correction], source: str | None, *, to_publish: bool
) -> _Parsed:
    stored, shown = imported.corrections, imported.document()
    if source is not None and source != imported.source:
        stored = corrections.moved(stored, imported.source, source)
    else:
        source = imported.source
    if chosen:
        stored = corrections.merged(stored, chosen, shown=shown, plain=imported.parse(source, {}))
    document = imported.parse(source, corrections.from_stored(stored))
    templates = document.templates if to_publish and not document.problem else ()
    return _Parsed(stored, source, document, [(content.content(each), content.digest(each)) for each in templates])


def _correct(imported: ChecklistImport, by: User, parsed: _Parsed) -> None:
    """Take over corrections and record it, unless they change nothing."""
    stored, source = parsed.stored, parsed.source
    if stored == imported.corrections and source == imported.source:
        return
    before, imported.size = imported.size, imported.measured(source)
    if imported.size > before:
        evidence.require_room(imported.team, imported.size - before)
    imported.corrections, imported.source = stored, source
    imported.title = _found_title(parsed.document)
    imported.save(update_fields=["corrections", "source", "size", "title"])
    event = ImportCorrected(**_facts(imported), source_sha256=content.text_digest(source), corrections=len(stored))
    ledger.record(ledger.INSTANCE, event, by=by, rows=[imported])


def _facts(imported: ChecklistImport) -> dict[str, Any]:
    """What every entry about an import says."""
    return {"team": imported.team_id, "checklist_import": imported.pk, "file_name": imported.file_name}


def _publish(
    imported: ChecklistImport, values: dict[str, Any], digest: str, lines: list[int], by: User
) -> tuple[TemplateVersion, list[Model]]:
    """One checklist of the text as the first version of a template, and all rows that took."""
    shelf = ChecklistTemplate.objects.create(team_id=imported.team_id, title=values["title"])
    version = TemplateVersion.objects.create(
        template=shelf,
        number=1,
        source=imported.source,
        size=content.text_size(imported.source),
        sha256=digest,
        guidance=values["guidance"],
        sign_off_fields=values["sign_off_fields"],
        variables=[variable["name"] for variable in values["variables"]],
        published_by=by,
        published_by_name=by.full_name,
    )
    return version, [shelf, version, *_copy_sections(version, values["sections"], lines)]


def _copy_sections(version: TemplateVersion, sections: list[dict], lines: list[int]) -> list[Model]:
    """Write all sections in one statement and all items in another, items numbered through the template."""
    made = TemplateSection.objects.bulk_create(
        TemplateSection(version=version, position=position, **{name: section[name] for name in SECTION_COLUMNS})
        for position, section in enumerate(sections, 1)
    )
    pairs = [(section, item) for section, values in zip(made, sections, strict=True) for item in values["items"]]
    items = TemplateItem.objects.bulk_create(
        TemplateItem(
            section=section,
            number=number,
            line=lines[number - 1],
            fill_ins=[fill_in["label"] for fill_in in item["fill_ins"]],
            **{name: item[name] for name in ITEM_COLUMNS},
        )
        for number, (section, item) in enumerate(pairs, 1)
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
