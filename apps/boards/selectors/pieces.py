"""The evidence of one item, a page at a time, each piece with its earlier revisions."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from apps.accounts.models import User
from apps.attachments.permissions import replace_evidence
from apps.deployments.models import Attachment, Item
from apps.evidence.models import Evidence

PIECES_SHOWN = 25
# What is read of every piece where they are many: what keys cover, what it is called and how old it is.
COVERED = (
    "item_id", "position", "revision", "removed_at", "evidence__sha256", "evidence__title", "evidence__kind",
    "evidence__added_at",
)  # fmt: skip


@dataclass
class Piece:
    """A piece that stands: what it is now, which revision that is, and the earlier ones, the newest of them first."""

    attachment: Attachment
    evidence: Evidence
    earlier: list[Attachment]


def standing(count: int) -> QuerySet[Attachment]:
    """What is attached and stands, `count` rows of one item; where they are many, what keys cover of it alone."""
    rows = Attachment.objects.filter(removed_at=None).select_related("evidence")
    return rows.only(*COVERED) if count > PIECES_SHOWN else rows


def pieces_page(item: Item, page: str) -> "Page[Piece]":
    """A page of the evidence, the last one where none is asked for: what was attached last stands on it."""
    there = sorted((each for each in item.attachments.all() if not each.removed_at), key=lambda each: each.position)
    pages = Paginator(there, PIECES_SHOWN)
    shown: Page[Any] = pages.get_page(page or pages.num_pages)
    attached = list(shown)
    earlier = _earlier(item, [each.position for each in attached if each.revision > 1])
    whole = {each.evidence_id: each.evidence for each in attached}
    if pages.num_pages > 1:  # then little was read of each
        whole = Evidence.objects.in_bulk([*whole])
    shown.object_list = [Piece(each, whole[each.evidence_id], earlier[each.position]) for each in attached]
    return shown


def replacing_page(item: Item, evidence: Evidence, viewer: User) -> dict[str, Any]:
    """What the page shows on which a piece of an item is replaced."""
    found = Item.objects.visible_to(viewer).with_everything().get(pk=item.pk)
    attachment = Attachment.objects.select_related("evidence").get(item=item, evidence=evidence)
    may = replace_evidence(viewer, found)
    return {"item": found, "deployment": found.deployment, "attachment": attachment, "may": may}


def _earlier(item: Item, positions: list[int]) -> dict[int, list[Attachment]]:
    """The earlier revisions of the pieces at these positions; no query where none has any."""
    found: dict[int, list[Attachment]] = defaultdict(list)
    if positions:
        rows = Attachment.objects.filter(item=item, position__in=positions, removed_at__isnull=False)
        for each in rows.select_related("evidence").order_by("-revision"):
            found[each.position].append(each)
    return found
