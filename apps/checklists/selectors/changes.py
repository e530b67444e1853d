"""Two contents of a template item by item, as pages show them: what became of each, counted, filtered and folded."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.core.paginator import Page, Paginator

from apps.checklists.models import TemplateVersion
from apps.checklists.rules.conditions import condition_of
from apps.checklists.rules.differences import Change, Differences, differences
from apps.checklists.rules.parameters import Parameter, fill, parameters_by_name
from apps.core.comparing import NamedPieces, named_pieces
from apps.core.wording import isolated, plural

KINDS = (("", "Changes"), ("added", "Added"), ("removed", "Removed"), ("changed", "Changed"), ("moved", "Moved"),
         ("all", "Everything"))  # fmt: skip
TONES = {"added": "success", "removed": "error", "changed": "warning", "moved": "", "same": ""}
EMPTY: Mapping[str, Any] = {"sections": [], "parameters": []}
IN_WORDS = {"keys": "Keys", "critical": "Critical", "passkey": "Signed with a passkey", "minutes": "Minutes",
            "owner_role": "Owner", "depth": "Level",
            "max_age_days": "Oldest evidence, days"}  # fmt: skip
LISTS = {"evidence_kinds": "Evidence", "controls": "Controls", "tiers": "Tiers", "paths": "Paths"}
PARTS_PER_PAGE = 200  # rows and folds


@dataclass(frozen=True)
class Summary:
    """What a version changes, counted."""

    before: TemplateVersion
    counts: Mapping[str, int]
    stricter: int
    looser: int
    same: int
    total: int

    @property
    def words(self) -> str:
        """What changes, as a sentence goes on: "2 new items, 1 moved, 3 stricter limits"."""
        added, removed, changed, moved = (self.counts[kind] for kind in ("added", "removed", "changed", "moved"))
        found = [
            plural(added, "new item") if added else "",
            f"{removed} removed" if removed else "",
            f"{changed} changed" if changed else "",
            f"{moved} moved" if moved else "",
            plural(self.stricter, "stricter limit") if self.stricter else "",
            plural(self.looser, "looser limit") if self.looser else "",
        ]
        return ", ".join(filter(None, found))

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes but perhaps limits."""
        return not any(self.counts.values()) and not self.stricter + self.looser


@dataclass(frozen=True)
class ChangeRow:
    """An item of either version: what became of it, its numbers before and after, and its differences to show."""

    kind: str
    key: str
    title: NamedPieces
    number: str
    details: list[tuple[str, bool, Any]]  # (label, whether it is a text of pieces, pieces or (before, after))
    item: Mapping[str, Any]
    critical: bool
    moved_from: str = ""

    @property
    def is_added(self) -> bool:
        """Whether the older version has nothing of it."""
        return self.kind == "added"

    @property
    def place(self) -> str:
        """Where it stood before, in a sentence; empty where it stayed."""
        same = ", word for word the same" if self.kind == "moved" else ""
        if self.moved_from:
            return f"Moved here from {isolated(self.moved_from)}{same}."
        return f"At another place{same}." if same else ""

    @property
    def tone(self) -> str:
        """The status colour of its tag and its tick."""
        return TONES[self.kind]


