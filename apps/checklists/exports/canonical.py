"""Plain values from anywhere as a version's content: each field checked, in its one form, defaults filled in."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from apps.checklists.markdown.attributes import is_name
from apps.checklists.markdown.properties import EVIDENCE_KINDS, LONGEST_ROLE, LONGEST_WORD, MOST_DAYS, MOST_MINUTES
from apps.checklists.rules.conditions import condition_of
from apps.checklists.rules.fill_ins import fill_in
from apps.checklists.rules.keys import assign
from apps.checklists.rules.parameters import parameter, text_of
from apps.checklists.rules.variables import variable
from apps.core.storable import require_storable

Values = Mapping[str, Any]
DEEPEST_ITEM = 3
SHEET_KINDS = ("text", "date", "choice")  # of the blanks of a sign-off sheet


def content(values: object) -> dict[str, Any]:
    """The content that plain values say. ValueError says what is wrong, and where."""
    require_storable(values)
    own = _mapping(values, "The checklist")
    sections = [_mapping(each, "A section") for each in _list(own, "sections")]
    items = [[_mapping(each, "An item") for each in _list(section, "items")] for section in sections]
    keys = assign([(str(each.get("key") or ""), line(each.get("title"))) for each in sections], "section")
    item_keys = iter(
        assign([(str(one.get("key") or ""), line(one.get("title"))) for each in items for one in each], "item")
    )
    made: list[dict[str, Any]] = []
    for key, section, below in zip(keys, sections, items, strict=True):
        listed = _items(below, item_keys)
        unread = _unread(section, ["", *(item["key"] for item in listed)])
        made.append({**_section(section, key, made), "unread": unread, "items": listed})
    _only(own, {"keyturn", "title", "occasion", "source", "guidance", "tiers", "parameters", "variables",
                "sign_off_fields", "unread", "sections"}, "The checklist")  # fmt: skip
    return {
        "title": line(own.get("title")) or "Untitled checklist",
        "occasion": text_of(own.get("occasion"))[:200].strip(),
        "source": text_of(own.get("source"))[:500].strip(),
        "guidance": block(own.get("guidance")),
        "tiers": [tier[:40].strip() for tier in _words(own, "tiers")],
        "parameters": _unique([parameter(_mapping(one, "A parameter")).values() for one in _list(own, "parameters")]),
        "variables": _unique([variable(_mapping(one, "A variable")).values() for one in _list(own, "variables")]),
        "sign_off_fields": [_sheet_field(_mapping(one, "A field")) for one in _list(own, "sign_off_fields")],
        "unread": _unread(own, [""]),
        "sections": made,
    }


def line(value: object) -> str:
    """A title: a text of one line."""
    return text_of(value)[:200].strip()


def block(value: object) -> str:
    """A text of any lines, without blank ones around it."""
    lines = str(value or "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    return "\n".join(lines)


SECTION = {"key", "title", "parent", "depth", "guidance", "commands", "attributes", "unread", "items"}


def _section(values: Values, key: str, before: Sequence[Values]) -> dict[str, Any]:
    title = line(values.get("title")) or "Untitled"
    where = f"The section “{title}”"
    _only(values, SECTION, where)
    depth = _number(values, "depth", 1, 99, where) or 1
    parent = next((each for each in reversed(before) if each["depth"] < depth), None)
    return {
        "key": key,
        "title": title,
        "parent": parent["title"] if parent else "",
        "depth": parent["depth"] + 1 if parent else 1,
        "guidance": block(values.get("guidance")),
        "commands": _commands(values),
        "attributes": _attributes(values, where),
    }


def _items(below: Sequence[Values], keys: Iterator[str]) -> list[dict[str, Any]]:
    """The items of a section, none more than one step deeper than the one above it."""
    made: list[dict[str, Any]] = []
    for values in below:
        item = _item(values, next(keys))
        made.append({**item, "depth": min(item["depth"], made[-1]["depth"] + 1 if made else 0)})
    return made


ITEM = {
    "key", "title", "text", "commands", "fill_ins", "critical", "keys", "passkey", "depth", "evidence_kinds",
    "max_age_days", "probe", "conditions", "owner_role", "controls", "links", "minutes", "tiers", "paths", "attributes",
}  # fmt: skip


def _item(values: Values, key: str) -> dict[str, Any]:
    title = line(values.get("title")) or "Untitled"
    where = f"The item “{title}”"
    _only(values, ITEM, where)
    critical = values.get("critical") in (True, "yes")
    keys = _number(values, "keys", 1, 4, where) or 2
    return {
        "key": key,
        "title": title,
        "text": block(values.get("text")),
        "commands": _commands(values),
        "fill_ins": [_at(where, fill_in, one) for one in _list(values, "fill_ins")],
        "critical": critical,
        "keys": max(keys, 2) if critical else keys,
        "passkey": values.get("passkey") in (True, "yes"),
        "depth": _number(values, "depth", 0, DEEPEST_ITEM, where) or 0,
        "evidence_kinds": [kind for kind in _words(values, "evidence_kinds") if _known(kind, where)],
        "max_age_days": _number(values, "max_age_days", 1, MOST_DAYS, where),
        "probe": _probe(values.get("probe"), where),
        "conditions": [_at(where, condition_of, one) for one in _list(values, "conditions")],
        "owner_role": text_of(values.get("owner_role"))[:LONGEST_ROLE].strip(),
        "controls": _words(values, "controls"),
        "links": [_link(_mapping(one, "A link")) for one in _list(values, "links")],
        "minutes": _number(values, "minutes", 1, MOST_MINUTES, where),
        "tiers": _words(values, "tiers"),
        "paths": _words(values, "paths"),
        "attributes": _attributes(values, where),
    }


# Single fields


def _mapping(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise ValueError(f"{what} has to be names with values. Compare it with an export of any template.")
    return value


def _list(values: Values, name: str) -> list[Any]:
    found = values.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise ValueError(f"“{name}” has to be a list. Compare it with an export of any template.")
    return found


def _only(values: Values, known: set[str], where: str) -> None:
    odd = [name for name in values if name not in known]
    if odd:
        raise ValueError(f"{where} has a field “{odd[0][:40]}” that Keyturn does not know. Remove it, or correct it.")


def _at(where: str, make: Callable[[Values], Any], value: object) -> dict[str, Any]:
    """One of an item's fill-ins or conditions as plain values."""
    try:
        made = make(_mapping(value, "Each of its lines"))
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error
    found: dict[str, Any] = made.values() if callable(getattr(made, "values", None)) else made.as_values()
    return found


