"""What is stored for a team: how much of it, and the bytes of a file, a piece at a time."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache, partial
from hashlib import sha256
from itertools import islice
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import F, Model, QuerySet, Sum

from apps.accounts.models import Team
from apps.core.errors import Damaged, Refusal
from apps.core.http import PIECE
from apps.core.statements import fetched
from apps.ledger.chain import Fault

from . import objects
from .models import Blob, Stored

MEGABYTE = 1024 * 1024
ROW = "SELECT rowid FROM evidence_blob WHERE id = %s"
SLICE = "SELECT substring(data FROM %s FOR %s) FROM evidence_blob WHERE id = %s"


def used(team: Team) -> int:
    """The bytes that are stored for a team: files and records, notes, texts of imports, templates and deployments.

    Every model that holds such says so itself, as `stored`; one query for all of them.
    """
    statement, teams = _used(connection.vendor)
    return sum(total for (total,) in fetched(statement, *[team.pk] * teams))


def room_left(team: Team) -> tuple[int, int]:
    """(bytes that may still be stored for a team, the whole of its quota)."""
    quota = settings.KEYTURN_TEAM_QUOTA_MB * MEGABYTE
    return max(quota - used(team), 0), quota


@cache
def _used(vendor: str) -> tuple[str, int]:
    """The statement of `used`, and how often it asks for the team: to put it together takes longer than to answer."""
    first, *others = [_used_by(model, model.stored) for model in apps.get_models() if hasattr(model, "stored")]
    statement, values = first.union(*others, all=True).query.sql_with_params()
    return statement, len(values)


def _used_by(model: type[Model], stored: Stored) -> QuerySet[Any, tuple[Any, ...]]:
    rows = model._default_manager.filter(stored.where, **{stored.team: UUID(int=0)}).order_by()
    return rows.values(stored.team).annotate(total=Sum(F(stored.size))).values_list("total")


def pieces(blob: Blob) -> Iterator[bytes]:
    """The bytes of a blob in order; each piece is asked for when it is needed, by whatever thread needs it.

    `blob` may be without its data. What lies in file storage is fetched and hashed whole at once: raises Damaged where
    it is not what was filed, Away where the storage does not answer. Raises EOFError later if less is stored here than
    its size.
    """
    if blob.key:
        held = objects.fetch(blob.key, size=blob.size, digest=blob.sha256)
        return iter(partial(held.read, PIECE), b"")
    return _pieces(blob)


def _pieces(blob: Blob) -> Iterator[bytes]:
    for start in range(0, blob.size, PIECE):
        piece = _piece(blob, start)
        if len(piece) != min(PIECE, blob.size - start):
            raise EOFError(f"blob {blob.pk} ends before byte {blob.size}")
        yield piece


def whole(blob: Blob) -> bytes:
    """All bytes of a blob, which may be without its data; raises Damaged where they are not those of its digest."""
    try:
        data = b"".join(pieces(blob))
    except EOFError:
        data = b""
    if sha256(data).hexdigest() != blob.sha256:
        raise Damaged(
            f"The stored bytes of a file (SHA-256 {blob.sha256[:12]}…) are not those that were filed. Whoever runs "
            "this server finds all such with verify_ledger, and restores them from a backup."
        )
    return data


def storage_faults() -> Iterator[Fault]:
    """Files that are not in file storage as they were filed, and those that cannot be asked for."""
    for blob in Blob.objects.exclude(key="").defer("data").order_by("stored_at").iterator():
        try:
            pieces(blob)
        except Refusal as refusal:
            yield Fault("the file storage", None, f"{blob.key}, SHA-256 {blob.sha256}: {refusal}")


def leftover_keys(before: datetime) -> Iterator[str]:
    """The keys in file storage, stored before a moment, that no row names: of commands that came to nothing."""
    stored = iter(objects.keys_before(before))
    while keys := [*islice(stored, 500)]:
        named = {*Blob.objects.filter(key__in=keys).values_list("key", flat=True)}
        yield from (key for key in keys if key not in named)


def _piece(blob: Blob, start: int) -> bytes:
    if connection.vendor == "sqlite":
        # `substr` would read the whole of it each time.
        [[row]] = fetched(ROW, blob.pk)
        with connection.connection.blobopen("evidence_blob", "data", row, readonly=True) as stored:
            stored.seek(start)
            return bytes(stored.read(PIECE))
    [[piece]] = fetched(SLICE, start + 1, PIECE, blob.pk)
    return bytes(piece)
