"""GitHub's issue forms: YAML with a body of checkboxes, inputs, text areas, dropdowns and Markdown."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import yaml

from . import blocks
from .blocks import Block, Shape
from .document import NotRead

LONGEST = 300_000  # characters; GitHub takes less
DEEPEST = 40  # what is nested deeper is no form
TOO_LONG = f"This issue form is longer than {LONGEST:,} characters. Split it into several, and bring them one by one."
NO_FORM = (
    "This looks like a GitHub issue form, and its YAML cannot be read{}. Mend it there, or paste the checklist itself "
    "as Markdown."
)
_FORM = re.compile(
    r"^body[ \t]*:[ \t]*(?:#.*)?\n(?:[ \t]*(?:#.*)?\n)*[ \t]*-[ \t]+(?:type|id|attributes)[ \t]*:", re.MULTILINE
)
_QUOTELESS = re.compile(
    r"^([ \t]*(?:-[ \t]+)?(?:label|description|name|value|placeholder):[ \t]+)([`@%][^\n]*?)[ \t]*$", re.MULTILINE
)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_ONLY_HEADING = re.compile(r"\s*## [^\n]+\s*")


class Value(NamedTuple):
    """A text in the form, and the lines it stands on."""

    text: str
    first: int
    last: int


def is_form(text: str) -> bool:
    """True for a `body:` whose first element says what it is."""
    return bool(_FORM.search(text[:200_000]))


def to_blocks(text: str) -> Iterator[Block]:
    """The form as somebody who fills it in sees it: boxes are items, inputs are blanks."""
    form = _mapping(_root(text))
    if name := _value(form.get("name")):
        yield blocks.heading(1, _line(name), name.first)
    if about := _value(form.get("description")):
        yield from _markdown(about)
    body = form.get("body")
    above: set[str] = set()  # words of a heading that stands alone in its Markdown
    for element in body.value if isinstance(body, yaml.SequenceNode) else ():
        for block in _element(_mapping(element)):
            words = set(block.text.casefold().split())
            if not (block.shape is Shape.HEADING and above and words <= above):  # it says the same again
                yield block
            above = words if block.shape is Shape.MARKDOWN and _ONLY_HEADING.fullmatch(block.text) else set()


def _root(text: str) -> yaml.Node | None:
    if len(text) > LONGEST:
        raise NotRead(TOO_LONG)
    try:
        return _composed(text)
    except yaml.YAMLError as error:
        if (mended := _QUOTELESS.sub(_quoted, text)) != text:
            try:
                return _composed(mended)
            except yaml.YAMLError:
                pass  # what is wrong is said of the text as it is
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}: {getattr(error, 'problem', '')})" if mark else ""
        raise NotRead(NO_FORM.format(where)) from error


def _composed(text: str) -> yaml.Node | None:
    _require_shallow(text)
    return yaml.compose(text, _LOADER)


def _quoted(value: re.Match[str]) -> str:
    """A value that begins with a sign YAML keeps for itself, as people write it: ``label: `make` passes``."""
    return f'{value[1]}"' + value[2].replace("\\", "\\\\").replace('"', '\\"') + '"'


def _require_shallow(text: str) -> None:
    """Refuse what is nested so deeply, or repeats itself by aliases, that a parser could run out of room."""
    depth = 0
    for event in yaml.parse(text, _LOADER):
        if isinstance(event, yaml.AliasEvent):
            raise NotRead(NO_FORM.format(" (it repeats parts of itself by aliases)"))
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise NotRead(NO_FORM.format(" (it is nested too deeply)"))


def _mapping(node: yaml.Node | None) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {str(key.value): value for key, value in node.value if isinstance(key, yaml.ScalarNode)}


def _value(node: yaml.Node | None) -> Value | None:
    if not isinstance(node, yaml.ScalarNode) or not node.value.strip() or node.value in ("null", "~"):
        return None
    first = node.start_mark.line + 1 + (node.style in ("|", ">"))
    return Value(node.value.rstrip(), first, max(first, node.end_mark.line + (node.end_mark.column > 0)))


def _line(value: Value) -> str:
    return " ".join(value.text.split())


def _markdown(value: Value) -> Iterator[Block]:
    yield Block(Shape.MARKDOWN, value.text, value.first, value.last)


def _element(element: dict[str, yaml.Node]) -> Iterator[Block]:
    kind = _value(element.get("type"))
    about = _mapping(element.get("attributes"))
    label, value = _value(about.get("label")), _value(about.get("value"))
    asked = kind.text if kind else ""
    if label:
        yield _label(label, asked, about, is_filled=value is not None)
    if description := _value(about.get("description")):
        yield from _markdown(description)
    if asked == "checkboxes":
        yield from _boxes(about.get("options"))
    if value:
        yield from _prefilled(value, _value(about.get("render")))


def _label(label: Value, asked: str, about: dict[str, yaml.Node], *, is_filled: bool) -> Block:
    """What is asked: a heading over boxes and over a text that is there, a blank or a choice otherwise."""
    words = _line(label)
    if asked == "dropdown":
        options = " ".join(f"☐ {_line(option)}" for option in _options(about.get("options")))
        return blocks.text(f"{words}: {options}", label.first)
    if asked in ("input", "textarea") and not is_filled:
        return blocks.text(f"{words}: ____", label.first)
    return blocks.heading(2, words, label.first)


def _prefilled(value: Value, render: Value | None) -> Iterator[Block]:
    if render:
        yield blocks.code(
            value.text, value.first, value.last, language=re.sub(r"[^\w+#-]", "", render.text)[:20].lower()
        )
    else:
        yield from _markdown(value)


def _boxes(options: yaml.Node | None) -> Iterator[Block]:
    for option in _options(options):
        box, text = blocks.inline.boxed(_line(option))
        yield blocks.item(text, option.first, option.last, box=box or " ")


def _options(node: yaml.Node | None) -> Iterator[Value]:
    """The options of a list: texts, or mappings with a label."""
    for option in node.value if isinstance(node, yaml.SequenceNode) else ():
        value = _value(_mapping(option).get("label")) or _value(option)
        if value:
            yield value
