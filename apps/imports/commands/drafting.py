"""A text comes in, is corrected, and becomes drafts of templates."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.checklists import permissions as checklists
from apps.checklists import selectors
from apps.checklists.commands import parts
from apps.checklists.commands.publishing import publish_alone
from apps.checklists.events import TemplateCreated
from apps.checklists.markdown import content, corrections
from apps.checklists.markdown.document import Correction, LineType, ParsedDocument
from apps.checklists.models import ChecklistTemplate, TemplateVersion
from apps.core.errors import WrongState
from apps.core.permissions import require
from apps.core.shown import id_of_intent, require_same, require_unchanged, texts
from apps.evidence import commands as evidence
from apps.imports import permissions
from apps.imports.events import ImportCorrected, ImportDiscarded, ImportDrafted, ImportStarted
from apps.imports.formats import PLAIN, Format
from apps.imports.models import ChecklistImport
from apps.ledger import commands as ledger


def start_import(
    team: Team, *, by: User, source: str, file_name: str = "", form: Format = PLAIN, original: str = "",
    into: ChecklistTemplate | None = None, intent: UUID | None = None,
) -> ChecklistImport:  # fmt: skip
    """Store a text as a draft that can be previewed; nothing is published yet. The same intent twice is one draft.

    `source` is Markdown; where that was made of another format, `original` is the whole text as it came. `into` is the
    template whose draft it is to change; without one it becomes templates of its own.
    """
    require(permissions.start_import(by, team, into))
    pk = id_of_intent(intent, team.pk, by.pk, file_name, into and into.pk, content.text_digest(source))
    by_whom = {"created_by": by, "created_by_name": by.full_name}
    read = {"format": form.kind.value, "read_as": form.sentence[:300], "original": original}
    imported = ChecklistImport(id=pk, team=team, source=source, file_name=file_name[:200], into=into, **read, **by_whom)
    imported.size = imported.measured(source)
    imported.title = _found_title(imported.document())
    with transaction.atomic():
        imported.team = Team.objects.lock(team.pk)
        require(permissions.start_import(by, imported.team, into))
        if known := ChecklistImport.objects.filter(pk=pk).first():
            return known
        evidence.require_room(imported.team, imported.size)
        imported.save()
        event = ImportStarted(**imported.facts, source_sha256=content.text_digest(source))
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


def draft_import(
    imported: ChecklistImport,
    *,
    by: User,
    chosen: Mapping[int, Correction] | None = None,
    shown: str | None = None,
    draft: str | None = None,
) -> list[TemplateVersion]:
    """Make a template of each checklist in the text, its first version a draft; corrections that come along count.

    Unless the lines that were chosen for changed since they were `shown`, or anything since `draft` was. Where nobody
    else could publish them, and nothing is missing, they are published at once.
    """
    require(permissions.draft_import(by, imported))
    with _parsed_and_locked(imported, chosen or {}, to_publish=True) as (locked, parsed):
        require(permissions.draft_import(by, locked))
        _require_as_shown(locked, chosen or {}, None, shown)
        require_same(draft, locked.draft, "make drafts of it")
        if parsed.document.problem:
            raise WrongState(parsed.document.problem)
        evidence.require_room(locked.team, sum(map(parts.content_size, parsed.contents)))
        _correct(locked, by, parsed)
        locked.published_at = timezone.now()
        locked.save(update_fields=["published_at"])
        versions = [_make(locked, content, by) for content in parsed.contents]
        ledger.record(ledger.INSTANCE, _drafted(locked, versions), by=by, rows=[locked])
        if checklists.publishers_needed(locked.team) == 1:
            for version in versions:
                if checklists.publish_version(by, version) and not selectors.problem_to_publish(version.content()):
                    publish_alone(version, by=by, note=f"Imported from {locked}.")
        return versions


@transaction.atomic
def discard_import(imported: ChecklistImport, *, by: User, shown: str | None = None) -> None:
    """Throw a draft away, unless it says something else than was `shown`; published ones stay."""
    imported = ChecklistImport.objects.lock(imported.pk)
    require(permissions.discard_import(by, imported))
    require_same(shown, imported.draft, "discard it")
    ledger.record(ledger.INSTANCE, ImportDiscarded(**imported.facts), by=by, removed=[imported])
    imported.delete()


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
    """What an import becomes: corrections, text, document, and what each of its templates would say."""

    stored: corrections.Stored
    source: str
    document: ParsedDocument
    contents: list[dict[str, Any]]


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
    return _Parsed(stored, source, document, [content.content(each) for each in templates])


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
    event = ImportCorrected(**imported.facts, source_sha256=content.text_digest(source), corrections=len(stored))
    ledger.record(ledger.INSTANCE, event, by=by, rows=[imported])


def _make(imported: ChecklistImport, content: Mapping[str, Any], by: User) -> TemplateVersion:
    """The draft of a template of its own, recorded in the chain of that."""
    version, rows = parts.make_template(imported.team, content, by=by)
    event = TemplateCreated(**parts.facts(version), origin="import")
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
