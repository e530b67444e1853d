"""Writing to the ledger: one function, called by the commands of every other app."""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain as chained
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.db import connection, models
from django.utils import timezone

from apps.core import VERSION
from apps.core.statements import fetched, instances, repeat
from apps.core.storable import require_storable
from apps.core.wording import timestamp
from apps.live import publish as live

from . import chain, proofs
from .events import Event, HeadAnchored, sentence, split, words
from .models import Entry, Stream, items_in
from .proofs import Written

# As SQL text: every command comes through here, and putting these together took longer than all else in it.
STREAM = "SELECT {stream} FROM ledger_stream stream WHERE name = %s"
NEW_STREAM = "INSERT INTO ledger_stream (name, length, head, last_at, anchored_length) VALUES (%s, 0, %s, '', 0)"
ANCHOR = (
    "UPDATE ledger_stream SET anchored_length = length WHERE name = %s AND anchored_length <> length "
    "RETURNING length, head"
)
ENTRY = (
    "INSERT INTO ledger_entry (stream_id, sequence, kind, at, actor, item, previous, digest, body) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
ENTRY_IDS = "SELECT id FROM ledger_entry WHERE stream_id = %s AND sequence >= %s ORDER BY sequence"
OPENINGS = "INSERT INTO ledger_opening (entry_id, path, value, salt) VALUES {}"
FEW = 16  # openings that one statement takes; one with a place for each of hundreds takes longer to read than to run
INSTANCE = chain.INSTANCE
ROWS = chain.ROWS


class Actor(Protocol):
    """Whoever acts: a person, or the system on nobody's behalf."""

    @property
    def id(self) -> UUID: ...

    @property
    def kind(self) -> str: ...

    @property
    def full_name(self) -> str: ...


@dataclass(frozen=True)
class System:
    """The actor of whatever no person did: workers, the clock."""

    id: UUID
    kind: str
    full_name: str


SYSTEM = System(UUID(int=0), "system", "Keyturn")


def record(
    stream_name: str,
    event: Event,
    *,
    by: Actor,
    rows: Iterable[models.Model | Written] = (),
    removed: Iterable[models.Model] = (),
    begins: bool = False,
    anchored: bool = False,
) -> Entry:
    """Append `event` to a stream, inside the caller's transaction, and announce it after commit.

    `rows` are all rows that the caller wrote, as they now are in the database; `removed` those it deleted, or is
    about to: the entry proves them (apps/ledger/proofs.py). Locks the stream until the transaction ends: lock
    everything else first.

    begins: it is the first entry of a new stream. anchored: the instance chain notes the new head, as by `anchor`.
    """
    entry, openings = _record(stream_name, event, by=by, rows=rows, removed=removed, begins=begins)
    if anchored:
        openings += _anchor(stream_name, by)
    _open(openings)
    return entry


def record_all(
    stream_name: str, events: Sequence[tuple[Event, Iterable[models.Model | Written]]], *, by: Actor
) -> None:
    """Append several events to one stream, each with the rows that it proves, as `record` does one after the other.

    The stream is locked once, its entries are stored by four statements, and open pages hear of all at once.
    """
    if not events:
        return
    composed = [_composed(event, by, rows) for event, rows in events]
    stream = _locked(stream_name)
    first, instance_end = stream.length, _instance_end(stream)
    entries, openings = zip(*(_next(stream, each, by, instance_end) for each in composed), strict=True)
    repeat(ENTRY, [columns.values() for columns in entries])
    ids = [pk for (pk,) in fetched(ENTRY_IDS, stream_name, first)]
    _open({"entry_id": pk, **one} for pk, of in zip(ids, openings, strict=True) for one in of)
    named = [each.items for each in composed]
    items = dict.fromkeys(chained.from_iterable(named)) if all(named) else ()  # one without any may be about all
    live.announce(stream_name, sequence=stream.length - 1, items=items)


def next_sequence(stream_name: str) -> int:
    """The number that the next entry will have. Locks the stream, so that it stays true."""
    return _locked(stream_name).length


def anchor(stream_name: str, *, by: Actor) -> None:
    """Note the present head of a stream in the instance chain, unless it is noted already."""
    _open(_anchor(stream_name, by))


def _anchor(stream_name: str, by: Actor) -> list[dict[str, Any]]:
    for length, head in fetched(ANCHOR, stream_name):
        return _record(INSTANCE, HeadAnchored(chain=stream_name, sequence=length - 1, digest=head), by=by)[1]
    return []


class _Event(NamedTuple):
    """An event as an entry will say it: its parts, the proofs of its rows in RFC 8785 form, and its sentence."""

    kind: str
    top: dict[str, Any]
    data: dict[str, Any]
    texts: dict[str, Any]
    proved: str
    sentence: str

    @property
    def items(self) -> list[UUID]:
        """The items that it is about."""
        return items_in(self.top.get("item"), self.data)


def _record(
    stream_name: str,
    event: Event,
    *,
    by: Actor,
    rows: Iterable[models.Model | Written] = (),
    removed: Iterable[models.Model] = (),
    begins: bool = False,
) -> tuple[Entry, list[dict[str, Any]]]:
    """The stored entry, and its openings, which are not stored yet."""
    composed = _composed(event, by, rows, removed)
    stream = _begun(stream_name) if begins else _locked(stream_name)
    columns, openings = _next(stream, composed, by, _instance_end(stream))
    [(pk,)] = fetched(f"{ENTRY} RETURNING id", *columns.values())
    entry = Entry(id=pk, **columns)
    live.announce(stream.name, sequence=entry.sequence, items=composed.items)
    return entry, [{"entry_id": pk, **opening} for opening in openings]


def _composed(
    event: Event, by: Actor, rows: Iterable[models.Model | Written], removed: Iterable[models.Model] = ()
) -> _Event:
    """What can be said before the stream is locked."""
    if not connection.in_atomic_block:
        raise RuntimeError("ledger.record belongs inside the transaction of the change it records")
    secret = secrets.token_bytes(32)
    proved = proofs.prove(rows, removed, secret)
    top, data, texts = split(event)
    require_storable((data, texts))  # as JSON, whose escapes no statement is looked through for
    texts[chain.ACTOR_NAME] = by.full_name
    if proved:
        texts[ROWS] = secret.hex()
    return _Event(event.kind, top, data, texts, proved, sentence({"type": event.kind, "data": data, **top}, texts))


def _next(
    stream: Stream, composed: _Event, by: Actor, instance_end: Mapping[str, Any]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The columns of the next entry and of its openings; `stream` then stands at it.

    The database moves the stored head (guard `ledger_entry_advances`).
    """
    texts = composed.texts | {chain.WORDS: words(stream.length, by.full_name, composed.sentence)}
    salts = {path: secrets.token_hex(32) for path in texts}
    body: dict[str, Any] = {
        **{name: value for name, value in composed.top.items() if value is not None},
        "v": chain.VERSION,
        "stream": stream.name,
        "seq": stream.length,
        "prev": stream.head,
        "at": max(timestamp(timezone.now()), stream.last_at),
        "type": composed.kind,
        "actor": str(by.id),
        "actor_kind": by.kind,
        "data": composed.data,
        "commit": {path: chain.commitment(salts[path], stream.length, path, texts[path]) for path in texts},
        "sw": {"version": VERSION},
    }
    if instance_end:
        body[INSTANCE] = instance_end
    columns = _columns(stream, body, composed.proved, by)
    stream.length, stream.head, stream.last_at = stream.length + 1, columns["digest"], columns["at"]
    return columns, [{"path": path, "value": value, "salt": salts[path]} for path, value in texts.items()]


def _columns(stream: Stream, body: Mapping[str, Any], proved: str, by: Actor) -> dict[str, Any]:
    text = chain.Form(body, {ROWS: ROWS} if proved else {}).filled({ROWS: proved})
    return {
        "stream_id": stream.name,
        "sequence": stream.length,
        "kind": body["type"],
        "at": body["at"],
        "actor": by.id,
        "item": UUID(body["item"]) if "item" in body else None,
        "previous": stream.head,
        "digest": chain.digest(text.encode()),
        "body": text,
    }


def _open(openings: Iterable[Mapping[str, Any]]) -> None:
    """Store what entries commit to, as columns of an opening each."""
    values = [[each["entry_id"], each["path"], json.dumps(each["value"]), each["salt"]] for each in openings]
    if len(values) > FEW:
        repeat(OPENINGS.format("(%s, %s, %s, %s)"), values)
    elif values:
        statement = OPENINGS.format(", ".join(["(%s, %s, %s, %s)"] * len(values)))
        fetched(statement, *chained.from_iterable(values))


def _instance_end(stream: Stream) -> dict[str, Any]:
    """How long the instance's chain is and where it ends, so that every entry says without a clock what came before.

    Asked once the stream is locked, and in a statement of its own: one that waited for the lock answers of before.
    Empty for the instance's own stream.
    """
    if stream.name == INSTANCE:
        return {}
    for length, head in fetched("SELECT length, head FROM ledger_stream WHERE name = %s", INSTANCE):
        return {"length": length, "head": head}
    return {"length": 0, "head": chain.genesis(INSTANCE)}


def _begun(name: str) -> Stream:
    head = chain.genesis(name)
    fetched(NEW_STREAM, name, head)
    return Stream(name=name, head=head)


def _locked(name: str) -> Stream:
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    for [stream] in instances(STREAM + lock, name, stream=Stream):
        return stream
    Stream.objects.get_or_create(name=name, defaults={"head": chain.genesis(name)})
    return Stream.objects.select_for_update().get(pk=name)
