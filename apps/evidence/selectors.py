"""Reading what is stored, a piece at a time: a file in memory for each of its readers is more than a server has."""

from collections.abc import Iterator

from django.db import connection

from apps.core.statements import fetched

from .models import Blob

PIECE = 256 * 1024  # bytes
ROW = "SELECT rowid FROM evidence_blob WHERE id = %s"
SLICE = "SELECT substring(data FROM %s FOR %s) FROM evidence_blob WHERE id = %s"


def pieces(blob: Blob) -> Iterator[bytes]:
    """The bytes of a blob in order; each piece is asked for when it is needed, by whatever thread needs it.

    `blob` may be without its data. Raises EOFError if less is stored than its size.
    """
    for start in range(0, blob.size, PIECE):
        piece = _piece(blob, start)
        if len(piece) != min(PIECE, blob.size - start):
            raise EOFError(f"blob {blob.pk} ends before byte {blob.size}")
        yield piece


def _piece(blob: Blob, start: int) -> bytes:
    if connection.vendor == "sqlite":
        # `substr` would read the whole of it each time.
        [[row]] = fetched(ROW, blob.pk)
        with connection.connection.blobopen("evidence_blob", "data", row, readonly=True) as stored:
            stored.seek(start)
            return bytes(stored.read(PIECE))
    [[piece]] = fetched(SLICE, start + 1, PIECE, blob.pk)
    return bytes(piece)