def filled(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content with the values of its parameters where texts name them: what people read and sign."""
    known = parameters_by_name(content["parameters"])
    return {**content, "sections": [
        _filled(section, known) | {"items": [_filled(item, known) for item in section["items"]]}
        for section in content["sections"]
    ]}  # fmt: skip


def _filled(part: Mapping[str, Any], known: Mapping[str, Parameter]) -> dict[str, Any]:
    texts = {name: fill(part[name], known) for name in ("title", "text", "guidance") if name in part}
    return {**part, **texts, "commands": [fill(each, known, in_command=True) for each in part["commands"]]}


def summary(before: TemplateVersion, old: Mapping[str, Any], new: Mapping[str, Any]) -> Summary:
    """What one content changes in another, counted."""
    found = differences(old, new)
    counts = {kind: len(found.of_kind(kind)) for kind in ("added", "removed", "changed", "moved")}
    stricter, looser = _limits_moved(old, new)
    total = sum(len(section["items"]) for section in new["sections"])
    same = total - counts["added"] - counts["changed"] - counts["moved"]
    return Summary(before, counts, stricter, looser, same, total)


def _limits_moved(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[int, int]:
    """How many limits got stricter, and how many looser."""
    before = {one["name"]: one for one in old["parameters"]}
    stricter = looser = 0
    for one in new["parameters"]:
        was = before.get(one["name"])
        if not was or was["unit"] != one["unit"] or not (was["value"] and one["value"]) or was["value"] == one["value"]:
            continue
        rises = float(one["value"]) > float(was["value"])
        if one["limit"] in ("below", "at_most", "above", "at_least"):
            is_stricter = rises == (one["limit"] in ("above", "at_least"))
            stricter, looser = stricter + is_stricter, looser + (not is_stricter)
    return stricter, looser


def compared(old: Mapping[str, Any], new: Mapping[str, Any], *, show: str, page: str) -> dict[str, Any]:
    """One page of what becomes of each item from one filled content to another, filtered and counted."""
    found = differences(old, new)
    rows = list(_rows(old, new, found))
    show = show if show in dict(KINDS) else ""
    pages = Paginator(_parts(old, new, rows, show), PARTS_PER_PAGE).get_page(page or 1)
    return {
        "spine": _spine(old, new, rows),
        "limits": _limits(old, new),
        "page": pages,
        "sections": _sections(old, new, pages, rows),
        "chips": [{"show": kind, "label": label, "count": _count(rows, kind), "current": kind == show}
                  for kind, label in KINDS if _count(rows, kind) or kind in ("", "all")],
        "show": show,
        "changed": _count(rows, ""),
    }  # fmt: skip


def _count(rows: Sequence[ChangeRow], kind: str) -> int:
    return sum(1 for row in rows if kind in ("all", row.kind) or (not kind and row.kind != "same"))


def _numbered(content: Mapping[str, Any]) -> dict[str, tuple[int, Mapping[str, Any], Mapping[str, Any]]]:
    """Of each item its number, its section and itself, by key."""
    pairs = [(section, item) for section in content["sections"] for item in section["items"]]
    return {item["key"]: (number, section, item) for number, (section, item) in enumerate(pairs, 1)}


def _rows(old: Mapping[str, Any], new: Mapping[str, Any], found: Differences) -> Iterator[ChangeRow]:
    """Every item of both versions, in the order of the newer one."""
    before, after = _numbered(old), _numbered(new)
    changes = {change.key: change for change in found.items}
    gone: dict[str, list[str]] = {}
    for change in found.of_kind("removed"):
        gone.setdefault(change.section, []).append(change.key)
    for section in new["sections"]:
        for item in section["items"]:
            yield _row(item["key"], changes.get(item["key"]), before, after)
        for key in gone.pop(section["key"], ()):
            yield _row(key, changes[key], before, after)
    for keys in gone.values():
        for key in keys:
            yield _row(key, changes[key], before, after)


def _row(key: str, change: Change | None, before: Any, after: Any) -> ChangeRow:
    was, now = before.get(key), after.get(key)
    _, section, item = now or was
    old = was[2] if was else item
    numbers = [str(each[0]) for each in (was, now) if each]
    kind = change.kind if change else "same"
    title = named_pieces(old["title"] if kind != "added" else "", item["title"] if kind != "removed" else "")
    moved = change and change.moved and was and was[1]["key"] != section["key"]
    return ChangeRow(
        kind,
        key,
        title,
        "→".join(dict.fromkeys(numbers)),
        list(_details(change)) if change and kind == "changed" else [],
        item,
        bool(item["critical"]),
        was[1]["title"] if moved else "",
    )


def _details(change: Change) -> Iterator[tuple[str, bool, Any]]:
    for field in change.fields:
        if field.name == "text":
            yield "Guidance", True, named_pieces(field.before, field.after)
        elif field.name == "commands":
            yield "Commands", True, named_pieces("\n".join(field.before), "\n".join(field.after))
        elif field.name in IN_WORDS:
            yield IN_WORDS[field.name], False, (_plain(field.before), _plain(field.after))
        elif field.name in LISTS:
            yield LISTS[field.name], False, (", ".join(field.before), ", ".join(field.after))
        elif field.name == "conditions":
            yield "Only when", False, tuple("; ".join(map(str, map(condition_of, each)))
                                              for each in (field.before, field.after))  # fmt: skip
        elif field.name == "fill_ins":
            yield "Fill in", False, tuple(", ".join(map(_fill_in, each)) for each in (field.before, field.after))
        elif field.name == "links":
            yield "Links", False, tuple(", ".join(f"{one['text']} ({one['url']})" for one in each)
                                           for each in (field.before, field.after))  # fmt: skip
        elif field.name != "title":
            yield field.name.replace("_", " ").capitalize(), False, (_plain(field.before), _plain(field.after))


def _fill_in(blank: Mapping[str, Any]) -> str:
    more = [blank["kind"].replace("_", "/"), blank["unit"], " or ".join(blank["options"])]
    return f"{blank['label']} ({', '.join(filter(None, more))})"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _limits(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every limit of either version that is another now."""
    before, after = (parameters_by_name(content["parameters"]) for content in (old, new))
    names = [name for name in dict.fromkeys([*after, *before]) if before.get(name) != after.get(name)]
    return [{"label": (after.get(name) or before[name]).label or name,
             "before": before[name].limit_used if name in before else "",
             "after": after[name].limit_used if name in after else ""} for name in names]  # fmt: skip


def _spine(old: Mapping[str, Any], new: Mapping[str, Any], rows: Sequence[ChangeRow]) -> list[list[tuple[bool, str]]]:
    homes = {key: section["key"] for numbered in (_numbered(old), _numbered(new))
             for key, (_, section, _) in numbered.items()}  # fmt: skip
    found: dict[str, list[tuple[bool, str]]] = {}
    for row in rows:
        found.setdefault(homes[row.key], []).append((row.critical, row.tone))
    return list(found.values())


def _parts(
    old: Mapping[str, Any], new: Mapping[str, Any], rows: Sequence[ChangeRow], show: str
) -> list[tuple[str, ChangeRow | str]]:
    """(section, row or how many stay word for word) in order."""
    before, after = _numbered(old), _numbered(new)
    found: dict[str, list[ChangeRow]] = {
        section["key"]: [] for content in (new, old) for section in content["sections"]
    }
    for row in rows:
        found[(after.get(row.key) or before[row.key])[1]["key"]].append(row)
    return [(key, part) for key, own in found.items() for part in _folded(own, show)]


def _sections(
    old: Mapping[str, Any], new: Mapping[str, Any], page: Page, rows: Sequence[ChangeRow]
) -> list[dict[str, Any]]:
    """What one page shows of each section, with how many of its items changed."""
    titles = {section["key"]: section["title"] for content in (old, new) for section in content["sections"]}
    before, after = _numbered(old), _numbered(new)
    homes = {row.key: (after.get(row.key) or before[row.key])[1]["key"] for row in rows}
    counts = Counter((homes[row.key], row.kind) for row in rows)
    return [
        {
            "key": key,
            "title": titles[key],
            "words": ", ".join(f"{counts[key, kind]} {kind}" for kind in TONES if kind != "same" and counts[key, kind]),
            "parts": [part for _, part in own],
        }
        for key, own in groupby(page, lambda pair: pair[0])
    ]


def _folded(rows: Sequence[ChangeRow], show: str) -> Iterator[ChangeRow | str]:
    """Rows to show, and in between how many stay word for word."""
    same: list[ChangeRow] = []
    for row in rows:
        if show == "all" or row.kind == show or (not show and row.kind != "same"):
            if same:
                yield _fold(same)
                same = []
            yield row
        elif row.kind == "same":
            same.append(row)
    if same:
        yield _fold(same)


def _fold(rows: Sequence[ChangeRow]) -> str:
    first, last = (row.number.rpartition("→")[2] for row in (rows[0], rows[-1]))
    if len(rows) == 1:
        return f"Item {last}, word for word"
    return f"{plural(len(rows), 'item')} from {first} to {last}, word for word"
