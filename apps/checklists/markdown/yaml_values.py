"""YAML as plain values, and back, by the parser and the emitter in C alone: nodes in Python cost five times as much."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

DEEPEST = 12  # mappings and lists in one another


def load(text: str, loader: Any) -> Any:
    """The plain values of a YAML text. ValueError says what is wrong; nothing in it refers to anything else."""
    try:
        walk = _Walk(loader)
        for event in yaml.parse(text, Loader=loader):
            walk.take(event)
        return walk.found[0] if walk.is_plain and len(walk.found) == 1 else yaml.load(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        raise ValueError(_at(error, f"cannot be read: {error.problem or error.context}")) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError("This is not YAML: it holds characters that no text has.") from error


def _at(place: Any, problem: str) -> str:
    mark = getattr(place, "problem_mark", None) or getattr(place, "start_mark", None)
    return f"Line {mark.line + 1 if mark else 1} of it {problem}."


class _Walk:
    """The values so far; is_plain: nothing has a tag, is merged or is a key with parts, which PyYAML knows better."""

    def __init__(self, loader: Any) -> None:
        self.loader = loader
        self.resolvers = getattr(loader, "yaml_implicit_resolvers", {})
        self.found: list[Any] = []
        self.open: list[Any] = []  # mappings and lists around the next value
        self.keys: list[Any] = []  # of each open mapping the key that waits for its value, or _NONE
        self.known: dict[str, Any] = {}  # what plain words mean: `true`, `7`
        self.is_plain = True

    def take(self, event: Any) -> None:
        """Put one scalar, beginning or end in its place."""
        if isinstance(event, yaml.ScalarEvent):
            self._require_own(event)
            self._put(self._meaning(event.value) if event.implicit[0] else event.value)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._require_own(event)
            if len(self.open) >= DEEPEST:
                raise ValueError(_at(event, f"has more than {DEEPEST} lists in one another. Write it flatter"))
            value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
            self._put(value)
            self.open.append(value)
            self.keys.append(_NONE)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.open.pop()
            self.keys.pop()
        elif isinstance(event, yaml.AliasEvent):
            self._require_own(event)

    def _require_own(self, event: Any) -> None:
        if event.anchor:
            raise ValueError(_at(event, "uses & or *, which repeat a part of it. Write the part out"))
        self.is_plain = self.is_plain and event.tag in (None, "!")

    def _put(self, value: Any) -> None:
        around = self.open[-1] if self.open else self.found
        if isinstance(around, list):
            around.append(value)
        elif self.keys[-1] is _NONE:
            self.is_plain = self.is_plain and value != "<<" and not isinstance(value, dict | list)
            self.keys[-1] = value if self.is_plain else ""
        else:
            around[self.keys[-1]] = value
            self.keys[-1] = _NONE

    def _meaning(self, text: str) -> Any:
        """What a word without quotes is: a text, or by its shape a number, a date, true, false or nothing."""
        if text not in self.known:
            shapes = self.resolvers.get(text[:1], ())
            is_text = text == "<<" or not any(shape.match(text) for _tag, shape in shapes)
            self.known[text] = text if is_text else yaml.load(text, Loader=self.loader)
        return self.known[text]


_NONE = object()


def dump(values: Mapping[str, Any], dumper: Any, width: int) -> str:
    """The YAML of texts, whole numbers, truths and nothing in mappings and lists; texts keep their lines."""
    head, tail = [yaml.StreamStartEvent(), yaml.DocumentStartEvent()], [yaml.DocumentEndEvent(), yaml.StreamEndEvent()]
    events = (event for part in (head, _events(values, dumper.yaml_implicit_resolvers), tail) for event in part)
    text: str = yaml.emit(events, Dumper=dumper, allow_unicode=True, width=width)
    return text


def _events(value: Any, resolvers: Mapping[str, Any]) -> Iterator[Any]:
    if isinstance(value, str):
        is_plain = not any(shape.match(value) for _tag, shape in resolvers.get(value[:1], ()))
        yield yaml.ScalarEvent(None, None, (is_plain, True), value, style="|" if "\n" in value else None)
    elif isinstance(value, Mapping):
        yield yaml.MappingStartEvent(None, None, True, flow_style=False)
        for name, each in value.items():
            yield from _events(name, resolvers)
            yield from _events(each, resolvers)
        yield yaml.MappingEndEvent()
    elif isinstance(value, list):
        yield yaml.SequenceStartEvent(None, None, True, flow_style=False)
        for each in value:
            yield from _events(each, resolvers)
        yield yaml.SequenceEndEvent()
    else:
        word = "null" if value is None else str(value).lower()
        yield yaml.ScalarEvent(None, None, (True, False), word)
