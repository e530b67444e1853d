"""What versions say, read once in each process where it can never change again."""

from collections.abc import Mapping
from threading import Lock
from typing import Any
from uuid import UUID

from cachetools import LRUCache

from apps.checklists.models import TemplateItem, TemplateSection, TemplateVersion
from apps.core.statements import instances
from apps.signoff.rules import content_digest

Sections = tuple[TemplateSection, ...]
MOST_ROWS = 20_000  # sections and items, each of them some kilobytes
SECTIONS: LRUCache[tuple[UUID, str], Sections] = LRUCache(MOST_ROWS, getsizeof=lambda sections: _size(sections))
_CACHE_LOCK = Lock()
WHOLE = """
SELECT {{section}}, {{item}} FROM checklists_templatesection section
LEFT JOIN checklists_templateitem item ON item.section_id = section.id
WHERE section.version_id IN ({places}) ORDER BY section.position, section.id, item.position
"""


def sections_of(version: TemplateVersion) -> Sections:
    """The sections of a version in order, with their items as `lines`; one query, or none if they are known.

    Those of a published version are everybody's, so nobody changes them. The digest of its content belongs to their
    key: a transaction that published other content and failed leaves nothing behind.
    """
    return sections_of_each(version)[0]


def sections_of_each(*versions: TemplateVersion) -> list[Sections]:
    """The same of several versions, with one query for all that are not known yet."""
    with _CACHE_LOCK:
        found = {version.pk: SECTIONS.get((version.pk, version.sha256)) for version in versions}
    missing = [version for version in versions if found[version.pk] is None]
    read = _read([version.pk for version in missing])
    with _CACHE_LOCK:
        for version in missing:
            if version.sha256:  # which it has once it is published
                SECTIONS[version.pk, version.sha256] = read[version.pk]
    return [found[version.pk] or read[version.pk] for version in versions]


def _read(versions: list[UUID]) -> dict[UUID, Sections]:
    if not versions:
        return {}
    sections: dict[int, TemplateSection] = {}
    statement = WHOLE.format(places=", ".join(["%s"] * len(versions)))
    for section, item in instances(statement, *versions, section=TemplateSection, item=TemplateItem):
        known = sections.setdefault(section.pk, section)
        if section is known:
            known.lines = []
        if item:
            known.lines.append(item)
    return {pk: tuple(each for each in sections.values() if each.version_id == pk) for pk in versions}


def _size(sections: Sections) -> int:
    return min(MOST_ROWS, 1 + sum(1 + len(section.lines) for section in sections))


def says_nothing_new(version: TemplateVersion, content: Mapping[str, Any]) -> str:
    """Why a draft that says this is not worth a version, as a sentence; empty when it is."""
    newest = TemplateVersion.objects.newest_beside(version.pk).values_list("number", "sha256").first()
    if newest is None or newest[1] != content_digest(content):
        return ""
    return f"It says what version {newest[0]} says already. Change something in it, or discard this draft."
