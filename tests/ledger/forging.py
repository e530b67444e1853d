"""What somebody with the database's password can do to a chain who knows how Keyturn works."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import models

from apps.ledger import chain, proofs
from apps.ledger.models import Entry, Opening, Stream

Bodies = list[dict[str, Any]]


def rewrite(stream: str, change: Callable[[Bodies], Bodies | None]) -> None:
    """Change the entries of a chain and make everything fit again: numbers, commitments, digests, the stream's row.

    Each body carries its texts under "texts" while `change` works on it.
    """
    bodies = [json.loads(entry.body) | {"texts": _texts(entry)} for entry in _entries(stream)]
    bodies = change(bodies) or bodies
    Opening.objects.filter(entry__stream=stream)._raw_delete("default")
    Entry.objects.filter(stream=stream)._raw_delete("default")
    previous = chain.genesis(stream)
    for sequence, body in enumerate(bodies):
        previous = _store(stream, sequence, previous, body)
    at = bodies[-1]["at"] if bodies else ""
    Stream.objects.filter(pk=stream).update(length=len(bodies), head=previous, last_at=at)


def prove(stream: str, row: models.Model) -> None:
    """Restate what the last entry that told of a row proves of it."""
    how = proofs.proved(type(row))
    key = how.key(row.pk)

    def restate(bodies: Bodies) -> None:
        body = [body for body in bodies if key in body.get("rows", {})][-1]
        values = how.values(how.read(row))
        proof = proofs.proof(bytes.fromhex(body["texts"]["rows"][0]), key, values)
        body["rows"][key] = proofs.statement(how, values, proof)

    rewrite(stream, restate)


def erase(stream: str) -> None:
    """Remove a chain without a trace."""
    Opening.objects.filter(entry__stream=stream)._raw_delete("default")
    Entry.objects.filter(stream=stream)._raw_delete("default")
    Stream.objects.filter(pk=stream)._raw_delete("default")


def rewrite_anchors(stream: str) -> None:
    """Make the instance chain note the present head of `stream` wherever it noted another one."""
    entries = {entry.sequence: entry.digest for entry in _entries(stream)}

    def renote(bodies: Bodies) -> None:
        for body in bodies:
            if body["type"] == "head.anchored" and body["data"]["chain"] == stream:
                body["data"]["digest"] = entries[body["data"]["sequence"]]

    rewrite(chain.INSTANCE, renote)


def _entries(stream: str) -> list[Entry]:
    return list(Entry.objects.filter(stream=stream).order_by("sequence").prefetch_related("openings"))


def _texts(entry: Entry) -> dict[str, tuple[Any, str]]:
    return {opening.path: (opening.value, opening.salt) for opening in entry.openings.all()}


def _store(stream: str, sequence: int, previous: str, body: dict[str, Any]) -> str:
    texts = body.pop("texts")
    commit = {path: chain.commitment(salt, sequence, path, value) for path, (value, salt) in texts.items()}
    raw = chain.canonical(body | {"seq": sequence, "prev": previous, "commit": commit})
    entry = Entry.objects.create(
        stream_id=stream,
        sequence=sequence,
        kind=body["type"],
        at=body["at"],
        actor=UUID(body["actor"]),
        item=UUID(body["item"]) if body.get("item") else None,
        previous=previous,
        digest=chain.digest(raw),
        body=raw.decode(),
    )
    Opening.objects.bulk_create(
        Opening(entry=entry, path=path, value=value, salt=salt) for path, (value, salt) in texts.items()
    )
    return entry.digest
