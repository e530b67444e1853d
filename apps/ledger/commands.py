"""Writing to the ledger: one function, called by the commands of every other app."""

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain as chained
from typing import Any, Protocol
from uuid import UUID

from django.db import connection, models
from django.utils import timezone

from apps.core import VERSION
from apps.core.statements import fetched, instances
from apps.core.storable import require_storable
from apps.core.wording import timestamp
from apps.live import publish as live

from . import chain, proofs
from .events import Event, HeadAnchored, sentence, split, words
from .models import Entry, Opening, Stream, items_in
from .proofs import Written

# As SQL text: every command comes through here, and putting these together took longer than all else in it.
STREAM = "SELECT {stream} FROM ledger_stream stream WHERE name = %s"
NEW_STREAM = (
    "INSERT INTO ledger_stream (name, length, head, last_at, anchored_length) VALUES (%s, 0, %s, '', 0) RETURNING name"
)
ANCHOR = (
    "UPDATE ledger_stream SET anchored_length = length WHERE name = %s AND anchored_length <> length "
    "RETURNING length, head"
)
ENTRY = (
    "INSERT INTO ledger_entry (stream_id, sequence, kind, at, actor, item, previous, digest, body) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id"
)
OPENINGS = "INSERT INTO ledger_opening (entry_id, path, value, salt) VALUES {} RETURNING id"
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


def next_sequence(stream_name: str) -> int:
    """The number that the next entry will have. Locks the stream, so that it stays true."""
    return _locked(stream_name).length


def anchor(stream_name: str, *, by: Actor) -> None:
    """Note the present head of a stream in the instance chain, unless it is noted already."""
    _open(_anchor(stream_name, by))


def _anchor(stream_name: str, by: Actor) -> list[Opening]:
    for length, head in fetched(ANCHOR, stream_name):
        return _record(INSTANCE, HeadAnchored(chain=stream_name, sequence=length - 1, digest=head), by=by)[1]
    return []


def _record(
    stream_name: str,
    event: Event,
    *,
    by: Actor,
    rows: Iterable[models.Model | Written] = (),
    removed: Iterable[models.Model] = (),
    begins: bool = False,
) -> tuple[Entry, list[Opening]]:
    """The stored entry, and its openings, which are not stored yet."""
    if not connection.in_atomic_block:
        raise RuntimeError("ledger.record belongs inside the transaction of the change it records")
    secret = secrets.token_bytes(32)
    proved = proofs.prove(rows, removed, secret)
    top, data, texts = split(event)
    require_storable((data, texts))  # as JSON, whose escapes no statement is looked through for
    texts[chain.ACTOR_NAME] = by.full_name
    if proved:
        texts[ROWS] = secret.hex()
    text = sentence({"type": event.kind, "data": data, **top}, texts)
    stream = _begun(stream_name) if begins else _locked(stream_name)
    texts[chain.WORDS] = words(stream.length, by.full_name, text)
    entry, openings = _append(stream, event.kind, by, top, data, texts, proved)
    live.announce(stream.name, sequence=entry.sequence, items=items_in(top.get("item"), data))
    return entry, openings


def _append(
    stream: Stream,
    kind: str,
    by: Actor,
    top: Mapping[str, Any],
    data: Mapping[str, Any],
    texts: Mapping[str, Any],
    proved: Mapping[str, Any],
) -> tuple[Entry, list[Opening]]:
    """Write the next entry; the database moves the stream's head to it (guard `ledger_entry_advances`)."""
    salts = {path: secrets.token_hex(32) for path in texts}
    body: dict[str, Any] = {
        **{name: value for name, value in top.items() if value is not None},
        "v": chain.VERSION,
        "stream": stream.name,
        "seq": stream.length,
        "prev": stream.head,
        "at": max(timestamp(timezone.now()), stream.last_at),
        "type": kind,
        "actor": str(by.id),
        "actor_kind": by.kind,
        "data": data,
        "commit": {path: chain.commitment(salts[path], stream.length, path, texts[path]) for path in texts},
        "sw": {"version": VERSION},
    }
    if proved:
        body[ROWS] = proved
    if stream.name != INSTANCE:
        body[INSTANCE] = _instance_end()
    entry = _store(stream, body, by)
    return entry, [Opening(entry=entry, path=path, value=texts[path], salt=salts[path]) for path in texts]


def _open(openings: Iterable[Opening]) -> None:
    """Store what entries commit to."""
    values = [[each.entry_id, each.path, json.dumps(each.value), each.salt] for each in openings]
    if values:
        fetched(OPENINGS.format(", ".join(["(%s, %s, %s, %s)"] * len(values))), *chained.from_iterable(values))


def _instance_end() -> dict[str, Any]:
    """How long the instance's chain is and where it ends, so that every entry says without a clock what came before.

    Asked once the stream is locked, and in a statement of its own: one that waited for the lock answers of before.
    """
    for length, head in fetched("SELECT length, head FROM ledger_stream WHERE name = %s", INSTANCE):
        return {"length": length, "head": head}
    return {"length": 0, "head": chain.genesis(INSTANCE)}


def _store(stream: Stream, body: Mapping[str, Any], by: Actor) -> Entry:
    raw = chain.encode(body)
    stored = {
        "stream_id": stream.name,
        "sequence": stream.length,
        "kind": body["type"],
        "at": body["at"],
        "actor": by.id,
        "item": UUID(body["item"]) if "item" in body else None,
        "previous": stream.head,
        "digest": chain.digest(raw),
        "body": raw.decode(),
    }
    [(pk,)] = fetched(ENTRY, *stored.values())
    return Entry(id=pk, **stored)


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
