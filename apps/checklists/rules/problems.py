"""What is wrong with a draft, item by item: what must be solved before it is published, and what is worth a look."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from apps.core.wording import agreeing, plural

from . import parameters
from .conditions import Condition, condition_of, cycles
from .fill_ins import fill_in
from .limits import LONGEST_TEXT

T = TypeVar("T")
MOST_ITEMS, MOST_SECTIONS = 10_000, 500
_NUMBER_MISSING = re.compile(
    r"(?<![\w{$<])(?:[XN]|_{2,})\s?(?:%|ms\b|s\b|seconds?\b|minutes?\b|hours?\b|days?\b|weeks?\b|months?\b|"
    r"iterations?\b|times\b|requests?\b|retries\b|users?\b|replicas?\b)"
)
_SECRETS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----"),
    "an access key": re.compile(r"\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_\w{30,}|xox[abp]-[\w-]{20,}|sk-[A-Za-z0-9_-]{24,})"),
    "default credentials": re.compile(
        r"\b(?:admin:admin|admin:password|root:root|postgres:postgres|guest:guest|user:password|test:test)\b", re.I
    ),
    "a password": re.compile(r"\b(?:password|passwd|secret|token)\s?[=:]\s?['\"]?(?![$<{*_.'\"\s])[^\s'\"]{6,}", re.I),
}
_HEAD = re.compile(r"(?s).*?(?:[.:](?=\s)|$)")
_LEADS = re.compile(r"(?:https?://|mailto:|/|\.{0,2}/?[\w.-])", re.I)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, at a place: what is "version", "section" or "item", with its key and field.

    about: what the field says, of a problem that may be accepted: it stays so only as long as the field says the same.
    """

    what: str
    key: str
    field: str
    sentence: str
    blocks: bool = False
    about: str = ""

    @property
    def digest(self) -> str:
        """What names it, 24 hexadecimal digits: the same thing wrong with the same text at the same place."""
        named = json.dumps([self.what, self.key, self.field, self.sentence, self.about])
        return hashlib.sha256(named.encode()).hexdigest()[:24]

    @property
    def head(self) -> str:
        """The beginning of its sentence, which says what is wrong."""
        return self.sentence[: _HEAD.match(self.sentence).end()]  # type: ignore[union-attr]  # it matches anything

    @property
    def rest(self) -> str:
        """The rest of it, which says what to do."""
        return self.sentence[len(self.head) :].strip()


@dataclass(frozen=True)
class ItemFacts:
    """What the problems of an item depend on besides itself."""

    names: frozenset[str]  # of parameters and variables
    options: Mapping[str, tuple[str, ...]]  # what each variable can be answered; none where anything
    asked: Mapping[str, bool]  # by key of each item: whether it has a fill-in
    tiers: frozenset[str]
    repeated: frozenset[str]  # titles that several items have, folded


def facts_of(content: Mapping[str, Any], items: Iterable[Mapping[str, Any]]) -> ItemFacts:
    """The facts of a version; its `content` needs no sections here."""
    items = list(items)
    titles = Counter(item["title"].casefold() for item in items)
    variables = {one["name"]: tuple(one.get("options") or ()) for one in content["variables"]}
    return ItemFacts(
        frozenset([one["name"] for one in content["parameters"]] + list(variables)),
        variables,
        {item["key"]: bool(item["fill_ins"]) for item in items},
        frozenset(content["tiers"]),
        frozenset(title for title, count in titles.items() if title and count > 1),
    )


def problems(content: Mapping[str, Any]) -> list[Problem]:
    """All that is wrong with a version: what blocks first, then in the order of the checklist."""
    items = [item for section in content["sections"] for item in section["items"]]
    facts = facts_of(content, items)
    found = [
        *version_problems(content, len(items)),
        *(problem for section in content["sections"] for problem in section_problems(section)),
        *(problem for item in items for problem in item_problems(item, facts)),
        *circles({item["key"]: item["conditions"] for item in items}),
    ]
    return in_order(found)


