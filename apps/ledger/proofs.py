"""What proves a row: a keyed digest over the facts in its columns (docs/decisions/0021-rows-prove-themselves.md).

The facts of a row are all its concrete columns, by a rule and not by a list. A model may say, as class attributes,

    unproved = {"version": "counts redraws"}   columns that are left out, each with the reason; {"*": "…"} for all
    proved_also = ("result",)                  properties that count as columns
    proved_as = {"name": "title"}              a column that was renamed, and what it was called before
    shown = ("slot", "signer_id")              columns that stand readable in the entry beside the proof

A column that holds its default is left out of the facts, so that a column added later changes no proof.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from operator import attrgetter
from typing import Any, NamedTuple

from django.apps import apps
from django.db import models

from . import chain

ALL = "*"
LIBRARIES = ("django.", "allauth.")  # what of theirs counts has a proxy of ours, as apps.factors.Factor
NEVER = object()  # equals no value: a column without a fixed default is never left out
CONTAINERS = (dict, list)


@dataclass(frozen=True)
class Fact:
    """One column as it is proved: its name in the proof, where to read it, how to write it, when to leave it out."""

    name: str
    attribute: str
    write: Callable[[Any], Any] | None
    default: Any
    field: Any = None


@dataclass(frozen=True)
class Proved:
    """How rows of one model are proved."""

    model: type[models.Model]
    label: str
    facts: tuple[Fact, ...]
    shown: frozenset[str]
    read: Callable[[Any], tuple[Any, ...]]

    @property
    def is_plain(self) -> bool:
        """Whether columns alone are proved, so that rows need not become instances."""
        return not getattr(self.model, "proved_also", ())

    def key(self, pk: Any) -> str:
        """What a row is called in an entry: "deployments.item/6b0c…"."""
        return f"{self.label}/{pk}"

    @cached_property
    def written(self) -> tuple[tuple[str, Callable[[Any], Any] | None, Any], ...]:
        """Of each fact its name, how it is written, and when it is left out."""
        return tuple((fact.name, fact.write, fact.default) for fact in self.facts)

    def values(self, columns: Iterable[Any]) -> dict[str, Any]:
        """The facts of a row as JSON values, from its columns in the order of `facts`."""
        return {
            name: value if write is None or value is None else write(value)
            for (name, write, default), value in zip(self.written, columns, strict=True)
            if value != default
        }

    def of_shown(self, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """Those of the facts that stand readable in an entry; None where the model shows none."""
        return {name: value for name, value in values.items() if name in self.shown} if self.shown else None

    def also(self, row: Any) -> dict[str, Any]:
        """Those of its facts that are no columns."""
        found = {fact.name: getattr(row, fact.attribute) for fact in self.facts if not fact.field}
        return {name: value for name, value in found.items() if value is not None}


class Written(NamedTuple):
    """A row as its proof is made of it: its key, its facts in RFC 8785 form, and those of them that are shown.

    shown: empty where the model shows none.
    """

    key: str
    facts: str
    shown: str


class Alike:
    """Rows that differ from one another in few columns: what they share is written down once."""

    def __init__(self, row: models.Model, gaps: Mapping[str, str]) -> None:
        """`gaps` are the attributes of columns that differ, each with the name of its value; none holds its default."""
        how = self.how = proved(type(row))
        facts = how.values(how.read(row))
        names = {fact.name: gaps[fact.attribute] for fact in how.facts if fact.attribute in gaps}
        self.facts = chain.Form(facts, names)
        shown = how.of_shown(facts)
        of_shown = {fact: name for fact, name in names.items() if fact in how.shown}
        self.shown = chain.Form(shown, of_shown) if shown is not None else None
        columns = [field.attname for field in row._meta.concrete_fields]
        self.columns = [getattr(row, name) for name in columns]
        self.column_gaps = [(columns.index(attribute), name) for attribute, name in gaps.items()]

    def values(self, values: Mapping[str, Any]) -> list[Any]:
        """The columns of one of them, by the values of the gaps."""
        found = self.columns.copy()
        for place, name in self.column_gaps:
            found[place] = values[name]
        return found

    def written(self, pk: Any, texts: Mapping[str, str]) -> Written:
        """The same as its proof is made of it: `texts` are the values of the gaps in RFC 8785 form."""
        shown = self.shown.filled(texts) if self.shown else ""
        return Written(self.how.key(pk), self.facts.filled(texts), shown)


def proved(model: type[models.Model]) -> Proved:
    """How rows of `model` are proved. Raises TypeError for a kind of column nobody said how to write down."""
    return _proved(model)


@cache
def _proved(model: type[models.Model]) -> Proved:
    left_out = getattr(model, "unproved", {})
    renamed: Mapping[str, str] = getattr(model, "proved_as", {})
    facts = [
        Fact(renamed.get(field.attname, field.attname), field.attname, _writer(field), _default(field), field)
        for field in model._meta.concrete_fields
        if field.name not in left_out and not field.primary_key  # the key of the proof names it
    ]
    facts += [Fact(name, name, None, None) for name in getattr(model, "proved_also", ())]
    return Proved(
        model=model,
        label=model._meta.label_lower,
        facts=tuple(facts),
        shown=frozenset(renamed.get(name, name) for name in getattr(model, "shown", ())),
        read=_reader([fact.attribute for fact in facts]),
    )


def models_with_proof() -> list[type[models.Model]]:
    """Every model whose rows the ledger proves: all but those of libraries, its own, and those that say why not."""
    return [
        model
        for model in apps.get_models()
        if not model.__module__.startswith(LIBRARIES)
        and model._meta.app_label != "ledger"
        and ALL not in getattr(model, "unproved", {})
    ]


def prove(rows: Iterable[models.Model | Written], removed: Iterable[models.Model], secret: bytes) -> str:
    """What an entry says of the rows it changed, in RFC 8785 form: by key the proof, null for a row that is gone.

    Where the model shows columns, the proof stands as {"proof": hex, "facts": {…}}. Empty where no row changed.
    """
    found: dict[str, str] = {}
    for row in rows:
        one = row if isinstance(row, Written) else written(row)
        digest = _keyed(secret, one.key, one.facts)
        found[one.key] = f'{{"facts":{one.shown},"proof":"{digest}"}}' if one.shown else f'"{digest}"'
    found |= {proved(type(row)).key(row.pk): "null" for row in removed}
    return chain.object_of(found) if found else ""


def written(row: models.Model) -> Written:
    """A row as its proof is made of it."""
    how = proved(type(row))
    values = how.values(how.read(row))
    shown = how.of_shown(values)
    return Written(how.key(row.pk), _text(values), "" if shown is None else _text(shown))


def statement(how: Proved, values: Mapping[str, Any], digest: str) -> Any:
    """The proof as it stands in an entry, with the facts the model shows."""
    shown = how.of_shown(values)
    return digest if shown is None else {"proof": digest, "facts": shown}


def proof(secret: bytes, key: str, values: Mapping[str, Any]) -> str:
    """HMAC-SHA-256 (RFC 2104) over the row's key and the RFC 8785 form of its facts, 64 lowercase hex characters."""
    return _keyed(secret, key, _text(values))


