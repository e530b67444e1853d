"""Reading the ledger: histories for people, changes for open pages, faults for auditors."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from . import chain
from .chain import INSTANCE, Fault
from .events import HeadAnchored, sentence
from .models import Entry, Stream


@dataclass(frozen=True)
class Head:
    """The end of a chain: stream name, sequence of its last entry (-1 when empty), digest."""

    stream: str
    sequence: int
    digest: str

    def __str__(self) -> str:
        return f"{self.stream}:{self.sequence}:{self.digest}"


@dataclass(frozen=True)
class Line:
    """One entry as people read it."""

    sequence: int
    at: str
    kind: str
    actor: UUID
    item: UUID | None
    text: str
    digest: str


def head(stream_name: str) -> Head:
    """Where a stream ends now."""
    stream = Stream.objects.filter(name=stream_name).first()
    if stream is None:
        return Head(stream_name, -1, chain.genesis(stream_name))
    return Head(stream_name, stream.length - 1, stream.head)


def history(stream_name: str) -> QuerySet[Entry]:
    """The entries of a stream, oldest first, with their texts."""
    return Entry.objects.filter(stream_id=stream_name).order_by("sequence").prefetch_related("openings")


def item_history(stream_name: str, item: UUID) -> QuerySet[Entry]:
    """The entries of a stream that name one item, oldest first, with their texts."""
    return history(stream_name).filter(item=item)


def lines(entries: Iterable[Entry]) -> list[Line]:
    """Entries as sentences."""
    return [
        Line(e.sequence, e.at, e.kind, e.actor, e.item, sentence(json.loads(e.body), texts(e)), e.digest)
        for e in entries
    ]


def texts(entry: Entry) -> dict[str, Any]:
    """The texts an entry commits to, by path."""
    return {opening.path: opening.value for opening in entry.openings.all()}


def items_changed_since(stream_name: str, sequence: int, limit: int = 500) -> tuple[int, list[UUID]]:
    """(newest sequence, items named by entries after `sequence`), for a page that was away."""
    rows = Entry.objects.filter(stream_id=stream_name, sequence__gt=sequence).order_by("sequence")
    found = list(rows.values_list("sequence", "item")[:limit])
    newest = found[-1][0] if found else sequence
    return newest, list(dict.fromkeys(item for _, item in found if item))


def unanchored() -> list[str]:
    """Streams that moved since the instance chain last noted them."""
    moved = Stream.objects.exclude(name=INSTANCE).filter(length__gt=F("anchored_length"))
    return list(moved.order_by("name").values_list("name", flat=True))


def faults(held: Iterable[Head] = ()) -> Iterator[Fault]:
    """Recompute every chain and compare it with its openings, the anchors and the heads somebody holds."""
    for stream in Stream.objects.order_by("name"):
        yield from chain_faults(stream)
    known = set(Stream.objects.values_list("name", flat=True))
    for name in Entry.objects.exclude(stream_id__in=known).values_list("stream_id", flat=True).distinct():
        yield Fault(name, None, "entries without a stream")
    yield from head_faults(anchors(), "the instance chain noted it otherwise")
    yield from head_faults(held, "the head you hold says otherwise")


def chain_faults(stream: Stream) -> list[Fault]:
    """Everything wrong inside one chain."""
    walk = chain.Walk(stream.name)
    for entry in (
        Entry.objects.filter(stream_id=stream.name)
        .order_by("sequence", "id")
        .prefetch_related("openings")
        .iterator(chunk_size=500)
    ):
        walk.step(entry, {o.path: (o.value, o.salt) for o in entry.openings.all()})
    return walk.close(stream.length, stream.head)


def anchors() -> Iterator[Head]:
    """The heads that the instance chain noted, oldest first."""
    kept = Entry.objects.filter(stream_id=INSTANCE, kind=HeadAnchored.kind).order_by("sequence")
    for body in kept.values_list("body", flat=True).iterator():
        try:
            data = json.loads(body)["data"]
            yield Head(data["chain"], data["sequence"], data["digest"])
        except (ValueError, KeyError, TypeError):
            continue  # the walk over the instance chain names this entry already


def head_faults(heads: Iterable[Head], otherwise: str) -> Iterator[Fault]:
    """Heads that are no longer part of their chain: cut off, rewritten or vanished."""
    for noted in heads:
        found = Entry.objects.filter(stream_id=noted.stream, sequence=noted.sequence).values_list("digest", flat=True)
        if list(found) == [noted.digest]:
            continue
        if not Entry.objects.filter(stream_id=noted.stream).exists():
            yield Fault(noted.stream, None, f"the whole chain is gone; {otherwise}")
        elif not found:
            yield Fault(noted.stream, noted.sequence, f"the entry is gone; {otherwise}")
        else:
            yield Fault(noted.stream, noted.sequence, f"the entry was rewritten; {otherwise}")
