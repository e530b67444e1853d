"""Laying proof before an item, and taking it away again."""

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import WrongState
from apps.core.permissions import require
from apps.deployments import permissions
from apps.deployments.events import EvidenceAttached, EvidenceRemoved
from apps.deployments.models import Attachment, Item
from apps.evidence import commands as evidence
from apps.evidence.models import Evidence, Kind
from apps.ledger import commands as ledger
from apps.signoff.rules import Cause

from .items import lock_item, revise


@transaction.atomic
def attach_evidence(
    item: Item,
    *,
    by: User,
    kind: Kind,
    title: str,
    text: str = "",
    url: str = "",
    data: bytes = b"",
    media_type: str = "",
) -> Evidence:
    """Lay a file, link or note before an item. Keys turned before fall out."""
    item = lock_item(item)
    require(permissions.attach_evidence(by, item))
    filed = evidence.file_evidence(
        item.deployment.team, by=by, kind=kind, title=title, text=text, url=url, data=data, media_type=media_type
    )
    attachment = Attachment(item=item, evidence=filed, position=len(item.attachments.all()) + 1)
    invalidated = _revise_with(item, [*item.attachments.all(), attachment], Cause.EVIDENCE_ADDED, title, by=by)
    attachment.save()
    attached = EvidenceAttached(
        item=item.id,
        number=item.number,
        invalidated=invalidated,
        evidence=filed.id,
        evidence_kind=kind,
        sha256=filed.sha256,
        size=filed.size,
        title=title,
    )
    blobs = [filed.blob] if filed.blob else []
    rows = [item, attachment, filed, *blobs, *item.sign_off.changes]
    ledger.record(item.deployment.stream, attached, by=by, rows=rows)
    return filed


@transaction.atomic
def remove_evidence(item: Item, *, by: User, evidence: Evidence) -> None:
    """Take evidence away from an item; it stays on record. Keys turned before fall out."""
    item = lock_item(item)
    require(permissions.remove_evidence(by, item))
    attachments = list(item.attachments.all())
    gone = next((a for a in attachments if a.evidence_id == evidence.id and not a.removed_at), None)
    if gone is None:
        raise WrongState("This evidence was taken away already. Reload the page.")
    gone.removed_at, gone.removed_by = timezone.now(), by
    invalidated = _revise_with(item, attachments, Cause.EVIDENCE_REMOVED, evidence.title, by=by)
    gone.save(update_fields=["removed_at", "removed_by"])
    removed = EvidenceRemoved(
        item=item.id,
        number=item.number,
        invalidated=invalidated,
        evidence=evidence.id,
        title=evidence.title,
    )
    ledger.record(item.deployment.stream, removed, by=by, rows=[item, gone, *item.sign_off.changes])


def _revise_with(item: Item, attachments: list[Attachment], cause: Cause, title: str, *, by: User) -> int:
    """Revise before the attachments change: the database refuses it the other way round."""
    item._prefetched_objects_cache["attachments"] = attachments
    return revise(item, by=by, cause=cause, concerns=title)
