"""Writing to the ledger: one function, called by the commands of every other app."""

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
from .models import Entry, Stream

# As SQL text: every command comes through here, and putting these together took longer than all else in it.
STREAM = "SELECT {stream} FROM ledger_stream stream WHERE name = %s"
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
    rows: Iterable[models.Model] = (),
    removed: Iterable[models.Model] = (),
) -> Entry:
    """Append `event` to a stream, inside the caller's transaction, and announce it after commit.

    `rows` are all rows that the caller wrote, as they now are in the database; `removed` those it deleted, or is
    about to: the entry proves them (apps/ledger/proofs.py). Locks the stream until the transaction ends: lock
    everything else first.
    """
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
    stream = _locked(stream_name)
    texts[chain.WORDS] = words(stream.length, by.full_name, text)
    entry = _append(stream, event.kind, by, top, data, texts, proved)
    live.announce(stream.name, sequence=entry.sequence, items=entry.items)
    return entry


def next_sequence(stream_name: str) -> int:
    """The number that the next entry will have. Locks the stream, so that it stays true."""
    return _locked(stream_name).length


def anchor(stream_name: str, *, by: Actor) -> None:
    """Note the present head of a stream in the instance chain, unless it is noted already."""
    stream = Stream.objects.select_for_update().filter(name=stream_name).first()
    if stream is None or stream.anchored_length == stream.length:
        return
    stream.anchored_length = stream.length
    stream.save(update_fields=["anchored_length"])
    record(INSTANCE, HeadAnchored(chain=stream.name, sequence=stream.length - 1, digest=stream.head), by=by)


def _append(
    stream: Stream,
    kind: str,
    by: Actor,
    top: Mapping[str, Any],
    data: Mapping[str, Any],
    texts: Mapping[str, Any],
    proved: Mapping[str, Any],
) -> Entry:
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
    if texts:
        rows = [value for path in texts for value in (entry.id, path, json.dumps(texts[path]), salts[path])]
        fetched(OPENINGS.format(", ".join(["(%s, %s, %s, %s)"] * len(texts))), *rows)
    return entry


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


def _locked(name: str) -> Stream:
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    for [stream] in instances(STREAM + lock, name, stream=Stream):
        return stream
    Stream.objects.get_or_create(name=name, defaults={"head": chain.genesis(name)})
    return Stream.objects.select_for_update().get(pk=name)
