"""Variables: what is asked when a deployment starts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .parameters import text_of

# The dollar sign is GitHub's own: ${{ secrets.TOKEN }}.
_IN_BRACES = re.compile(r"(?<![${])\{\{\s{0,20}([^\W\d][\w .-]{0,60})\}\}")
KINDS = ("text", "yes_no", "choice")
YES_NO = ("yes", "no")
LONGEST_ANSWER = 200
_NAME = re.compile(r"[^\W\d][\w .-]{0,60}")


@dataclass(frozen=True, slots=True)
class Variable:
    """Asked at the start of a deployment; texts use it as {{name}}, commands as <name> too."""

    name: str
    label: str = ""
    kind: str = "text"
    options: tuple[str, ...] = ()

    @property
    def answers(self) -> tuple[str, ...]:
        """What can be chosen; none where anything may be typed."""
        return YES_NO if self.kind == "yes_no" else self.options

    def values(self) -> dict[str, Any]:
        """As it stands in a version's content."""
        return {"name": self.name, "label": self.label, "kind": self.kind, "options": list(self.options)}


def variable(values: Mapping[str, Any]) -> Variable:
    """A variable from what was typed or imported. ValueError says what is wrong and what to do."""
    name = text_of(values.get("name"))
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"“{name[:40]}” cannot name a variable. Use a letter first, then letters, digits, _, - and points, "
            "at most 61: VERSION."
        )
    kind = text_of(values.get("kind")) or "text"
    if kind not in KINDS:
        raise ValueError(f"“{kind[:40]}” is no kind of variable. {name} can be one of {', '.join(KINDS)}.")
    options = options_of(values.get("options")) if kind == "choice" else ()
    if kind == "choice" and not options:
        raise ValueError(f"{name} is a choice without options. Say what can be chosen.")
    return Variable(name, text_of(values.get("label"))[:200].strip(), kind, options)


def readable(text: str) -> str:
    """A text for people while its names have no values: "[target model] answers" for "{{target_model}} answers"."""
    return _IN_BRACES.sub(lambda found: f"[{found[1].strip().replace('_', ' ')}]", text) if "{{" in text else text


def options_of(value: object) -> tuple[str, ...]:
    """The options of a choice, each once: of a list, or of one text with commas."""
    parts = value if isinstance(value, list | tuple) else str(value or "").split(",")
    return tuple(dict.fromkeys(text for part in parts if (text := text_of(part)[:120].strip())))


def chosen(typed: str, options: Sequence[str], asked: str) -> str:
    """The option that was meant, in whatever case. ValueError lists what can be chosen."""
    found = next((one for one in options if one.casefold() == typed.strip().casefold()), None)
    if found is None:
        raise ValueError(f"“{typed.strip()[:40]}” is no answer to {asked}. Choose one of {', '.join(options)}.")
    return found


def answer(asked: Variable, typed: str) -> str:
    """An answer as it is stored. ValueError says what is wrong and what to do."""
    called = asked.label or asked.name
    if not typed.strip():
        raise ValueError(f"Say {called}: this template asks for it when a deployment starts.")
    if asked.kind != "text":
        return chosen(typed, asked.answers, called)
    if len(typed.strip()) > LONGEST_ANSWER:
        raise ValueError(f"{called} has {len(typed.strip())} characters; at most {LONGEST_ANSWER} fit.")
    return typed.strip()


def answered(asked: Sequence[Variable], typed: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """All answers by name, and by name why one of them is refused."""
    answers, refused = {}, {}
    for one in asked:
        try:
            answers[one.name] = answer(one, typed.get(one.name, ""))
        except ValueError as error:
            refused[one.name] = str(error)
    return answers, refused
