"""What is stored for a team: how much of it, and the bytes of a file, a piece at a time."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import F, Model, QuerySet, Sum

from apps.accounts.models import Team
from apps.core.http import PIECE
from apps.core.statements import fetched

from .models import Blob, Stored

ROW = "SELECT rowid FROM evidence_blob WHERE id = %s"
SLICE = "SELECT substring(data FROM %s FOR %s) FROM evidence_blob WHERE id = %s"


def used(team: Team) -> int:
    """The bytes that are stored for a team: files and records, notes, texts of imports, templates and deployments.

    Every model that holds such says so itself, as `stored`; one query for all of them.
    """
    first, *others = [_used(model, model.stored, team) for model in apps.get_models() if hasattr(model, "stored")]
    return sum(total for (total,) in first.union(*others, all=True))


def _used(model: type[Model], stored: Stored, team: Team) -> QuerySet[Any, tuple[Any, ...]]:
    rows = model._default_manager.filter(stored.where, **{stored.team: team}).order_by()
    return rows.values(stored.team).annotate(total=Sum(F(stored.size))).values_list("total")


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
