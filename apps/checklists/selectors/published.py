"""What a version says, read once in each process where it can never change again."""

from threading import Lock
from uuid import UUID

from cachetools import LRUCache
from django.db.models import Prefetch

from apps.checklists.models import TemplateItem, TemplateSection, TemplateVersion

Sections = tuple[TemplateSection, ...]
MOST_ROWS = 20_000  # sections and items, each of them some kilobytes
SECTIONS: LRUCache[tuple[UUID, str], Sections] = LRUCache(MOST_ROWS, getsizeof=lambda sections: _size(sections))
_CACHE_LOCK = Lock()


def sections_of(version: TemplateVersion) -> Sections:
    """The sections of a version in order, with their items prefetched in order; two queries, or none if it is known.

    Those of a published version are everybody's, so nobody changes them. The digest of its content belongs to their
    key: a transaction that published other content and failed leaves nothing behind.
    """
    key = (version.pk, version.sha256)
    with _CACHE_LOCK:
        known = SECTIONS.get(key)
    if known is not None:
        return known
    items = Prefetch("items", TemplateItem.objects.order_by("position"))
    sections = tuple(version.sections.order_by("position").prefetch_related(items))
    if version.sha256:  # which it has once it is published
        with _CACHE_LOCK:
            SECTIONS[key] = sections
    return sections


def _size(sections: Sections) -> int:
    return min(MOST_ROWS, 1 + sum(1 + len(section.items.all()) for section in sections))
