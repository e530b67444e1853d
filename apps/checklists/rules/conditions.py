"""Conditions of items: where one does not hold, the item does not apply to this deployment."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

SUBJECTS = ("environment", "strategy", "variable", "item")
NAMED = ("variable", "item")  # subjects of which there are several
_TOKEN = re.compile(r"'(?:[^']|'')*'|[^\s,']+")
_BARE = re.compile(r"[^\s,']+(?: [^\s,']+)*")
HOW = (
    "Write it as “environment is production”, “environment is not staging, test”, “strategy is canary”, "
    "“variable USES_REDIS is yes” or “item cache-choice is redis”."
)


@dataclass(frozen=True, slots=True)
class Condition:
    """What an answer must be, or must not be. name: of the variable, or the key of the item that is asked."""

    subject: str
    values: tuple[str, ...]
    name: str = ""
    is_not: bool = False

    def __str__(self) -> str:
        """The one-line form that `condition` reads."""
        name = f" {_quoted(self.name, is_name=True)}" if self.name else ""
        words = ", ".join(_quoted(value) for value in self.values)
        return f"{self.subject}{name} is {'not ' if self.is_not else ''}{words}"

    def as_values(self) -> dict[str, Any]:
        """As it stands in a version's content."""
        return {"subject": self.subject, "name": self.name, "is_not": self.is_not, "values": list(self.values)}


class Outcome(StrEnum):
    """How a condition stands. What is not judged counts as holding: nothing drops out for lack of an answer."""

    HOLDS = "holds"
    HOLDS_NOT = "holds_not"
    NOT_JUDGED = "not_judged"


@dataclass(frozen=True, slots=True)
class Judgement:
    """An outcome, and why, as a sentence; a condition that holds needs none."""

    outcome: Outcome
    reason: str = ""

    @property
    def applies(self) -> bool:
        """True unless a condition surely does not hold."""
        return self.outcome is not Outcome.HOLDS_NOT


@dataclass(frozen=True, slots=True)
class ConditionFacts:
    """What is known of a deployment. answers: of items by key, none where nobody answered yet; titles: for reasons."""

    environment: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)


HOLDS = Judgement(Outcome.HOLDS)


def condition(text: str) -> Condition:
    """Reads the one-line form. ValueError says what is wrong and how to write it."""
    head, is_, tail = _around_is(text)
    tokens = [_unquoted(token) for token in _TOKEN.findall(head)]
    subject = tokens[0].casefold() if tokens else ""
    if not is_ or subject not in SUBJECTS or len(tokens) != (2 if subject in NAMED else 1):
        raise ValueError(f"“{text.strip()[:80]}” is not a condition. {HOW}")
    negated = re.match(r"not(?:\s+|$)", tail, re.IGNORECASE)
    values = _values(tail[negated.end() :] if negated else tail)
    if not values:
        raise ValueError(f"“{text.strip()[:80]}” does not say which answer. {HOW}")
    name = tokens[1] if subject in NAMED else ""
    return Condition(subject, values, name, is_not=bool(negated))


def condition_of(values: Mapping[str, Any]) -> Condition:
    """A condition from plain values, as they stand in a version's content. ValueError where they are none."""
    listed = values.get("values")
    texts = tuple(str(value) for value in listed) if isinstance(listed, list | tuple) else ()
    made = Condition(str(values.get("subject")), texts, str(values.get("name") or ""), values.get("is_not") is True)
    return condition(str(made))


def _around_is(text: str) -> tuple[str, str, str]:
    """What stands before and after the word "is" outside quotes."""
    for found in re.finditer(r"'(?:[^']|'')*'|\s(is)\s", text, re.IGNORECASE):
        if found[1]:
            return text[: found.start()], found[1], text[found.end() :].strip()
    return text, "", ""


def _values(text: str) -> tuple[str, ...]:
    parts, last = [], 0
    for found in re.finditer(r"'(?:[^']|'')*'|,", text):
        if found[0] == ",":
            parts.append(text[last : found.start()])
            last = found.end()
    parts.append(text[last:])
    texts = (" ".join(_unquoted(part.strip()).split()) for part in parts)
    return tuple(dict.fromkeys(text for text in texts if text))


