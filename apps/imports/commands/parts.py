"""What several commands about an import have in common; each is called within one that records."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import transaction

from apps.checklists.markdown.document import LineType, ParsedDocument
from apps.evidence import commands as evidence
from apps.imports.models import ChecklistImport, Result
from apps.imports.rules import Step

Made = TypeVar("Made")
ByLine = dict[str, Any]


@contextmanager
def locked_with(
    imported: ChecklistImport, make: Callable[[ChecklistImport], Made]
) -> Iterator[tuple[ChecklistImport, Made]]:
    """The import, locked, and what `make` made of it before anybody had to wait: parsing takes seconds.

    Where somebody changed the import meanwhile, it is made again.
    """
    while True:
        seen = ChecklistImport.objects.filter(pk=imported.pk).first() or imported
        made = make(seen)
        with transaction.atomic():
            locked = ChecklistImport.objects.lock(imported.pk)
            if locked.draft == seen.draft:
                yield locked, made
                return


def save_result(
    imported: ChecklistImport, source: str, result: Result, stored: Mapping[str, ByLine], steps: list[Step]
) -> None:
    """Store a text with its corrections and decisions, and the steps by which these are taken back."""
    before, imported.size = imported.size, imported.measured(source)
    if imported.size > before:
        evidence.require_room(imported.team, imported.size - before)
    imported.source, imported.title, imported.steps = source, found_title(result.document), steps
    imported.corrections, imported.decisions = stored["corrections"], stored["decisions"]
    imported.save(update_fields=["source", "size", "title", "corrections", "decisions", "steps"])


def found_title(document: ParsedDocument) -> str:
    """The title of the first checklist; empty where the text has none and the file's name stands in."""
    for template in document.templates[:1]:
        if any(line.line_type is LineType.TITLE for line in document.lines if line.line == template.line):
            return template.title
    return ""
