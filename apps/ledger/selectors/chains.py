"""Recomputing the chains: every entry once, in order, for its own faults and for whoever else reads it on the way."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any, NamedTuple, Protocol, TypeVar

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import DatabaseError, connection
from django.utils import timezone

from apps.core.statements import fetched, one_of, streamed
from apps.core.wording import timestamp
from apps.ledger import chain
from apps.ledger.chain import INSTANCE, ROWS, Fault
from apps.ledger.events import HeadAnchored
from apps.ledger.models import Entry, Stream

from .history import BATCH, Head

T = TypeVar("T")
# What reading and comparing rows can raise once somebody wrote into them what no column should hold.
UNREADABLE = (
    ValueError, TypeError, KeyError, AttributeError, IndexError, ArithmeticError, DatabaseError, ObjectDoesNotExist,
    ValidationError, RecursionError,
)  # fmt: skip
AHEAD = timedelta(minutes=10)  # what clocks of two machines may differ


# A column as the database keeps it, and as text where that has a type of its own. No CAST on SQLite: it makes of bytes
# the text they spell, and comparisons take the two for different values.
WRITTEN = {"sqlite": "+{}", "postgresql": "{}::text"}
ENTRIES = """
SELECT id, stream_id, sequence, kind, at, {actor}, {item}, previous, digest, body
FROM ledger_entry WHERE stream_id = %s ORDER BY sequence, id
"""
LOOSE_ENTRIES = """
SELECT DISTINCT stream_id FROM ledger_entry WHERE stream_id NOT IN (SELECT name FROM ledger_stream) ORDER BY stream_id
"""
OPENINGS = "SELECT entry_id, path, {value}, salt FROM ledger_opening WHERE entry_id {is_one}"


class Columns(NamedTuple):
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


@dataclass(frozen=True)
class StoredEntry:
    """What one entry says: `body` is its canonical JSON, `openings` maps a path to (text, salt)."""

    stream: str
    sequence: int
    kind: str
    at: str
    actor: str
    body: Mapping[str, Any]
    openings: Mapping[str, tuple[Any, str]]

    @property
    def rows(self) -> Mapping[str, Any]:
        """By key what it proves of each row it changed: see `proofs.prove`."""
        found = self.body.get(ROWS)
        return found if isinstance(found, dict) else {}

    def fault(self, what: str) -> Fault:
        """A fault at this entry."""
        return Fault(self.stream, self.sequence, what)

    @property
    def instance_length(self) -> int:
        """How long the instance's chain was when this was written: what came before, told without any clock."""
        return self.sequence if self.stream == INSTANCE else int(self.body[INSTANCE]["length"])

    def field(self, name: str) -> Any:
        """A field of its event, committed texts included; None if it has none of that name."""
        data = self.body.get("data")
        if isinstance(data, dict) and name in data:
            return data[name]
        return self.openings[name][0] if name in self.openings else self.body.get(name)


class EntryReader(Protocol):
    """Whoever learns something from every entry while the chains are recomputed, the instance's chain first."""

    def read(self, entry: StoredEntry) -> None: ...


