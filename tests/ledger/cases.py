"""Ways to tamper, by name: each changes something behind the application's back and returns the place to be named."""

import json
from collections.abc import Callable
from types import SimpleNamespace

from django.db import models
from django.db.models import QuerySet

from apps.ledger.models import Entry

CASES: dict[str, tuple[Callable, str]] = {}
ANCHORED = "the instance chain noted it otherwise"
DIFFERS = "is not as this entry proves it"
GONE = "it proves is gone from the tables"
UNPROVED = "stands in the tables and no entry proves it"


def case(words: str) -> Callable:
    """Register a way to tamper, and what has to be said about it."""

    def register(function: Callable) -> Callable:
        CASES[function.__name__] = (function, words)
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


def update(queryset: QuerySet, **values: object) -> str:
    """Change exactly one row; returns the place of the entry that proved it last."""
    row = queryset.get()
    assert queryset.model._base_manager.filter(pk=row.pk).update(**values) == 1
    return proved(row)


def delete(queryset: QuerySet) -> str:
    """Delete exactly one row; returns the place of the entry that proved it last."""
    row = queryset.get()
    where = proved(row)
    queryset.model._base_manager.filter(pk=row.pk)._raw_delete("default")
    return where


def proved(row: models.Model) -> str:
    """The place of the entry that proved a row last, found by reading the entries and nothing else."""
    key = f"{row._meta.label_lower}/{row.pk}"
    naming = Entry.objects.filter(body__contains=f'"{key}"').order_by("sequence")
    return place([entry for entry in naming if key in rows(entry)][-1])


def row_of(entry: Entry, model: type[models.Model]) -> QuerySet:
    """The row of that model that an entry proves."""
    (pk,) = [pk for label, _, pk in (key.partition("/") for key in rows(entry)) if label == model._meta.label_lower]
    return model._base_manager.filter(pk=pk)


def rows(entry: Entry) -> dict[str, object]:
    """What an entry proves."""
    return json.loads(entry.body).get("rows", {})


def earliest(*places: str) -> str:
    """The first of several places in one chain."""
    return min(places, key=lambda each: int(each.rpartition(" entry ")[2].strip(": ")))
