"""Filing evidence. Called inside its owner's transaction, and the owner records it."""

import hashlib

from django.conf import settings
from django.db.models import Sum

from apps.accounts.models import Team, User
from apps.core.errors import TooLarge
from apps.core.permissions import require

from . import permissions
from .models import Blob, Evidence, Kind

LARGEST_FILE = 25 * 1024 * 1024
MEGABYTE = 1024 * 1024


def store_blob(team: Team, data: bytes, *, largest: int | None = None) -> Blob:
    """Store bytes for a team; refuses a file over 25 MB, or over `largest` bytes, and a team over its quota."""
    most = largest or LARGEST_FILE
    if len(data) > most:
        raise TooLarge(
            f"The file has {len(data):,} bytes; at most {most // MEGABYTE} MB ({most:,} bytes) are kept. "
            "Attach a link to it instead."
        )
    used = Blob.objects.filter(team=team).aggregate(total=Sum("size"))["total"] or 0
    quota = settings.KEYTURN_TEAM_QUOTA_MB * MEGABYTE
    if used + len(data) > quota:
        raise TooLarge(
            f"{team.name} has used {used // MEGABYTE} of {settings.KEYTURN_TEAM_QUOTA_MB} MB. "
            "Ask whoever runs this server to raise KEYTURN_TEAM_QUOTA_MB, or attach a link instead."
        )
    return Blob.objects.create(team=team, sha256=hashlib.sha256(data).hexdigest(), size=len(data), data=data)


def file_evidence(
    team: Team,
    *,
    by: User,
    kind: Kind,
    title: str,
    text: str = "",
    url: str = "",
    data: bytes = b"",
    media_type: str = "",
) -> Evidence:
    """File one piece: a note's text, a link's address or a file's bytes, with their SHA-256."""
    require(permissions.file_evidence(by, team))
    content = {Kind.NOTE: text.encode(), Kind.LINK: url.encode(), Kind.FILE: data}[kind]
    return Evidence.objects.create(
        team=team,
        kind=kind,
        title=title,
        text=text,
        url=url,
        blob=store_blob(team, data) if kind == Kind.FILE else None,
        media_type=media_type,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        added_by=by,
        added_by_name=by.full_name,
    )
