"""A text on its way to becoming a template."""

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePath
from threading import Lock
from typing import Any, ClassVar

from cachetools import LRUCache
from django.db import models

from apps.accounts.models import OfTeamQuerySet, Team, User
from apps.checklists import rules
from apps.checklists.markdown import content, corrections, read
from apps.checklists.markdown.document import Correction, ParsedDocument, ParsedItem
from apps.checklists.models import ChecklistTemplate
from apps.core.errors import WrongState
from apps.core.shown import texts
from apps.evidence.models import Stored
from apps.imports.formats import Kind

# Parsed texts, cached in this process by the digest of what was parsed: a large one takes seconds, and a preview shows
# it page by page. The size of an entry is its lines and hundreds of characters; each of them takes about a kilobyte.
DOCUMENTS: LRUCache[str, ParsedDocument] = LRUCache(100_000, getsizeof=lambda document: _size(document))
_CACHE_LOCK = Lock()
_READING = Lock()  # one text at a time in each process: several at once take as long, and hold up every page


class ImportQuerySet(OfTeamQuerySet["ChecklistImport"]):
    def open(self) -> "ImportQuerySet":
        """Those that are not published yet."""
        return self.filter(published_at=None)

    def lock(self, pk: uuid.UUID) -> "ChecklistImport":
        """The import as it is now, held until the transaction ends."""
        locked = self.select_for_update(no_key=True).filter(pk=pk).first()
        if locked is None:
            raise WrongState("This import was discarded meanwhile. Start a new one.")
        return locked


class ChecklistImport(models.Model):
    """A text on its way to becoming a template, or into one: the source, and a person's corrections by line."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=200, blank=True)  # stored, since a list cannot read every text again
    format = models.CharField(max_length=30, default=Kind.MARKDOWN.value)
    read_as = models.CharField(max_length=300, blank=True)  # the sentence that says so, and why
    original = models.TextField(blank=True)  # the whole text as it came, where it was not Markdown
    source = models.TextField()
    size = models.PositiveIntegerField()  # bytes of the source and the original
    corrections = models.JSONField(default=dict)
    into = models.ForeignKey(ChecklistTemplate, models.PROTECT, null=True, related_name="+")
    apart = models.JSONField(default=list)  # keys of items of `into` that somebody said are none of the text
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True)

    stored: ClassVar = Stored()
    objects = ImportQuerySet.as_manager()

    def __str__(self) -> str:
        return self.file_name or self.title or "pasted text"

    @property
    def draft(self) -> dict[str, str]:
        """What a page shows of it, to whoever would discard it."""
        return texts(source=self.source, corrections=sorted(self.corrections.items()), apart=self.apart)

    @property
    def facts(self) -> dict[str, Any]:
        """What every entry about it says."""
        return {"team": self.team_id, "checklist_import": self.pk, "file_name": self.file_name}

    def document(self) -> ParsedDocument:
        """The text as it is understood now, corrections included."""
        return self.parse(self.source, corrections.from_stored(self.corrections))

    def measured(self, source: str) -> int:
        """How many bytes of the team's quota the import takes with this source."""
        return content.text_size(source) + content.text_size(self.original)

    def choose(self, chosen: Mapping[int, Correction]) -> None:
        """Take over what somebody chose for the lines they saw; it is not stored by that."""
        plain = self.parse(self.source, {})
        self.corrections = corrections.merged(self.corrections, chosen, shown=self.document(), plain=plain)

    def parse(self, source: str, chosen: Mapping[int, Correction]) -> ParsedDocument:
        """What `source` would become with these corrections, and all that hinders publishing it.

        The source is stored as it came; what is made of it has no characters that change the reading direction.
        """
        problem = rules.too_many_lines(source)
        if problem:
            return ParsedDocument((), (), problem=problem)
        key = _digest(source, chosen, self.file_name)
        if found := _cached(key):
            return found
        with _READING:
            if found := _cached(key):  # somebody else waited for the same
                return found
            document = _parsed(source, chosen, PurePath(self.file_name).stem)
        with _CACHE_LOCK:
            DOCUMENTS[key] = document
        return document


def _digest(source: str, chosen: Mapping[int, Correction], file_name: str) -> str:
    about = repr((file_name, sorted(chosen.items(), key=lambda pair: pair[0])))
    return hashlib.sha256(f"{about}\n{source}".encode("utf-8", "surrogatepass")).hexdigest()


def _cached(key: str) -> ParsedDocument | None:
    with _CACHE_LOCK:
        return DOCUMENTS.get(key)


def _size(document: ParsedDocument) -> int:
    return min(int(DOCUMENTS.maxsize), 1 + sum(1 + len(line.text) // 100 for line in document.lines))


def _parsed(source: str, chosen: Mapping[int, Correction], name: str) -> ParsedDocument:
    text, name = (rules.without_direction_marks(each) for each in (source, name))
    document = read(text, chosen, name=name)
    problem = document.problem or content.too_large(document) or rules.too_long(_texts(document))
    return replace(document, problem=problem)


def _texts(document: ParsedDocument) -> Iterator[tuple[int, str, str]]:
    """Every text that would be published and may be of any length."""
    for template in document.templates:
        for part in template.parts():
            if isinstance(part, ParsedItem):
                yield part.line, "the text of this item", part.text
            else:
                yield part.line, "the guidance that begins here", part.guidance
            for code in part.code:
                yield code.line, "this block of commands", code.text if code.is_command else ""
