"""What the ledger of a deployment remembers about its records."""

from uuid import UUID

from apps.ledger.events import Event, event


@event("record.requested")
class RecordRequested(Event):
    """Somebody asked for an audit record; the entry itself is the head the record is to state."""

    record: UUID
    number: int

    def text(self) -> str:
        return f"asked for audit record {self.number}"


@event("record.filed")
class RecordFiled(Event):
    """The finished file is kept, with its data beside it. `head_sequence`, `head_digest`: the head it states."""

    record: UUID
    number: int
    sha256: str
    data_sha256: str
    size: int
    pages: int
    head_sequence: int
    head_digest: str

    def text(self) -> str:
        return f"filed audit record {self.number}: {self.pages} pages, SHA-256 {self.sha256[:12]}…"