def _keyed(secret: bytes, key: str, facts: str) -> str:
    return hmac.digest(secret, f"{key}\n{facts}".encode(), "sha256").hex()


def _text(values: Mapping[str, Any]) -> str:
    return chain.encode(values).decode()


def _reader(attributes: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(attributes) > 1:
        return attrgetter(*attributes)
    return lambda row: tuple(getattr(row, name) for name in attributes)


def _default(field: Any) -> Any:
    """What a column holds that nobody filled; NEVER where each row gets a value of its own."""
    if callable(field.default) and field.default not in CONTAINERS:
        return NEVER
    return field.get_default()


def _writer(field: Any) -> Callable[[Any], Any] | None:
    """How a column's value becomes a JSON value; None where it is one."""
    if field.is_relation:
        return _writer(field.target_field)
    for kind, write in WRITERS:
        if isinstance(field, kind):
            return write
    raise TypeError(f"{field}: say in apps/ledger/proofs.py how a {type(field).__name__} is written down")


def moment(value: datetime) -> str:
    """RFC 3339 in UTC with microseconds: exactly what the database keeps."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def _json(value: Any) -> Any:
    chain.require_exact(value)
    return value


def file_digest(value: Any) -> str:
    """SHA-256 of a file's bytes, 64 lowercase hex characters."""
    return value.sha256 if isinstance(value, chain.Digested) else hashlib.sha256(value).hexdigest()


# Subclasses before what they come from.
WRITERS: tuple[tuple[type[models.Field], Callable[[Any], Any] | None], ...] = (
    (models.UUIDField, str),
    (models.DateTimeField, moment),
    (models.DateField, lambda day: day.isoformat()),
    (models.JSONField, _json),
    (models.BinaryField, file_digest),
    (models.BooleanField, None),
    (models.IntegerField, None),
    (models.CharField, None),
    (models.TextField, None),
)
