"""What the attributes of an item mean, and the attributes that say it again."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.checklists.rules import fill_ins
from apps.checklists.rules.conditions import condition, condition_of
from apps.checklists.rules.keys import is_key
from apps.checklists.rules.parameters import text_of

from .attributes import Attributes
from .document import Field, Probe, Properties

EVIDENCE_KINDS = ("file", "link", "probe", "command", "field")
LONGEST_ROLE = 80
LONGEST_WORD = 200
MOST_DAYS, MOST_MINUTES = 3_650, 10_000
_LISTED = re.compile(r"(?:[^\\,]|\\.)+")
_BARE_NUMBER = re.compile(r"[1-9]\d{0,4}")


@dataclass(slots=True)
class ItemAttributes:
    """An item's attributes as they were understood. problems: sentences about those that were not."""

    key: str = ""
    critical: bool = False
    keys: int | None = None
    paths: tuple[str, ...] | None = None
    properties: dict[str, Any] = field(default_factory=dict)
    unknown: list[tuple[str, str | None]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def result(self) -> Properties:
        """The properties of the item."""
        return Properties(**self.properties, attributes=tuple(self.unknown))


def item_attributes(found: Attributes) -> ItemAttributes:
    """What the attributes of an item say. One that cannot be is a problem, and stays as it is."""
    item = ItemAttributes()
    probe: dict[str, str] = {}
    for name, value in found:
        try:
            setting = name.removeprefix("probe").removeprefix("-")
            if (name == "probe" or name.startswith("probe-")) and setting not in probe:
                probe[setting] = value or ""
            elif not _take(item, name, value):
                item.unknown.append((name, value))
        except ValueError as error:
            item.problems.append(str(error))
            item.unknown.append((name, value))
    if "" in probe:
        kind = probe.pop("")
        item.properties["probe"] = Probe(kind, tuple(probe.items()))
    else:
        item.unknown += [(f"probe-{name}", value) for name, value in probe.items()]
    return item


def _take(item: ItemAttributes, name: str, value: str | None) -> bool:
    """Takes over one attribute; False for one that nobody knows, or that was there before."""
    own = item.properties
    text = value or ""
    if name == "critical" and value in (None, "yes", "true"):
        item.critical = True
    elif name == "keys" and item.keys is None:
        item.keys = _number(name, text, 4)
    elif name == "passkey" and name not in own and value in (None, "yes", "true"):
        own["passkey"] = True
    elif name == "key" and not item.key:
        if not is_key(text):
            raise ValueError(f"“{text[:60]}” is no key. Use small letters, digits and hyphens, at most 48.")
        item.key = text
    elif name == "if":
        own["conditions"] = (*own.get("conditions", ()), condition(text))
    elif name == "link":
        url, _, words = text.strip().partition(" ")
        if not url:
            raise ValueError('A link has an address, and words after it: link="https://example.org Runbook".')
        own["runbooks"] = (*own.get("runbooks", ()), (words or url, url))
    elif name == "paths" and item.paths is None:
        item.paths = words_of(text)
    else:
        return _take_property(own, name, text)
    return True


def _take_property(own: dict[str, Any], name: str, text: str) -> bool:
    if name == "evidence" and "evidence_kinds" not in own:
        kinds = words_of(text)
        if odd := [kind for kind in kinds if kind not in EVIDENCE_KINDS]:
            raise ValueError(f"“{odd[0][:40]}” is no kind of evidence. Choose among {', '.join(EVIDENCE_KINDS)}.")
        own["evidence_kinds"] = kinds
    elif name == "max-age" and "max_age_days" not in own:
        own["max_age_days"] = _number(name, text, MOST_DAYS)
    elif name == "minutes" and name not in own:
        own["minutes"] = _number(name, text, MOST_MINUTES)
    elif name == "owner" and "owner_role" not in own:
        own["owner_role"] = text_of(text)[:LONGEST_ROLE].strip()
    elif name in ("controls", "tiers") and name not in own:
        own[name] = words_of(text)
    else:
        return False
    return True


def words_of(text: str) -> tuple[str, ...]:
    """The words of a list with commas; a comma inside one stands behind a backslash."""
    parts = (re.sub(r"\\(.)", r"\1", part) for part in _LISTED.findall(text))
    return tuple(dict.fromkeys(word for part in parts if (word := text_of(part)[:LONGEST_WORD].strip())))


def listed(words: Iterable[str]) -> str:
    """Words as one text that `words_of` reads."""
    return ",".join(re.sub(r"([\\,])", r"\\\1", word) for word in words)


def _number(name: str, text: str, most: int) -> int:
    if not _BARE_NUMBER.fullmatch(text) or int(text) > most:
        raise ValueError(f"{name}={text[:40]} is no number from 1 to {most:,}. Correct it.")
    return int(text)


def fill_in_field(label: str, line: int, found: Attributes) -> tuple[Field, str]:
    """A fill-in by its label and attributes, and why they were not taken over: then it takes any text."""
    values: dict[str, Any] = {name: value for name, value in found if name in ("kind", "options", "unit")}
    if values.get("options"):
        values["options"] = words_of(values["options"])
    try:
        made = fill_ins.fill_in({"label": label, **values})
    except ValueError as error:
        return Field(text_of(label)[:200].strip(), line), str(error)
    return Field(made.label, line, made.kind, made.options, made.unit), ""


# The way back: a version's content to attributes


def attributes_of_item(values: Mapping[str, Any], derived_paths: tuple[str, ...]) -> Attributes:
    """The attributes that say what an item of a content says, without defaults."""
    found: list[tuple[str, str | None]] = [("key", values["key"])]
    if values["critical"]:
        found.append(("critical", None))
    if values["keys"] != 2:
        found.append(("keys", str(values["keys"])))
    if values["passkey"]:
        found.append(("passkey", None))
    lists = (("evidence", "evidence_kinds"), ("controls", "controls"), ("tiers", "tiers"))
    texts = {name: listed(values[own]) for name, own in lists}
    texts["max-age"] = str(values["max_age_days"] or "")
    texts["owner"] = values["owner_role"]
    texts["minutes"] = str(values["minutes"] or "")
    order = ("evidence", "max-age", "owner", "controls", "minutes", "tiers")
    found += [(name, texts[name]) for name in order if texts[name]]
    found += [("if", str(condition_of(one))) for one in values["conditions"]]
    found += [("link", f"{link['url']} {link['text']}") for link in values["links"]]
    if values["probe"]:
        found.append(("probe", values["probe"]["kind"]))
        found += [(f"probe-{name}", value) for name, value in values["probe"]["settings"].items()]
    if tuple(values["paths"]) != derived_paths:
        found.append(("paths", listed(values["paths"])))
    return (*found, *pairs(values["attributes"]))


def attributes_of_fill_in(values: Mapping[str, Any]) -> Attributes:
    """The attributes of a fill-in; none of a plain text."""
    texts = {"kind": values["kind"], "unit": values["unit"], "options": listed(values["options"])}
    if values["kind"] == "text":
        return ()
    return tuple((name, text) for name, text in texts.items() if text)


def pairs(values: list[list[str | None]]) -> Attributes:
    """Unknown attributes as they stand in a content: lists of name and value, or of a name alone."""
    return tuple((str(one[0]), one[1] if len(one) > 1 else None) for one in values)
