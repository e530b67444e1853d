"""Reading the ledger for people: where chains end, what happened, what changed since a page was shown."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField

from apps.core.statements import as_uuid, fetched, list_of
from apps.core.wording import folded
from apps.ledger import chain
from apps.ledger.chain import INSTANCE
from apps.ledger.events import sentence
from apps.ledger.models import Entry, Opening, Stream

OF_MANY = "items.%"  # what events that list items in `items` are called
NAMELESS = "Somebody"  # whose name was taken away from an entry
BATCH = 500  # rows that are read and asked about at once
ITEM_HISTORY = """
SELECT e.sequence, e.at, e.kind, e.actor, e.body, e.digest, ({list_of_texts} ledger_opening o WHERE o.entry_id = e.id)
FROM (
  SELECT * FROM ledger_entry WHERE stream_id = %s AND item = %s
  UNION ALL
  SELECT * FROM ledger_entry WHERE stream_id = %s AND item IS NULL AND kind LIKE %s AND body LIKE %s
) e ORDER BY e.sequence DESC LIMIT %s
"""
DIGEST = re.compile(r"[0-9A-F]{6,64}")  # as many hex digits are taken for a part of a digest as well
JSON_VALUE = {"sqlite": "json(o.value)", "postgresql": "o.value"}


class AsText(Func):
    """A committed text as text; both engines store it as JSON."""

    output_field = TextField()
    arity = 1
    template = "(%(expressions)s #>> '{}')"

    def as_sqlite(self, compiler: Any, connection: Any, **extra_context: Any) -> Any:
        return self.as_sql(compiler, connection, template="JSON_EXTRACT(%(expressions)s, '$')", **extra_context)


@dataclass(frozen=True)
class Head:
    """The end of a chain: stream name, sequence of its last entry (-1 when empty), digest."""

    stream: str
    sequence: int
    digest: str

    def __str__(self) -> str:
        return f"{self.stream}:{self.sequence}:{self.digest}"


@dataclass(frozen=True)
class EntryText:
    """One entry as people read it; `who` is what its actor was called then, or NAMELESS."""

    sequence: int
    at: str
    kind: str
    actor: UUID
    item: UUID | None
    text: str
    digest: str
    who: str


def head(stream_name: str) -> Head:
    """Where a stream ends now."""
    for length, digest in fetched("SELECT length, head FROM ledger_stream WHERE name = %s", stream_name):
        return Head(stream_name, length - 1, digest)
    return Head(stream_name, -1, chain.genesis(stream_name))


def history(stream_name: str) -> QuerySet[Entry]:
    """The entries of a stream, oldest first, with their texts; all of them are read by `whole_history`."""
    return Entry.objects.filter(stream_id=stream_name).order_by("sequence").prefetch_related("openings")


def search_history(stream_name: str, find: str) -> QuerySet[Entry]:
    """The entries of a stream in which every word of `find` occurs: in the sentence, its actor, its number, the digest.

    The database looks through what was stored with each entry; none is put into words again for that.
    """
    stored = Opening.objects.filter(entry=OuterRef("pk"), path=chain.WORDS).annotate(text=AsText("value"))
    for word in dict.fromkeys(folded(find).split()):
        holds = Q(text__contains=word)
        stored = stored.filter(holds | Q(entry__digest__contains=word.lower()) if DIGEST.fullmatch(word) else holds)
    return history(stream_name).filter(Exists(stored))


def whole_history(stream_name: str) -> Iterator[Entry]:
    """Every entry of a stream, oldest first, with its texts: a query for so many at a time, however long it is."""
    return history(stream_name).iterator(chunk_size=BATCH)


def item_history(stream_name: str, item: UUID, most: int = 100) -> list[EntryText]:
    """The last entries of a stream that name an item, alone or among others, newest first, as sentences; one query."""
    texts_of_entry = list_of(f"o.path, {JSON_VALUE[connection.vendor]}")
    among = (stream_name, OF_MANY, f'%"{item}"%')
    rows = fetched(ITEM_HISTORY.format(list_of_texts=texts_of_entry), stream_name, item, *among, most)
    return [
        _line((sequence, at, kind, as_uuid(actor), item), body, dict(json.loads(openings)), digest)
        for sequence, at, kind, actor, body, digest, openings in rows
    ]


def lines(entries: Iterable[Entry]) -> list[EntryText]:
    """Entries as sentences."""
    return [_line((e.sequence, e.at, e.kind, e.actor, e.item), e.body, texts(e), e.digest) for e in entries]


def _line(place: tuple[int, str, str, UUID, UUID | None], body: str, texts: dict[str, Any], digest: str) -> EntryText:
    return EntryText(*place, sentence(json.loads(body), texts), digest, str(texts.get(chain.ACTOR_NAME, NAMELESS)))


def texts(entry: Entry) -> dict[str, Any]:
    """The texts an entry commits to, by path."""
    return {opening.path: opening.value for opening in entry.openings.all()}


def events_since(stream_name: str, sequence: int | None, most: int = 5) -> list[str]:
    """What happened after an entry, in a sentence each, the newest first; nothing where no entry is named."""
    if sequence is None:
        return []
    found = history(stream_name).filter(sequence__gt=sequence).order_by("-sequence")[:most]
    return [f"{line.who} {line.text.rstrip('.')}." for line in lines(found)]


def items_changed_since(stream_name: str, sequence: int, limit: int = 500) -> tuple[int, list[UUID]]:
    """(newest sequence, items named by entries after `sequence`), for a page that was away.

    No items stand for all: so it is where an entry names none, or where more than `limit` entries came.
    """
    rows = Entry.objects.filter(stream_id=stream_name, sequence__gt=sequence).order_by("sequence")
    found = list(rows.only("sequence", "item", "body")[: limit + 1])
    if len(found) > limit:
        return head(stream_name).sequence, []
    newest, named = found[-1].sequence if found else sequence, [entry.items for entry in found]
    return newest, list(dict.fromkeys(item for items in named for item in items)) if all(named) else []


def unanchored() -> list[str]:
    """Streams that moved since the instance chain last noted them."""
    moved = Stream.objects.exclude(name=INSTANCE).filter(length__gt=F("anchored_length"))
    return list(moved.order_by("name").values_list("name", flat=True))