@dataclass
class Heads:
    """Heads that somebody noted: the instance's chain, whoever holds a printed record, and every entry of others.

    The chains note each other, so the order of their entries is known without clocks: what an entry notes was there
    before it, and after an anchor no entry of the anchored chain notes less than that.
    """

    held: Sequence[Head] = ()
    noted: list[Head] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    digests: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    instance: list[str] = field(default_factory=lambda: [chain.genesis(INSTANCE)])
    anchors: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)
    rewritten: list[tuple[int, StoredEntry]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.digests = {(head.stream, head.sequence): [] for head in self.held}

    def read(self, entry: StoredEntry) -> None:
        """Remember the head that an anchor notes; its own chain is read later. Compare what the others note."""
        if entry.stream != INSTANCE:
            self._compare(entry)
        elif entry.kind == HeadAnchored.kind:
            stream, sequence, digest = (entry.field(name) for name in ("chain", "sequence", "digest"))
            if isinstance(stream, str) and isinstance(sequence, int) and isinstance(digest, str):
                self.noted.append(Head(stream, sequence, digest))
                self.digests.setdefault((stream, sequence), [])
                self.anchors.setdefault(stream, []).append((sequence, entry.sequence))
            else:
                self.faults.append(entry.fault("it notes no head of a chain"))

    def _compare(self, entry: StoredEntry) -> None:
        length, head = entry.instance_length, entry.body[INSTANCE]["head"]
        if not 0 <= length < len(self.instance) or self.instance[length] != head:
            self.rewritten.append((length - 1, entry))
            return
        anchors = self.anchors.get(entry.stream, [])
        earlier = bisect_left(anchors, (entry.sequence, 0))
        least = max(self.lengths.get(entry.stream, 0), anchors[earlier - 1][1] + 1 if earlier else 0)
        if length < least:
            self.faults.append(entry.fault("it notes the instance chain of another time than its place tells"))
        self.lengths[entry.stream] = max(least, length)

    def see(self, row: Columns) -> None:
        """Remember the digest of an entry that somebody noted as a head, or may note."""
        if row.stream_id == INSTANCE:
            self.instance.append(row.digest)
        if (row.stream_id, row.sequence) in self.digests:
            self.digests[row.stream_id, row.sequence].append(row.digest)

    def otherwise(self) -> Iterator[Fault]:
        """The earliest entry of the instance's chain that entries of another chain noted otherwise."""
        for sequence, entry in sorted(self.rewritten, key=lambda found: found[0])[:1]:
            what = f"the instance chain was another up to here; {entry.stream} noted it so in entry {entry.sequence}"
            yield Fault(INSTANCE, max(0, sequence), what)

    def missing(self, heads: Iterable[Head], otherwise: str) -> Iterator[Fault]:
        """Heads that are no longer part of their chain: cut off, rewritten or vanished."""
        for head in heads:
            digests = self.digests[head.stream, head.sequence]
            if digests == [head.digest]:
                continue
            if digests:
                yield Fault(head.stream, head.sequence, f"the entry was rewritten; {otherwise}")
            elif Entry.objects.filter(stream_id=head.stream).exists():
                yield Fault(head.stream, head.sequence, f"the entry is gone; {otherwise}")
            else:
                yield Fault(head.stream, None, f"the whole chain is gone; {otherwise}")


def faults(
    held: Iterable[Head] = (),
    progress: Callable[[int], None] = lambda entries: None,
    readers: Sequence[EntryReader] = (),
) -> Iterator[Fault]:
    """Recompute every chain and compare it with its openings, the anchors and the heads somebody holds.

    `progress` is told how many entries were read since it was last told; `readers` read every entry on the way.
    """
    heads = Heads(tuple(held))
    found: list[Fault] = []
    streams = sorted(Stream.objects.all(), key=lambda stream: (stream.name != INSTANCE, str(stream.name)))
    for stream in streams:
        found += chain_faults(stream, progress, (*readers, heads), heads)
    # The instance chain only noted where the others ended: what is wrong with them comes first.
    yield from sorted(found, key=lambda fault: fault.stream == INSTANCE)
    for (name,) in fetched(LOOSE_ENTRIES):
        yield Fault(name, None, "entries without a stream")
    yield from heads.faults
    yield from heads.missing(heads.noted, "the instance chain noted it otherwise")
    yield from _unnoted(streams, heads.noted)
    yield from heads.otherwise()
    yield from heads.missing(heads.held, "the head you hold says otherwise")


def chain_faults(
    stream: Stream,
    progress: Callable[[int], None] = lambda entries: None,
    readers: Sequence[EntryReader] = (),
    heads: Heads | None = None,
) -> list[Fault]:
    """Everything wrong inside one chain."""
    walk = chain.Walk(stream.name)
    for batch in batched(_columns(stream)):
        openings = _openings([row.id for row in batch])
        for row in batch:
            if heads:
                heads.see(row)
            body = walk.step(row, openings.get(row.id, {}))
            if body is not None:
                entry = StoredEntry(*row[1:5], row.actor or "", body, openings.get(row.id, {}))
                walk.faults += _read(entry, readers)
        progress(len(batch))
    found = walk.close(stream.length, stream.head)
    if str(walk.at) > timestamp(timezone.now() + AHEAD):
        found.append(Fault(stream.name, walk.length - 1, f"it is dated {walk.at}: a clock was ahead, or is behind now"))
    if not found and walk.at != stream.last_at:
        found = [Fault(stream.name, None, f"the stream says its last entry is of {stream.last_at}, not of {walk.at}")]
    return found


def _read(entry: StoredEntry, readers: Iterable[EntryReader]) -> Iterator[Fault]:
    """Give an entry to all who read along; what one of them cannot understand is a fault and stops no other."""
    for reader in readers:
        try:
            reader.read(entry)
        except UNREADABLE as error:
            yield entry.fault(f"what it says cannot be understood ({type(error).__name__})")


def anchors() -> list[Head]:
    """The heads that the instance chain noted, oldest first."""
    heads = Heads()
    for instance in Stream.objects.filter(name=INSTANCE):
        chain_faults(instance, readers=[heads])
    return heads.noted


def batched(rows: Iterable[T], size: int = 0) -> Iterator[list[T]]:
    """`rows` in lists of at most `size`, so that a long chain is never in memory at once."""
    remaining = iter(rows)
    while batch := list(islice(remaining, size or BATCH)):
        yield batch


def _unnoted(streams: Iterable[Stream], heads: Iterable[Head]) -> Iterator[Fault]:
    """Streams whose own row says the instance chain noted more than it does."""
    noted = {head.stream: head.sequence + 1 for head in heads}
    for stream in streams:
        length = stream.anchored_length
        if length != noted.get(stream.name, 0):
            what = f"it should note the first {length} entries of {stream.name}, it notes {noted.get(stream.name, 0)}"
            yield Fault(INSTANCE, None, what)


def _columns(stream: Stream) -> Iterator[Columns]:
    """The entries of a stream as they are stored, whatever is stored there."""
    written = WRITTEN[connection.vendor]
    statement = ENTRIES.format(actor=written.format("actor"), item=written.format("item"))
    for rows in streamed(statement, stream.name, size=BATCH, few=stream.length in range(BATCH + 1)):
        for row in rows:
            found = Columns(*row)
            yield found._replace(actor=dashed(found.actor), item=dashed(found.item))


def _openings(entries: list[int]) -> dict[int, dict[str, tuple[Any, str]]]:
    """(value, salt) by path by entry; a value that is not JSON any more is None, which no entry commits to."""
    found: dict[int, dict[str, tuple[Any, str]]] = {}
    is_one, ids = one_of(entries)
    statement = OPENINGS.format(value=WRITTEN[connection.vendor].format("value"), is_one=is_one)
    for entry, path, written, salt in fetched(statement, ids):
        found.setdefault(entry, {})[path] = (_json(written), salt)
    return found


def _json(written: Any) -> Any:
    try:
        return chain.decode(written)
    except (ValueError, TypeError, RecursionError):
        return None


def dashed(stored: Any) -> str | None:
    """A UUID as the ledger writes it; SQLite keeps 32 lower-case digits, and any other spelling stays another one."""
    if stored is None or connection.features.has_native_uuid_field:
        return stored
    return f"{stored[:8]}-{stored[8:12]}-{stored[12:16]}-{stored[16:20]}-{stored[20:]}"
