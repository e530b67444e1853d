"""A version's content as Keyturn's own Markdown, and the content a Markdown text becomes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from apps.checklists.markdown import code, content, dialect, front_matter, read
from apps.checklists.markdown.attributes import comment
from apps.checklists.markdown.exact import derived_paths
from apps.checklists.markdown.properties import attributes_of_fill_in, attributes_of_item, pairs

Values = Mapping[str, Any]
BLANK = "____"
DEEPEST_HEADING = 5  # of sections; # is the title


def content_of(text: str) -> dict[str, Any]:
    """The content that a Markdown text says, whether or not it can be published; of several checklists the first."""
    return content.content(read(text).templates[0])


def exported(values: Values) -> str:
    """The Markdown of a content."""
    lines = [front_matter.write(values), "", f"# {dialect.escaped_title(values['title'])}"]
    lines += _apart(_text(values["guidance"], is_top=True)[0])
    lines += [line for one in values["unread"] for line in ("", *_unread(one["text"]))]
    for section in values["sections"]:
        lines += _section(section)
    lines += _sheet(values)
    return "\n".join(lines) + "\n"


def _section(section: Values) -> Iterator[str]:
    depth = (("depth", str(section["depth"])),) if section["depth"] > DEEPEST_HEADING else ()
    attributes = (("key", section["key"]), *depth, *pairs(section["attributes"]))
    yield ""
    hashes = "#" * (min(section["depth"], DEEPEST_HEADING) + 1)
    yield f"{hashes} {dialect.escaped_title(section['title'])} {comment(attributes)}"
    yield from _apart(_text(section["guidance"], in_sheet=dialect.is_sheet(section["title"]))[0])
    for command in section["commands"]:
        yield from ("", *_fence(command))
    unread: dict[str, list[str]] = {}
    for one in section["unread"]:
        unread.setdefault(one["after"], []).append(one["text"])
    yield from _unread_after("", unread)
    for at, item in enumerate(section["items"]):
        indent = "  " * item["depth"]
        if at == 0:
            yield ""
        yield from (f"{indent}{line}" if line else line for line in _item(item))
        yield from _unread_after(item["key"], unread)


def _unread_after(key: str, unread: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for text in unread.get(key, ()):
        yield from ("", *_unread(text), "")


def _item(item: Values) -> Iterator[str]:
    """The lines of an item as one that stands in no other, its text indented below it."""
    attributes = comment(attributes_of_item(item, derived_paths(item["title"], item["text"])))
    yield f"- [ ] **{dialect.escaped_title(item['title'])}** {attributes}"
    body, staying = _text(item["text"], item["fill_ins"])
    body += [_fill_in(each) for each in item["fill_ins"][staying:]]
    for command in item["commands"]:
        body += _fence(command)
    yield from (f"  {line}" if line else line for line in body)


def _fill_in(blank: Values, *more: tuple[str, None]) -> str:
    attributes = (*more, *attributes_of_fill_in(blank))
    plain = f"- {blank['label']}: {BLANK}"
    line = dialect.line_of(plain)
    if line.kind != "fill_in" or line.text != blank["label"]:
        plain, attributes = f"- {BLANK}: {BLANK}", (*attributes, ("label", blank["label"]))
    return f"{plain} {comment(attributes)}".rstrip()


def _sheet(values: Values) -> Iterator[str]:
    """The sign-off sheet, under the last section where that is where it stands in."""
    fields = [_fill_in({**blank, "unit": ""}, ("sign-off", None)) for blank in values["sign_off_fields"]]
    last = values["sections"][-1] if values["sections"] else None
    if fields:
        stands = last and dialect.is_sheet(last["title"]) and not last["items"]
        yield from () if stands else ("", f"## Sign-off {comment((('sign-off', None),))}")
        yield from ("", *fields)


def _fence(command: str) -> list[str]:
    longest = max((len(run) for run in re.findall("`{3,}", command)), default=2)
    sign = "`" * (longest + 1)
    return [f"{sign}bash", *(command.split("\n") if command else ()), sign]


def _unread(text: str) -> list[str]:
    return [comment(dialect.UNREAD), *(_verbatim(line) for line in text.split("\n")), comment(dialect.END)]


def _verbatim(line: str) -> str:
    found = dialect.line_of(line)
    return f"{line} {comment(dialect.TEXT)}" if found.is_marked else line


def _apart(lines: Sequence[str]) -> Sequence[str]:
    return ["", *lines] if lines else lines


def _text(
    text: str, fill_ins: Sequence[Values] = (), *, in_sheet: bool = False, is_top: bool = False
) -> tuple[list[str], int]:
    """A text line by line, with a comment on what would be read as something else; whole fences stay as they are.

    Lines of it that are the first of an item's blanks are written so that they are both; their number comes along.
    """
    lines = text.split("\n") if text else []
    fences = dialect.Fences(lines)
    written: list[str] = []
    at = staying = 0
    while at < len(lines):
        line = dialect.line_of(lines[at])
        end = _closed(fences, lines[at], at, line, is_top=is_top) if line.kind == "fence" else at
        if end > at:
            written += lines[at : end + 1]
        elif staying < len(fill_ins) and _is_blank(line, fill_ins[staying]):
            written.append(f"{lines[at]} {comment((*attributes_of_fill_in(fill_ins[staying]), ('stays', None)))}")
            staying += 1
        else:
            written.append(dialect.marked(lines[at], in_sheet=in_sheet))
        at = end + 1
    return written, staying


def _is_blank(line: dialect.DialectLine, blank: Values) -> bool:
    return line.kind == "fill_in" and not line.is_marked and line.text == blank["label"]


def _closed(fences: dialect.Fences, opening: str, at: int, line: dialect.DialectLine, *, is_top: bool) -> int:
    """The last line of the fence that begins at a line, where it closes and is no command."""
    language = line.text.split()[0].lower() if line.text else ""
    if language in code.SHELLS and not is_top:
        return at
    return fences.end(at, opening.strip()[0], line.level, 0) or at
