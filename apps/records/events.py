"""What the ledger of a deployment remembers about its records."""

from uuid import UUID

from apps.ledger.events import Event, event


@event("record.requested", "asked for audit record {number}")
class RecordRequested(Event):
    """Somebody asked for an audit record; the entry itself is the head the record is to state."""

    record: UUID
    number: int
    with_evidence: bool

    def text(self) -> str:
        return f"{super().text()} with its evidence" if self.with_evidence else super().text()


@event("record.filed", "filed audit record {number}: {pages} pages, SHA-256 {sha256:.12}…")
class RecordFiled(Event):
    """The finished file is stored, with its data beside it. `head_sequence`, `head_digest`: the head it states.

    Where the PDF could not be made there are no pages, and the sum is that of the data.
    """

    record: UUID
    number: int
    sha256: str
    data_sha256: str
    size: int
    pages: int
    head_sequence: int
    head_digest: str

    def text(self) -> str:
        return super().text() if self.pages else f"filed the data of audit record {self.number}, which has no PDF"
