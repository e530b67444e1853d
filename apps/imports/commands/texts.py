"""A text comes in, is corrected, or is thrown away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from apps.accounts.models import Team, User
from apps.checklists.markdown import content, corrections
from apps.checklists.markdown.document import Correction
from apps.checklists.markdown.text import split_lines
from apps.checklists.models import ChecklistTemplate
from apps.core.permissions import require
from apps.core.shown import id_of_intent, require_same, require_unchanged, texts
from apps.evidence import commands as evidence
from apps.imports import permissions, rules
from apps.imports.events import ImportCorrected, ImportDiscarded, ImportStarted
from apps.imports.formats import PLAIN, Format
from apps.imports.models import ChecklistImport, Result
from apps.ledger import commands as ledger

from . import parts


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
    imported.title = parts.found_title(imported.document())
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


@dataclass(frozen=True)
class Correcting:
    """What somebody corrects: what lines become, the whole text, or lines of it."""

    chosen: Mapping[int, Correction] = field(default_factory=dict)
    source: str | None = None
    lines: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Corrected:
    """What an import becomes by that."""

    source: str
    corrections: corrections.Stored
    decisions: rules.Decisions
    result: Result


def correct_import(
    imported: ChecklistImport,
    *,
    by: User,
    chosen: Mapping[int, Correction] | None = None,
    source: str | None = None,
    lines: Mapping[int, str] | None = None,
    shown: str | None = None,
) -> ChecklistImport:
    """Correct what lines become, replace the text or lines of it, unless that changed since it was `shown`.

    Corrections and decisions follow the lines that stay.
    """
    require(permissions.correct_import(by, imported))
    what = Correcting(chosen or {}, source, lines or {})
    with parts.locked_with(imported, lambda seen: corrected(seen, what)) as (locked, made):
        require(permissions.correct_import(by, locked))
        require_as_shown(locked, what, shown)
        correct(locked, made, by)
        return locked


@transaction.atomic
def discard_import(imported: ChecklistImport, *, by: User, shown: str | None = None) -> None:
    """Throw a draft away, unless it says something else than was `shown`; published ones stay."""
    imported = ChecklistImport.objects.lock(imported.pk)
    require(permissions.discard_import(by, imported))
    require_same(shown, imported.draft, "discard it")
    ledger.record(ledger.INSTANCE, ImportDiscarded(**imported.facts), by=by, removed=[imported])
    imported.delete()


def require_as_shown(imported: ChecklistImport, what: Correcting, shown: str | None) -> None:
    """Refuse to replace a text, lines of it, or what lines become, that somebody changed after it was shown."""
    if what.source is not None:
        require_unchanged(shown, texts(source=imported.source), texts(source=what.source))
    elif shown is not None:
        document, now = imported.document(), imported.stated(what.chosen, what.lines)
        typed = corrections.stated(document, what.chosen, what.chosen)
        require_unchanged(shown, now, typed | {f"t{line}": text for line, text in what.lines.items()})


def corrected(imported: ChecklistImport, what: Correcting) -> Corrected:
    """What an import becomes when it is corrected so."""
    stored, decisions, source = imported.corrections, imported.decisions, imported.source
    if what.source is not None:
        source = what.source
    elif what.lines:
        every = split_lines(source)
        source = "\n".join(what.lines.get(line, text) for line, text in enumerate(every, 1))
    if source != imported.source:
        stored, decisions = (corrections.moved(each, imported.source, source) for each in (stored, decisions))
    if what.chosen:
        plain = imported.parse(source, {})
        stored = corrections.merged(stored, what.chosen, shown=imported.document(), plain=plain)
    return Corrected(source, stored, decisions, imported.becomes(source, stored, decisions))


def correct(imported: ChecklistImport, made: Corrected, by: User) -> None:
    """Take over corrections and record it, unless they change nothing."""
    if (made.corrections, made.source) == (imported.corrections, imported.source):
        return
    stored = {"corrections": made.corrections, "decisions": made.decisions}
    is_same_text = made.source == imported.source  # steps speak of the lines of a text
    steps = rules.appended(imported.steps, imported.decided, stored) if is_same_text else []
    parts.save_result(imported, made.source, made.result, stored, steps)
    event = ImportCorrected(
        **imported.facts,
        source_sha256=content.text_digest(made.source),
        corrections=len(made.corrections),
    )
    ledger.record(ledger.INSTANCE, event, by=by, rows=[imported])
