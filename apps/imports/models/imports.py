"""A text on its way to becoming a template."""

import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.db import models

from apps.accounts.models import OfTeamQuerySet, Team, User
from apps.checklists.markdown import content, corrections
from apps.checklists.markdown.corrections import Stored as Corrections
from apps.checklists.markdown.document import Correction, ParsedDocument
from apps.checklists.markdown.text import split_lines
from apps.checklists.models import ChecklistTemplate
from apps.core.errors import WrongState
from apps.core.shown import texts
from apps.evidence.models import Stored
from apps.imports.formats import Kind
from apps.imports.rules import Decisions

from .reading import Result, reading_of, result_of


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
    """A text on its way to becoming a template, or into one: the source, and what people said about its lines."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=200, blank=True)  # stored, since a list cannot read every text again
    format = models.CharField(max_length=30, default=Kind.MARKDOWN.value)
    read_as = models.CharField(max_length=300, blank=True)  # the sentence that says so, and why
    original = models.TextField(blank=True)  # the whole text as it came, where it was not Markdown
    into = models.ForeignKey(ChecklistTemplate, models.PROTECT, null=True, related_name="+")
    apart = models.JSONField(default=list)  # keys of items of `into` that somebody said are none of the text
    source = models.TextField()
    size = models.PositiveIntegerField()  # bytes of the source and the original
    corrections = models.JSONField(default=dict)
    decisions = models.JSONField(default=dict)  # what was taken of what is proposed, and what was only seen
    steps = models.JSONField(default=list)  # by which corrections and decisions are taken back, the last one last
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True)

    stored: ClassVar = Stored()
    objects = ImportQuerySet.as_manager()

    def __str__(self) -> str:
        return self.file_name or self.title or "pasted text"

    @property
    def decided(self) -> dict[str, dict[str, Any]]:
        """What people said about its lines: what they become, and what was decided about findings."""
        return {"corrections": self.corrections, "decisions": self.decisions}

    @property
    def draft(self) -> dict[str, str]:
        """What a page shows of it, to whoever would discard it."""
        stored = {name: json.dumps(own, sort_keys=True) for name, own in self.decided.items()}
        return texts(source=self.source, apart=self.apart, **stored)

    @property
    def facts(self) -> dict[str, Any]:
        """What every entry about it says."""
        return {"team": self.team_id, "checklist_import": self.pk, "file_name": self.file_name}

    @property
    def previewed(self) -> dict[str, str]:
        """What a page shows of it, to whoever would make drafts of it: what exactly they would say as well."""
        return self.draft | {"content": self.result().digest}

    def document(self) -> ParsedDocument:
        """The text as it is understood now, corrections included."""
        return self.parse(self.source, corrections.from_stored(self.corrections))

    def result(self) -> Result:
        """What becomes of it now, with what was taken."""
        return self.becomes(self.source, self.corrections, self.decisions)

    def stated(self, blocks: Iterable[int], lines: Iterable[int]) -> dict[str, str]:
        """What a form for lines shows: what blocks become, by their first line, and the text of lines."""
        every = dict(enumerate(split_lines(self.source), 1))
        return corrections.stated(self.document(), blocks) | {f"t{line}": every.get(line, "") for line in lines}

    def measured(self, source: str) -> int:
        """How many bytes of the team's quota the import takes with this source."""
        return content.text_size(source) + content.text_size(self.original)

    def parse(self, source: str, chosen: Mapping[int, Correction]) -> ParsedDocument:
        """What `source` would become with these corrections, and all that hinders publishing it."""
        return reading_of(source, chosen, self.file_name).document

    def becomes(self, source: str, stored: Corrections, decisions: Decisions) -> Result:
        """What `source` would become with these corrections and decisions."""
        return result_of(reading_of(source, corrections.from_stored(stored), self.file_name), decisions)
