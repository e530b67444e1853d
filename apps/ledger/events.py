"""How an app says what happened: a small frozen class, registered under its past-tense name with its sentence.

    @event("item.signed", "turned a key of item {title}")
    class ItemSigned(Event):
        \"\"\"One person turned a key of an item.\"\"\"
        item: UUID
        title: str = committed()

Fields made with `committed()` are names and free text: the entry holds a salted commitment,
the value lies beside it and can be taken away one day without breaking the chain.
"""

import dataclasses
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, TypeVar, dataclass_transform
from uuid import UUID

from apps.core.wording import folded, isolated, timestamp, without_isolates

from .chain import ACTOR_NAME, HOISTED, ROWS, WORDS, require_exact

E = TypeVar("E", bound="Event")


class Event:
    """What every event is: a kind and a sentence, which `@event` gives it."""

    kind: ClassVar[str]
    words = ""

    def text(self) -> str:
        """What happened, past tense, without the actor: "turned key 1 of item 12"; its own where fields decide it."""
        if not self.words:
            raise NotImplementedError
        return self.words.format(**vars(self))


REGISTRY: dict[str, type["Event"]] = {}


def committed(**kwargs: Any) -> Any:
    """A field whose value is committed to instead of written into the entry."""
    return dataclasses.field(metadata={"committed": True}, **kwargs)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(committed, dataclasses.field))
def event(kind: str, words: str = "") -> Callable[[type[E]], type[E]]:
    """Make a class the event `kind`: frozen, keyword-only, and found again when history is read.

    words: its sentence, with fields in braces; left out where the class has a `text` of its own.
    """

    def register(cls: type[E]) -> type[E]:
        if kind in REGISTRY:
            raise ValueError(f"two events are called {kind}")
        made = dataclasses.dataclass(frozen=True, kw_only=True)(cls)
        if taken := {ROWS, ACTOR_NAME, WORDS} & cls.__annotations__.keys():
            raise ValueError(f"{kind}: “{taken.pop()}” is what an entry itself says")
        made.kind, made.words = kind, words
        REGISTRY[kind] = made
        return made

    return register


def split(recorded: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Part an event into (top-level fields, data, committed texts), all of them JSON values."""
    top: dict[str, Any] = {}
    data: dict[str, Any] = {}
    texts: dict[str, Any] = {}
    for field in dataclasses.fields(recorded):
        value = plain(getattr(recorded, field.name))
        home = texts if field.metadata.get("committed") else top if field.name in HOISTED else data
        home[field.name] = value
    return top, data, texts


def sentence(body: Mapping[str, Any], texts: Mapping[str, Any]) -> str:
    """What an entry says happened, in words; unknown kinds and missing texts read plainly."""
    cls = REGISTRY.get(body["type"])
    if cls is None:
        return str(body["type"])
    values = {}
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]  # every event is a dataclass
        if field.metadata.get("committed"):
            text = texts.get(field.name, "…")
            values[field.name] = isolated(text) if isinstance(text, str) else text
        else:
            values[field.name] = body.get("data", {}).get(field.name, body.get(field.name, _default(field)))
    return str(cls(**values).text())


def words(sequence: int, who: str, text: str) -> str:
    """What a search of the history compares: number, actor and sentence of an entry, folded, without isolates."""
    return folded(without_isolates(f"{sequence} {who} {text}"))


def _default(field: "dataclasses.Field[Any]") -> Any:
    """What a field says in entries that were written before it existed."""
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return None if field.default is dataclasses.MISSING else field.default


def plain(value: Any) -> Any:
    """`value` as JSON can say it: ids and times as strings, everything else unchanged."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    require_exact(value)
    return value


@event("head.anchored", "anchored {chain} at entry {sequence}")
class HeadAnchored(Event):
    """The instance chain noted where another chain ended."""

    chain: str
    sequence: int
    digest: str
