"""Ways to tamper, by name: each changes something behind the application's back and returns the place to be named."""

from collections.abc import Callable
from types import SimpleNamespace

from django.db.models import Manager, QuerySet

from apps.ledger.models import Entry

WAYS: dict[str, tuple[Callable, str]] = {}
ANCHORED = "the instance chain noted it otherwise"
GONE = "is gone from the tables"
UNTOLD = "stands in the tables and no entry tells of it"


def way(words: str) -> Callable:
    """Register a way to tamper, and what has to be said about it."""

    def register(function: Callable) -> Callable:
        WAYS[function.__name__] = (function, words)
        return function

    return register


def entry(cast: SimpleNamespace, kind: str, nth: int = 0) -> Entry:
    """The nth entry of a kind in the deployment's chain."""
    return Entry.objects.filter(stream=cast.stream, kind=kind).order_by("sequence")[nth]


def change(row: Entry, **values: object) -> str:
    """Change columns of an entry; returns its place."""
    Entry.objects.filter(pk=row.pk).update(**values)
    return place(row)


def place(row: Entry, offset: int = 0) -> str:
    """How a fault names an entry."""
    return f"{row.stream_id} entry {row.sequence + offset}: "


def update(queryset: QuerySet | Manager, **values: object) -> None:
    """Change exactly one row."""
    assert queryset.update(**values) == 1
