"""Filing evidence. Called inside its owner's transaction, and the owner records it."""

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings

from apps.accounts.models import Team, User
from apps.core.errors import TooLarge
from apps.core.permissions import require
from apps.core.storable import require_storable
from apps.ledger.chain import Digested

from . import objects, permissions, selectors
from .models import Blob, Evidence, Kind

LARGEST_FILE = 25 * 1024 * 1024
MEGABYTE = 1024 * 1024


class Placed(Digested):
    """A file's bytes that lie in file storage under `key` already."""

    key: str = ""


def place(team: Team, data: bytes, *, largest: int | None = None) -> Digested:
    """A file's bytes with their digest, put into file storage where there is one: before anything is locked.

    Refuses what `store_blob` would refuse. What no row comes to name stays there until `leftover_files` finds it.
    """
    data = Digested.of(data)
    if not objects.is_on():
        return data
    _require_size(data, largest)
    _require_room(team, len(data))
    placed = Placed(data)
    placed.key = f"{settings.KEYTURN_S3_PREFIX}/{team.pk}/{uuid4()}"
    objects.put(placed.key, data)
    return placed


def store_blob(team: Team, data: bytes, *, largest: int | None = None) -> Blob:
    """Store bytes for a team; refuses a file over 25 MB, or over `largest` bytes, and a team over its quota.

    Where there is file storage, what `place` put there is not stored once more.
    """
    data = data if isinstance(data, Placed) else place(team, data, largest=largest)
    _require_size(data, largest)
    _require_room(team, len(data))
    where: dict[str, Any] = {"data": None, "key": data.key} if isinstance(data, Placed) else {"data": data}
    blob = Blob.objects.create(team=team, sha256=data.sha256, size=len(data), **where)
    require_room(team, 0)  # only now, for 25 MB take seconds to write, in which nobody of the team has to wait
    return blob


def require_room(team: Team, size: int, *, is_locked: bool = False) -> None:
    """Refuse to store `size` more bytes for a team than its quota has room for, whatever they are.

    Until the transaction ends nobody else stores anything for the team, or two at once would share the same room. So
    this is asked after every lock but those of the ledger. is_locked: the caller locked the team itself.
    """
    _require_room(team if is_locked else Team.objects.lock(team.pk), size)


def file_evidence(
    team: Team,
    *,
    by: User,
    pk: UUID | None = None,
    kind: Kind,
    title: str,
    text: str = "",
    url: str = "",
    data: bytes = b"",
    media_type: str = "",
) -> Evidence:
    """File one piece: a note's text, a link's address or a file's bytes, with their SHA-256."""
    require(permissions.file_evidence(by, team))
    require_storable([text, url])
    content = Digested.of({Kind.NOTE: text.encode(), Kind.LINK: url.encode(), Kind.FILE: data}[kind])
    if kind != Kind.FILE:
        require_room(team, len(content))
    return Evidence.objects.create(
        id=pk or uuid4(),
        team=team,
        kind=kind,
        title=title,
        text=text,
        url=url,
        blob=store_blob(team, content) if kind == Kind.FILE else None,
        media_type=media_type,
        sha256=content.sha256,
        size=len(content),
        added_by=by,
        added_by_name=by.full_name,
    )


def _require_size(data: bytes, largest: int | None) -> None:
    if len(data) > (most := largest or LARGEST_FILE):
        raise TooLarge(
            f"The file has {len(data):,} bytes; at most {most // MEGABYTE} MB ({most:,} bytes) are kept. "
            "Attach a link to it instead."
        )


def _require_room(team: Team, size: int) -> None:
    used, quota = selectors.used(team), settings.KEYTURN_TEAM_QUOTA_MB * MEGABYTE
    if used + size > quota:
        raise TooLarge(
            f"{team.name} has used {used // MEGABYTE} of {settings.KEYTURN_TEAM_QUOTA_MB} MB. "
            "Ask whoever runs this server to raise KEYTURN_TEAM_QUOTA_MB, or attach a link instead."
        )
