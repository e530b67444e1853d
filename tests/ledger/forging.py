"""What somebody with the database's password can do to a chain who knows how Keyturn works."""

import json
from collections.abc import Callable
from functools import partial
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
    bodies = _bodies(stream)
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


def rewrite_everywhere(stream: str, change: Callable[[Bodies], Bodies | None] = lambda bodies: bodies) -> None:
    """Change the entries of a chain as `rewrite` does, and make every other chain note what is there now.

    Chains note each other's heads, so they are made anew in the order in which they were written.
    """
    chains = {name: _bodies(name) for name in Stream.objects.values_list("name", flat=True)}
    before = chains[stream]
    chains[stream] = change(list(before)) or before
    remaining = {id(body) for body in chains[stream]}
    if stream == chain.INSTANCE:
        for body in (body for name, bodies in chains.items() if name != stream for body in bodies):
            noted = before[: body[chain.INSTANCE]["length"]]
            body[chain.INSTANCE]["length"] = sum(id(each) in remaining for each in noted)
    made: dict[tuple[str, int], str] = {}

    def digest(name: str, sequence: int) -> str:
        if sequence < 0:
            return chain.genesis(name)
        if (name, sequence) not in made:
            body = chains[name][sequence]
            previous = digest(name, sequence - 1)
            if chain.INSTANCE in body:
                body[chain.INSTANCE]["head"] = digest(chain.INSTANCE, body[chain.INSTANCE]["length"] - 1)
            if body["type"] == "head.anchored":
                body["data"]["digest"] = digest(body["data"]["chain"], body["data"]["sequence"])
            made[name, sequence] = chain.digest(_raw(body, sequence, previous))
        return made[name, sequence]

    for name, bodies in chains.items():
        digest(name, len(bodies) - 1)
        rewrite(name, partial(_instead, bodies))


def _instead(bodies: Bodies, _stored: Bodies) -> Bodies:
    return bodies


def _bodies(stream: str) -> Bodies:
    return [json.loads(entry.body) | {"texts": _texts(entry)} for entry in _entries(stream)]


def _raw(body: dict[str, Any], sequence: int, previous: str) -> bytes:
    texts = body["texts"]
    commit = {path: chain.commitment(salt, sequence, path, value) for path, (value, salt) in texts.items()}
    stored = {name: value for name, value in body.items() if name != "texts"}
    return chain.canonical(stored | {"seq": sequence, "prev": previous, "commit": commit})


def _entries(stream: str) -> list[Entry]:
    return list(Entry.objects.filter(stream=stream).order_by("sequence").prefetch_related("openings"))


def _texts(entry: Entry) -> dict[str, tuple[Any, str]]:
    return {opening.path: (opening.value, opening.salt) for opening in entry.openings.all()}


def _store(stream: str, sequence: int, previous: str, body: dict[str, Any]) -> str:
    raw = _raw(body, sequence, previous)
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
        Opening(entry=entry, path=path, value=value, salt=salt) for path, (value, salt) in body["texts"].items()
    )
    return entry.digest