def _unique(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = [one["name"] for one in values]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"Two of them are called {twice}. Rename one.")
    return values


def _number(values: Values, name: str, least: int, most: int, where: str) -> int | None:
    value = values.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,6}", str(value)) or not least <= int(str(value)) <= most:
        raise ValueError(f"{where} has “{name}” {str(value)[:40]}; it is a whole number from {least} to {most:,}.")
    return int(str(value))


def _words(values: Values, name: str) -> list[str]:
    return list(dict.fromkeys(word for one in _list(values, name) if (word := text_of(one)[:LONGEST_WORD].strip())))


def _known(kind: str, where: str) -> bool:
    if kind not in EVIDENCE_KINDS:
        raise ValueError(f"{where}: “{kind[:40]}” is no kind of evidence. Choose among {', '.join(EVIDENCE_KINDS)}.")
    return True


def _commands(values: Values) -> list[str]:
    texts = (str(one).replace("\r\n", "\n").replace("\r", "\n") for one in _list(values, "commands"))
    return [text for text in texts if text.strip()]


def _sheet_field(values: Values) -> dict[str, Any]:
    made = fill_in(values)
    kind = made.kind if made.kind in SHEET_KINDS else "text"
    return {"label": made.label, "kind": kind, "options": list(made.options)}


def _link(values: Values) -> dict[str, str]:
    text, url = text_of(values.get("text")), "".join(str(values.get("url") or "").split())
    if not url:
        raise ValueError(f"The link “{text[:60]}” has no address. Give it one, or remove it.")
    return {"text": text or url, "url": url}


def _probe(value: object, where: str) -> dict[str, Any] | None:
    if not value:
        return None
    own = _mapping(value, f"The probe of {where[0].lower()}{where[1:]}")
    settings = _mapping(own.get("settings") or {}, "Settings of a probe")
    if odd := [name for name in settings if not is_name(name)]:
        raise ValueError(f"{where}: “{odd[0][:40]}” cannot name a setting of a probe. Use small letters and hyphens.")
    return {"kind": text_of(own.get("kind")), "settings": {name: str(one) for name, one in settings.items()}}


def _attributes(values: Values, where: str) -> list[list[str]]:
    found = [one for one in _list(values, "attributes") if isinstance(one, list)]
    if any(len(one) not in (1, 2) or not is_name(str(one[0])) for one in found):
        raise ValueError(f"{where} has attributes that are no names with values. Compare it with an export.")
    return [[str(part) for part in one] for one in found]


def _unread(values: Values, keys: Sequence[str]) -> list[dict[str, str]]:
    """Texts that were not understood, in the order of what they stand after."""
    found = [_mapping(one, "A text that was not understood") for one in _list(values, "unread")]
    places = {key: at for at, key in enumerate(keys)}
    texts = [(places.get(str(one.get("after")), 0), block(one.get("text"))) for one in found]
    return [{"after": keys[at], "text": text} for at, text in sorted(texts, key=lambda pair: pair[0]) if text]
