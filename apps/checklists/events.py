"""What the ledger remembers about checklists."""

from uuid import UUID

from apps.ledger.events import Event, committed, event


@event("import.started")
class ImportStarted(Event):
    """Somebody brought a text to make templates of."""

    team: UUID
    checklist_import: UUID
    source_sha256: str
    file_name: str = committed()

    def text(self) -> str:
        return f"began to import {self.file_name or 'a pasted text'}"


@event("import.corrected")
class ImportCorrected(Event):
    """Somebody said what lines become, or edited the text."""

    team: UUID
    checklist_import: UUID
    source_sha256: str
    corrections: int
    file_name: str = committed()

    def text(self) -> str:
        return f"corrected the import of {self.file_name or 'a pasted text'}"


@event("import.published")
class ImportPublished(Event):
    """An import became templates. versions: of each template its id, version, number of items and content's SHA-256."""

    team: UUID
    checklist_import: UUID
    versions: list[dict[str, object]]
    titles: list[str] = committed()

    def text(self) -> str:
        return f"published {', '.join(self.titles)}"


@event("import.discarded")
class ImportDiscarded(Event):
    """An import was thrown away before it became anything."""

    team: UUID
    checklist_import: UUID
    file_name: str = committed()

    def text(self) -> str:
        return f"discarded the import of {self.file_name or 'a pasted text'}"


@event("template.archived", "archived the template {title}")
class TemplateArchived(Event):
    """A template is no longer offered to new deployments."""

    team: UUID
    template: UUID
    title: str = committed()
