"""What the ledger remembers about checklists."""

from dataclasses import dataclass
from uuid import UUID

from apps.ledger.events import Event, committed, event


@dataclass(frozen=True, kw_only=True)
class TemplateEvent(Event):
    """What happened to a template."""

    team: UUID
    template: UUID
    title: str = committed()


@dataclass(frozen=True, kw_only=True)
class VersionEvent(TemplateEvent):
    """What happened to one version of a template."""

    version: UUID
    number: int


@event("template.created", "made the template {title}")
class TemplateCreated(VersionEvent):
    """A template began with the draft of its first version. origin: "empty", "import" or the built-in file's name."""

    origin: str


@event("template.archived", "archived the template {title}")
class TemplateArchived(TemplateEvent):
    """A template is no longer offered to new deployments."""


@event("template.restored", "restored the template {title}")
class TemplateRestored(TemplateEvent):
    """An archived template is offered again."""


@event("draft.started", "began version {number} of {title}")
class DraftStarted(VersionEvent):
    """A draft began as a copy of the newest published version."""


@event("draft.discarded", "discarded the draft of version {number} of {title}")
class DraftDiscarded(VersionEvent):
    """A draft was given up."""


@event("version.submitted", "asked to publish version {number} of {title}: {note}")
class VersionSubmitted(VersionEvent):
    """An author signed a draft and asked a second person to publish it."""

    note: str = committed()


@event("version.withdrawn", "took back the question to publish version {number} of {title}")
class VersionWithdrawn(VersionEvent):
    """An author wants to edit on."""


@event("version.rejected", "sent version {number} of {title} back: {reason}")
class VersionRejected(VersionEvent):
    """A second person did not publish a draft, and said why."""

    reason: str = committed()


@event("version.published", "published version {number} of {title}")
class VersionPublished(VersionEvent):
    """A version can never change any more, and deployments start from it. alone: nobody else had to agree."""

    sha256: str
    alone: bool
    note: str = committed()
