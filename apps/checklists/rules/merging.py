"""A changed document brought into what a template says: items keep their keys, and what no text states stays."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .keys import UniqueKeys
from .matching import By, Entry, match

# What people set in the studio and a wiki page has no words for, and how a text that says nothing of it is read: where
# a document leaves it so, it stays as it is.
UNSAID: Mapping[str, Any] = {
    "critical": False, "keys": 2, "passkey": False, "evidence_kinds": [], "max_age_days": None, "probe": None,
    "conditions": [], "tiers": [], "owner_role": "", "controls": [], "links": [], "minutes": None, "paths": [],
    "attributes": [], "fill_ins": [],
}  # fmt: skip
UNSAID_OF_VERSION = ("guidance", "occasion", "source", "tiers", "sign_off_fields")
NAMED = ("parameters", "variables")  # lists of which each entry has a name

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Merged:
    """What the template would say, and by what each of its old items was recognised, by key."""

    content: dict[str, Any]
    recognised: Mapping[str, By]


def merged(old: Content, new: Content, *, exact: bool = False, apart: Collection[str] = ()) -> Merged:
    """The content `new` with the keys of `old`, where an item or section is the same.

    exact: `new` is an export of ours, which says everything and carries keys; otherwise what it leaves unsaid stays as
    it is in `old`. apart: keys of old items that somebody said are none of the new ones.
    """
    items = _keyed(old, new, "item", exact, apart)
    sections = _keyed(old, new, "section", exact, ())
    before = {item["key"]: item for item in _items(old)}
    attributes = {section["key"]: section["attributes"] for section in old["sections"]}
    keys = iter(items.keys)
    made = []
    for section, key in zip(new["sections"], sections.keys, strict=True):
        own = [_renamed(item, next(keys), items.renamed) for item in section["items"]]
        if not exact:
            own = [_completed(item, before.get(item["key"], {})) for item in own]
        made.append({
            **section,
            "key": key,
            "attributes": section["attributes"] or ([] if exact else attributes.get(key, [])),
            "unread": [{**one, "after": items.renamed.get(one["after"], one["after"])} for one in section["unread"]],
            "items": own,
        })  # fmt: skip
    content = {**new, "sections": made}
    return Merged(content if exact else _version(old, content), items.recognised)


@dataclass(frozen=True, slots=True)
class _Keys:
    """The key each new part gets, in order; renamed: by the one it came with; recognised: by key of the old part."""

    keys: Sequence[str]
    renamed: Mapping[str, str]
    recognised: Mapping[str, By]


def _items(content: Content) -> list[Mapping[str, Any]]:
    return [item for section in content["sections"] for item in section["items"]]


def _entries(content: Content, kind: str, *, exact: bool) -> list[Entry]:
    """What parts are recognised by. Only an export carries keys: those of other texts are made from their titles."""
    if kind == "section":
        return [Entry(one["key"] if exact else "", one["title"], one["guidance"], one["parent"])
                for one in content["sections"]]  # fmt: skip
    return [
        Entry(item["key"] if exact else "", item["title"], item["text"], section["title"])
        for section in content["sections"]
        for item in section["items"]
    ]


def _keyed(old: Content, new: Content, kind: str, exact: bool, apart: Collection[str]) -> _Keys:
    """A key for each new part: that of the old one it is, otherwise one that no part of either has or had."""
    parts = {"item": _items, "section": lambda content: content["sections"]}[kind]
    known = [part["key"] for part in parts(old)]
    candidates = [(key, entry) for key, entry in zip(known, _entries(old, kind, exact=exact), strict=True)
                  if key not in apart]  # fmt: skip
    found = {one.new: one for one in match([entry for _, entry in candidates], _entries(new, kind, exact=exact))}
    unique = UniqueKeys(kind, known)
    keys = []
    for place, part in enumerate(parts(new)):
        if place in found:
            keys.append(candidates[found[place].old][0])
        elif exact and part["key"] not in unique.taken:
            keys.append(part["key"])
            unique.taken.add(part["key"])
        else:
            keys.append(unique.make(part["title"]))
    renamed = dict(zip((part["key"] for part in parts(new)), keys, strict=True))
    return _Keys(keys, renamed, {candidates[one.old][0]: one.by for one in found.values()})


def _renamed(item: Mapping[str, Any], key: str, renamed: Mapping[str, str]) -> dict[str, Any]:
    """A new item under its key, asking for the answers of others by theirs."""
    conditions = [
        {**one, "name": renamed.get(one["name"], one["name"])} if one["subject"] == "item" else one
        for one in item["conditions"]
    ]
    return {**item, "key": key, "conditions": conditions}


def _completed(new: dict[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """A new item with what its text left unsaid as the old one has it."""
    return {**new, **{name: old.get(name, unsaid) for name, unsaid in UNSAID.items() if new[name] == unsaid}}


def _version(old: Content, new: Mapping[str, Any]) -> dict[str, Any]:
    """The content with what a text leaves unsaid of the template: its name, limits and questions stay."""
    stays = {name: old[name] for name in UNSAID_OF_VERSION if not new[name]}
    named = {name: [*new[name], *_without(old[name], new[name])] for name in NAMED}
    return {**new, "title": old["title"], **stays, **named}


def _without(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    names = {one["name"] for one in new}
    return [one for one in old if one["name"] not in names]
