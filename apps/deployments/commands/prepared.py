"""What most items of a published version come to in every deployment, prepared once in each process.

Few things of an item differ from one deployment to the next: ids, and what the deployment is called. Where that is so,
what keys cover, the rows and what proves them are texts with gaps (docs/decisions/0046). An item whose texts name
values of a deployment, or that may not apply, is made anew each time; what is prepared is made of such an item.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from threading import Lock
from typing import Any
from uuid import UUID

from cachetools import LRUCache

from apps.checklists.models import TemplateItem, TemplateVersion
from apps.deployments.models import Deployment, Item
from apps.deployments.rules import Filling, asked_items
from apps.ledger.chain import Form, encode
from apps.ledger.proofs import Alike, Written

# What stays open in a text, by the name of its value.
CONTENT = {"deployment": "deployment", "version": "version", "environment": "environment", "item": "id"}
ITEM = {"id": "id", "sign_off_id": "id", "deployment_id": "deployment", "section_id": "section"}
SIGN_OFF = {"id": "id", "team_id": "team", "stream": "stream", "subject": "subject", "digest": "digest"}
MOST_ITEMS = 10_000  # each of them some kilobytes


class PreparedItem:
    """One item of a version, but for what differs from one deployment to the next."""

    def __init__(self, item: Item) -> None:
        self.content = Form(item.content(pinned=None, evidence=[]), CONTENT)
        self.item = Alike(item, ITEM)
        self.sign_off = Alike(item.sign_off, SIGN_OFF)


PREPARED: LRUCache[tuple[UUID, str], dict[str, PreparedItem]] = LRUCache(
    MOST_ITEMS, getsizeof=lambda items: _size(items)
)
_CACHE_LOCK = Lock()


def prepared_items(version: TemplateVersion) -> Mapping[str, PreparedItem]:
    """Those of its items that were prepared, by their keys; empty until a deployment of it was made."""
    with _CACHE_LOCK:
        return PREPARED.get((version.pk, version.sha256), {})


def prepare(version: TemplateVersion, filling: Filling, made: Iterable[tuple[TemplateItem, Item]]) -> None:
    """Prepare what can be, from the items that a deployment made of all lines of a version."""
    made = list(made)
    asked = asked_items(item.conditions for _, item in made)
    found = {
        item.key: PreparedItem(item)
        for line, item in made
        if item.key not in asked and not item.conditions and _is_fixed(line, filling)
    }
    with _CACHE_LOCK:
        PREPARED[version.pk, version.sha256] = found


class Copies:
    """The prepared items of one new deployment: their rows, those of their sign-offs, and what proves all of them."""

    def __init__(self, deployment: Deployment) -> None:
        self.items: list[list[Any]] = []
        self.sign_offs: list[list[Any]] = []
        self.written: list[Written] = []
        self._values = {"deployment": deployment.pk, "team": deployment.team_id, "stream": deployment.stream}
        plain = {name: str(value) for name, value in self._values.items()}
        called = {"version": deployment.version, "environment": deployment.environment}
        self._texts = {name: encode(value).decode() for name, value in (plain | called).items()}

    def add(self, one: PreparedItem, pk: UUID, section: int) -> None:
        """An item with this id, in the section with that id."""
        known, subject = str(pk), Item.subject_of(pk)
        texts = {**self._texts, "id": f'"{known}"', "section": str(section), "subject": f'"{subject}"'}
        digest = sha256(one.content.filled(texts).encode()).hexdigest()
        texts["digest"] = f'"{digest}"'
        values = {**self._values, "id": pk, "section": section, "subject": subject, "digest": digest}
        self.items.append(one.item.values(values))
        self.sign_offs.append(one.sign_off.values(values))
        self.written += one.item.written(known, texts), one.sign_off.written(known, texts)


def _is_fixed(line: TemplateItem, filling: Filling) -> bool:
    """Whether it reads the same in every deployment of its version."""
    texts = [line.title, line.text, *line.commands, *(blank["label"] for blank in line.fill_ins)]
    return not any(map(filling.names_values, texts))


def _size(items: Mapping[str, PreparedItem]) -> int:
    return min(MOST_ITEMS, 1 + len(items))