def _quoted(text: str, *, is_name: bool = False) -> str:
    bare = bool(_BARE.fullmatch(text)) and not f"{text} ".casefold().startswith("not ")
    if is_name:
        bare = bare and " " not in text and text.casefold() != "is"
    return text if bare else "'" + text.replace("'", "''") + "'"


def _unquoted(text: str) -> str:
    is_quoted = len(text) > 1 and text[0] == text[-1] == "'"
    return text[1:-1].replace("''", "'") if is_quoted else text


# Judging


def judge(one: Condition, facts: ConditionFacts, out: Container[str]) -> Judgement:
    """Whether one condition holds; out: keys of items that do not apply, which are never asked."""
    if one.subject == "strategy":
        return Judgement(Outcome.NOT_JUDGED, f"Strategies of rollouts are not known yet: “{one}” is not judged.")
    answer: str | None
    if one.subject == "environment":
        answer, asked = facts.environment, "the environment"
    elif one.subject == "variable":
        answer, asked = facts.variables.get(one.name), one.name
    else:
        asked = f"“{facts.titles.get(one.name, one.name)}”"
        answer = "" if one.name in out else facts.answers.get(one.name)
    if answer is None:
        return Judgement(Outcome.NOT_JUDGED, f"Nobody has answered {asked} yet.")
    meant = answer.strip().casefold() in {value.strip().casefold() for value in one.values}
    if meant != one.is_not:
        return HOLDS
    wanted = f"{'anything but ' if one.is_not else ''}{' or '.join(one.values)}"
    stands = f"is {answer}" if answer else "does not apply" if one.name in out else "was left empty"
    return Judgement(Outcome.HOLDS_NOT, f"Applies only where {asked} is {wanted}; here it {stands}.")


def judge_all(conditions: Sequence[Condition], facts: ConditionFacts, out: Container[str] = ()) -> Judgement:
    """Whether all conditions of an item hold: the first that does not gives the reason."""
    judged = [judge(one, facts, out) for one in conditions]
    for outcome in (Outcome.HOLDS_NOT, Outcome.NOT_JUDGED):
        for one in judged:
            if one.outcome is outcome:
                return one
    return HOLDS


def judge_items(conditions: Mapping[str, Sequence[Condition]], facts: ConditionFacts) -> dict[str, Judgement]:
    """The judgement of every item by its key. An item in a circle applies: `cycles` has them refused before."""
    judged: dict[str, Judgement] = {}
    out: set[str] = set()
    circular = {key for cycle in cycles(conditions) for key in cycle}
    for key in _by_dependency(conditions):
        if key in circular:
            judged[key] = Judgement(Outcome.NOT_JUDGED, "Its conditions go round in a circle.")
            continue
        judged[key] = judge_all(conditions[key], facts, out)
        if not judged[key].applies:
            out.add(key)
    return {key: judged[key] for key in conditions}


def _asks(conditions: Iterable[Condition]) -> list[str]:
    return [one.name for one in conditions if one.subject == "item"]


def _by_dependency(conditions: Mapping[str, Sequence[Condition]]) -> list[str]:
    """Keys, each after those its conditions ask; what goes round in a circle is entered once."""
    done: dict[str, None] = {}
    for start in conditions:
        path = [(start, iter(_asks(conditions[start])))]
        entered = {start}
        while path:
            key, rest = path[-1]
            following = next((name for name in rest if name in conditions and name not in done), None)
            if following is None:
                done[key] = None
                path.pop()
            elif following not in entered:
                entered.add(following)
                path.append((following, iter(_asks(conditions[following]))))
    return list(done)


def cycles(conditions: Mapping[str, Sequence[Condition]]) -> tuple[tuple[str, ...], ...]:
    """Circles among conditions on items, each as the keys in the order in which they ask one another."""
    found: dict[frozenset[str], tuple[str, ...]] = {}
    done: set[str] = set()
    for start in conditions:
        path: dict[str, Iterator[str]] = {} if start in done else {start: iter(_asks(conditions[start]))}
        while path:
            key = next(reversed(path))
            following = next((name for name in path[key] if name in conditions and name not in done), None)
            if following is None:
                done.add(key)
                del path[key]
            elif following in path:
                keys = list(path)
                cycle = tuple(keys[keys.index(following) :])
                found.setdefault(frozenset(cycle), cycle)
            else:
                path[following] = iter(_asks(conditions[following]))
    return tuple(found.values())
