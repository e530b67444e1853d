"""What the ledger remembers about imports."""

from dataclasses import dataclass
from uuid import UUID

from apps.core.wording import plural
from apps.ledger.events import Event, committed, event


@dataclass(frozen=True, kw_only=True)
class ImportEvent(Event):
    """What happened to an import, whose file is named at the end of the sentence."""

    team: UUID
    checklist_import: UUID
    file_name: str = committed()

    def text(self) -> str:
        return f"{self.words} {self.file_name or 'a pasted text'}"


@event("import.started", "began to import")
class ImportStarted(ImportEvent):
    """Somebody brought a text to make templates of."""

    source_sha256: str
    into: UUID | None = None


@event("import.match_judged", "judged which item is which in")
class MatchJudged(ImportEvent):
    """Somebody said whether an item of the template is one of the text. key: of that item."""

    key: str
    same: bool


@event("import.merged", "brought the changes of {file_name} into {title}")
class ImportMerged(Event):
    """A text was brought into the draft of a template, of which that chain tells."""

    team: UUID
    checklist_import: UUID
    template: UUID
    version: UUID
    file_name: str = committed()
    title: str = committed()


@event("import.corrected", "corrected the import of")
class ImportCorrected(ImportEvent):
    """Somebody said what lines become, or edited the text."""

    source_sha256: str
    corrections: int


@event("import.decided")
class FindingsDecided(ImportEvent):
    """Somebody took or dismissed what the importer found, or had it asked again. kinds: of the findings."""

    decision: str
    kinds: list[str]
    count: int

    def text(self) -> str:
        did = {"taken": "took", "dismissed": "dismissed"}.get(self.decision, "put back")
        return f"{did} {plural(self.count, 'finding')} in the import of {self.file_name or 'a pasted text'}"


@event("import.step_undone", "undid the last decision in the import of")
class ImportStepUndone(ImportEvent):
    """Somebody took back what was last decided or corrected."""


@event("import.drafted")
class ImportDrafted(Event):
    """An import became drafts, of which other chains tell. versions: of each template its id and its version's."""

    team: UUID
    checklist_import: UUID
    versions: list[dict[str, object]]
    titles: list[str] = committed()

    def text(self) -> str:
        return f"made drafts of {', '.join(self.titles)}"


@event("import.discarded", "discarded the import of")
class ImportDiscarded(ImportEvent):
    """An import was thrown away before it became anything."""
