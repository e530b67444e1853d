"""Reading the ledger: histories for people, changes for open pages, faults for auditors."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import DatabaseError
from django.db.models import F, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from . import chain
from .chain import INSTANCE, Fault
from .events import HeadAnchored, plain, sentence
from .models import Entry, Opening, Stream

T = TypeVar("T")
# What reading and comparing rows can raise once somebody wrote into them what no column should hold.
UNREADABLE = (
    ValueError, TypeError, KeyError, AttributeError, IndexError, ArithmeticError, DatabaseError, ObjectDoesNotExist,
    ValidationError,
)  # fmt: skip
AFTER_ALL = 2**63
AHEAD = timedelta(minutes=10)  # what clocks of two machines may differ


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


@dataclass(frozen=True)
class Told:
    """What one entry says: `said` holds its fields and texts by name, as JSON values; `actor` is a UUID in text."""

    stream: str
    sequence: int
    kind: str
    at: str
    actor: str
    said: dict[str, Any]


class Row(NamedTuple):
    """One entry as it is stored, read without trusting any of it."""

    id: int
    stream_id: str
    sequence: int
    kind: str
    at: str
    actor: str | None
    item: str | None
    previous: str
    digest: str
    body: str


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


def faults(held: Iterable[Head] = (), progress: Callable[[int], None] = lambda entries: None) -> Iterator[Fault]:
    """Recompute every chain and compare it with its openings, the anchors and the heads somebody holds.

    `progress` is told how many entries were read since it was last told.
    """
    for stream in Stream.objects.order_by("name"):
        yield from chain_faults(stream, progress)
    known = set(Stream.objects.values_list("name", flat=True))
    for name in Entry.objects.exclude(stream_id__in=known).values_list("stream_id", flat=True).distinct():
        yield Fault(name, None, "entries without a stream")
    for sequence, head in _anchored():
        if head is None:
            yield Fault(INSTANCE, sequence, "it notes no head of a chain")
    yield from head_faults(anchors(), "the instance chain noted it otherwise")
    yield from _unnoted()
    yield from head_faults(held, "the head you hold says otherwise")


def chain_faults(stream: Stream, progress: Callable[[int], None] = lambda entries: None) -> list[Fault]:
    """Everything wrong inside one chain."""
    walk = chain.Walk(stream.name)
    for batch in batched(_rows(stream.name)):
        kept = _openings([row.id for row in batch])
        for row in batch:
            walk.step(row, kept.get(row.id, {}))
        progress(len(batch))
    found = walk.close(stream.length, stream.head)
    if str(walk.at) > chain.timestamp(timezone.now() + AHEAD):
        found.append(Fault(stream.name, walk.length - 1, f"it is dated {walk.at}: a clock was ahead, or is behind now"))
    if not found and walk.at != stream.last_at:
        found = [Fault(stream.name, None, f"the stream says its last entry is of {stream.last_at}, not of {walk.at}")]
    return found


def told(stream_name: str, kinds: Collection[str]) -> Iterator[Told]:
    """What a stream says happened, oldest first, for comparing it with the tables; unreadable entries are left out."""
    for batch in batched(row for row in _rows(stream_name) if row.kind in kinds):
        kept = _openings([row.id for row in batch])
        for row in batch:
            body = chain.parse(chain.raw(row.body))
            if body is not None:
                yield _told(row, body, kept.get(row.id, {}))


def anchors() -> Iterator[Head]:
    """The heads that the instance chain noted, oldest first."""
    for _, head in _anchored():
        if head:
            yield head


def head_faults(heads: Iterable[Head], otherwise: str) -> Iterator[Fault]:
    """Heads that are no longer part of their chain: cut off, rewritten or vanished."""
    for noted in heads:
        found = list(
            Entry.objects.filter(stream_id=noted.stream, sequence=noted.sequence).values_list("digest", flat=True)
        )
        if found == [noted.digest]:
            continue
        if found:
            yield Fault(noted.stream, noted.sequence, f"the entry was rewritten; {otherwise}")
        elif Entry.objects.filter(stream_id=noted.stream).exists():
            yield Fault(noted.stream, noted.sequence, f"the entry is gone; {otherwise}")
        else:
            yield Fault(noted.stream, None, f"the whole chain is gone; {otherwise}")


def differences(told: Told, what: str, facts: Mapping[str, tuple[Any, Any]]) -> Iterator[Fault]:
    """A fault at `told` for every fact, as (in the table, in the ledger), that is not the same in both."""
    for name, (row, said) in facts.items():
        if plain(row) != plain(said):
            yield Fault(told.stream, told.sequence, f"{what}: the {name} in the tables is not the one it tells")


def in_one_only(stream: str, what: str, rows: Mapping[Any, str], told: Mapping[Any, Told]) -> Iterator[Fault]:
    """Rows no entry speaks of, and entries whose row is gone. `rows` says what each row is called."""
    for key, called in rows.items():
        if key not in told:
            yield Fault(stream, None, f"{called} stands in the tables and no entry tells of it")
    for key, speaker in told.items():
        if key not in rows:
            yield Fault(stream, speaker.sequence, f"the {what} it tells of is gone from the tables")


def earliest_first(found: Iterable[Fault]) -> list[Fault]:
    """Faults of one chain by their entry; those that no entry is named for come last."""
    return sorted(found, key=lambda fault: fault.sequence if isinstance(fault.sequence, int) else AFTER_ALL)


def batched(rows: Iterable[T], size: int = 500) -> Iterator[list[T]]:
    """`rows` in lists of at most `size`, so that a long chain is never in memory at once."""
    remaining = iter(rows)
    while batch := list(islice(remaining, size)):
        yield batch


def _anchored() -> Iterator[tuple[int, Head | None]]:
    """(sequence of the anchor, what it notes), None where that is no head of a chain."""
    for noted in told(INSTANCE, {HeadAnchored.kind}):
        stream, sequence, digest = (noted.said.get(name) for name in ("chain", "sequence", "digest"))
        if isinstance(stream, str) and isinstance(sequence, int) and isinstance(digest, str):
            yield noted.sequence, Head(stream, sequence, digest)
        else:
            yield noted.sequence, None


def _unnoted() -> Iterator[Fault]:
    """Streams whose own row says the instance chain noted more than it does."""
    noted = {head.stream: head.sequence + 1 for head in anchors()}
    for name, length in Stream.objects.order_by("name").values_list("name", "anchored_length"):
        if length != noted.get(name, 0):
            what = f"it should note the first {length} entries of {name}, it notes {noted.get(name, 0)}"
            yield Fault(INSTANCE, None, what)


def _rows(stream_name: str) -> Iterator[Row]:
    """The entries of a stream as they are stored, whatever is stored there."""
    stored = Entry.objects.filter(stream_id=stream_name).order_by("sequence", "id")
    columns = stored.annotate(who=Cast("actor", TextField()), what=Cast("item", TextField())).values_list(
        "id", "stream_id", "sequence", "kind", "at", "who", "what", "previous", "digest", "body"
    )
    for row in columns.iterator(chunk_size=500):
        found = Row(*row)
        yield found._replace(actor=_dashed(found.actor), item=_dashed(found.item))


def _openings(entries: list[int]) -> dict[int, dict[str, tuple[Any, str]]]:
    """(value, salt) by path by entry; a value that is not JSON any more is None, which no entry commits to."""
    kept: dict[int, dict[str, tuple[Any, str]]] = {}
    found = Opening.objects.filter(entry__in=entries).annotate(written=Cast("value", TextField()))
    for entry, path, written, salt in found.values_list("entry_id", "path", "written", "salt"):
        kept.setdefault(entry, {})[path] = (_json(written), salt)
    return kept


def _told(row: Row, body: dict[str, Any], openings: dict[str, tuple[Any, str]]) -> Told:
    data = body.get("data")
    said = {**body, **(data if isinstance(data, dict) else {})}
    said |= {path: value for path, (value, _) in openings.items()}
    return Told(row.stream_id, row.sequence, row.kind, row.at, row.actor or "", said)


def _json(written: Any) -> Any:
    try:
        return json.loads(written)
    except (ValueError, TypeError, RecursionError):
        return None


def _dashed(stored: str | None) -> str | None:
    """A UUID as the ledger writes it; SQLite keeps it without dashes."""
    try:
        return str(UUID(stored)) if stored else None
    except (ValueError, AttributeError):
        return str(stored)