def in_order(found: Iterable[Problem]) -> list[Problem]:
    """What blocks first."""
    return sorted(found, key=lambda problem: not problem.blocks)


def apart(found: Iterable[Problem], accepted: Mapping[str, T]) -> tuple[list[Problem], list[tuple[Problem, T]]]:
    """Problems that are open, and accepted ones, each with its row of `accepted`, by digest; none that blocks."""
    found = list(found)
    pairs = [(each, None if each.blocks or not accepted else accepted.get(each.digest)) for each in found]
    return [each for each, how in pairs if how is None], [(each, how) for each, how in pairs if how is not None]


def version_problems(content: Mapping[str, Any], items: int) -> list[Problem]:
    """What is wrong with what a version says of itself; `items` is how many it has."""
    found = []
    if not items:
        words = "It has no items yet, so there is nothing a deployment could check. Add at least one."
        found.append(Problem("version", "", "sections", words, blocks=True))
    if items > MOST_ITEMS:
        words = f"It has {items:,} items; at most {MOST_ITEMS:,} can be published. Split it into several templates."
        found.append(Problem("version", "", "sections", words, blocks=True))
    if not content["title"].strip():
        found.append(Problem("version", "", "title", "The template has no title. Name it.", blocks=True))
    found += _lengths("version", "", {"guidance": content["guidance"]})
    named = [parameters.Parameter(**one) for one in content["parameters"]]
    found += [Problem("version", "", "parameters", words, blocks=True) for words in parameters.problems(named)]
    return found


def section_problems(section: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with a section itself."""
    key, texts = section["key"], {"guidance": section["guidance"], "commands": "\n".join(section["commands"])}
    found = _lengths("section", key, texts)
    if not section["title"].strip():
        found.append(Problem("section", key, "title", "This section has no title. Name it.", blocks=True))
    return _about(section, found + _secrets("section", key, texts))


def item_problems(item: Mapping[str, Any], facts: ItemFacts) -> list[Problem]:
    """What is wrong with one item."""
    found = (*_of_item(item, facts), *_of_its_parts(item, facts))
    texts = {"text": item["text"], **_numbered(item["commands"])}
    return _about(item, [
        *(Problem("item", item["key"], *rest) for rest in found),
        *_lengths("item", item["key"], texts),
        *_secrets("item", item["key"], texts),
    ])  # fmt: skip


def circles(conditions: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Problem]:
    """Conditions on answers that ask one another round; conditions: those of each item by its key."""
    asking = {key: [one for value in values if (one := _condition(value))] for key, values in conditions.items()}
    words = "Its condition depends on its own answer, by way of {}. Take one of these conditions out."
    return [
        Problem("item", cycle[0], "conditions", words.format(", ".join(cycle[1:] or cycle)), blocks=True)
        for cycle in cycles(asking)
    ]


def blocking(content: Mapping[str, Any]) -> list[Problem]:
    """What has to be solved before a version that says this is published."""
    return [problem for problem in problems(content) if problem.blocks]


def problem_to_publish(content: Mapping[str, Any], found: Sequence[Problem] | None = None) -> str:
    """Why a version that says this cannot be published, as a sentence; empty when it can.

    found: what `blocking` found in it, where somebody asked that already.
    """
    found = blocking(content) if found is None else found
    if not found:
        return ""
    titles = {item["key"]: item["title"] for section in content["sections"] for item in section["items"]}
    first = found[0]
    at = f"“{titles[first.key]}”: " if first.what == "item" and titles[first.key] else ""
    more = f" {plural(len(found) - 1, 'other problem')} must be solved too." if len(found) > 1 else ""
    return f"{at}{first.sentence}{more}"


def _about(part: Mapping[str, Any], found: Iterable[Problem]) -> list[Problem]:
    """Those that may be accepted, with what they are about."""
    return [one if one.blocks else replace(one, about=json.dumps(part[one.field], sort_keys=True)) for one in found]


def _of_item(item: Mapping[str, Any], facts: ItemFacts) -> Iterator[tuple[Any, ...]]:
    """(field, sentence, whether it blocks)."""
    title = item["title"]
    if not title.strip():
        yield "title", "This item has no title. Say what has to be true.", True
    if item["critical"] and item["keys"] < 2:
        yield "keys", "A critical item takes two keys at least.", True
    for field in ("title", "text"):
        if missing := _NUMBER_MISSING.search(item[field]):
            yield field, f"Placeholder “{missing[0]}”: a number is missing. Write it, or make it a limit.", True
    if title.casefold() in facts.repeated:
        yield "title", "Another item says the same. Remove one, or say what is different.", False
    probe = item["probe"] or {}
    texts = [title, item["text"], *item["commands"], *map(str, (probe.get("settings") or {}).values())]
    if unknown := parameters.unknown(texts, facts.names):
        names = ", ".join(f"{{{{{name}}}}}" for name in unknown)
        one = "is no limit and no variable of this template, and stays as it stands"
        many = "are no limits and no variables of this template, and stay as they stand"
        yield "text", f"{names} {agreeing(len(unknown), one, many)}.", False


def _of_its_parts(item: Mapping[str, Any], facts: ItemFacts) -> Iterator[tuple[Any, ...]]:
    """(field, sentence, whether it blocks) of what is listed in it."""
    for values in item["conditions"]:
        if words := _wrong_condition(values, facts):
            yield "conditions", words, True
    yield from ((("fill_ins", words, True)) for words in map(_wrong_fill_in, item["fill_ins"]) if words)
    for tier in item["tiers"]:
        if tier not in facts.tiers:
            yield "tiers", f"“{tier}” is no tier of this template.", False
    for link in item["links"]:
        if not _LEADS.match(link.get("url", "")) or re.match(r"(?:javascript|data):", link["url"], re.I):
            yield "links", f"The link “{link.get('text') or link.get('url')}” leads nowhere.", False


def _wrong_condition(values: Mapping[str, Any], facts: ItemFacts) -> str:
    one = _condition(values)
    if one is None:
        return "This condition cannot be read. Write it again."
    if one.subject == "variable":
        if one.name not in facts.options:
            return f"It asks for the variable {one.name}, which this template does not have."
        strange = [value for value in one.values if facts.options[one.name] and value not in facts.options[one.name]]
        return f"{one.name} is never {', '.join(strange)}: that is no option of it." if strange else ""
    if one.subject == "item" and one.name not in facts.asked:
        return f"It asks for the answer to the item {one.name}, which is not in this template."
    if one.subject == "item" and not facts.asked[one.name]:
        return f"It asks for the answer to the item {one.name}, which has no fill-in to answer."
    return ""


def _condition(values: Mapping[str, Any]) -> Condition | None:
    try:
        return condition_of(values)
    except ValueError:
        return None


def _wrong_fill_in(values: Mapping[str, Any]) -> str:
    try:
        fill_in(values)
    except ValueError as error:
        return str(error)
    return ""


def _numbered(commands: Sequence[str]) -> dict[str, str]:
    return {f"commands {number}": text for number, text in enumerate(commands, 1)}


def _lengths(what: str, key: str, texts: Mapping[str, str]) -> list[Problem]:
    words = "This text has {:,} characters; at most {:,} can be published. Shorten it, or split it into several."
    return [
        Problem(what, key, field.partition(" ")[0], words.format(len(text), LONGEST_TEXT), blocks=True)
        for field, text in texts.items()
        if len(text) > LONGEST_TEXT
    ]


def _secrets(what: str, key: str, texts: Mapping[str, str]) -> list[Problem]:
    return [
        Problem(what, key, field.partition(" ")[0], f"It holds {kind}, which would be printed in every record.")
        for field, text in texts.items()
        for kind, pattern in _SECRETS.items()
        if pattern.search(text)
    ]
