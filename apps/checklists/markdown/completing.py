"""What attributes and front matter add to a text in any other Markdown, keys for all, and what was not understood."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace

from apps.checklists.rules.keys import assign, is_key

from . import attributes
from .attributes import Attributes
from .document import (
    Field,
    LineType,
    ParsedDocument,
    ParsedItem,
    ParsedTemplate,
    SourceLine,
    Suggestion,
    Unread,
)
from .front_matter import Settings
from .properties import ItemAttributes, fill_in_field, item_attributes

Found = dict[int, Attributes]  # by line


def without_attributes(lines: Sequence[str], settings: Settings) -> tuple[list[str], Found]:
    """The lines without front matter and comments of attributes, and what these say; those inside a fence stay."""
    plain = [""] * settings.end
    found: Found = {}
    fence = ""
    for number, line in enumerate(lines[settings.end :], settings.end + 1):
        text = line.strip()
        if text[:3] in ("```", "~~~"):
            sign = text[: len(text) - len(text.lstrip(text[0]))]
            fence = "" if fence and text == sign and sign.startswith(fence) else fence or sign
        head, own = attributes.split(line) if "<!--" in line and not fence else (line, None)
        if own:
            found[number] = own
        plain.append(head if own else line)
    return plain, found


def complete(document: ParsedDocument, lines: Sequence[str], found: Found, settings: Settings) -> ParsedDocument:
    """The document with everything that stands in comments and front matter; lines: as they came."""
    items = {item.line for template in document.templates for item in template.items}
    own = {line: item_attributes(each) for line, each in found.items() if line in items}
    front = [
        SourceLine(number, line, LineType.FRONT_MATTER, 1)
        for number, line in enumerate(lines[: settings.end], 1) if line.strip()
    ]  # fmt: skip
    source_lines = tuple(
        replace(line, text=lines[line.line - 1]) if line.line in found else line for line in (*front, *document.lines)
    )
    problems = [Suggestion(line, "attribute", sentence) for line, each in own.items() for sentence in each.problems]
    problems += [Suggestion(line, "front_matter", sentence) for line, sentence in settings.problems]
    unread = _unread(source_lines)
    templates = tuple(_completed(template, own, found, unread) for template in document.templates)
    if settings.unread:
        templates = tuple(replace(each, unread=(Unread("", settings.unread), *each.unread)) for each in templates)
    if settings.title and len(templates) == 1:
        templates = (replace(templates[0], title=settings.title),)
    return replace(document, templates=templates, lines=source_lines, suggestions=(*document.suggestions, *problems))


def _unread(lines: Sequence[SourceLine]) -> dict[int, str]:
    """The texts of neighbouring lines that nothing was made of, by their first line."""
    texts: dict[int, list[str]] = {}
    first = last = 0
    for line in lines:
        if line.line_type is LineType.NOT_UNDERSTOOD:
            first = first if line.line == last + 1 else line.line
            texts.setdefault(first, []).append(line.text)
            last = line.line
    return {line: "\n".join(text) for line, text in texts.items()}


def _completed(
    template: ParsedTemplate, own: Mapping[int, ItemAttributes], found: Found, unread: dict[int, str]
) -> ParsedTemplate:
    none = ItemAttributes()
    keys = iter(assign([(own.get(item.line, none).key, item.title) for item in template.items], "item"))
    section_keys = assign([(_key(found.get(each.line, ())), each.title) for each in template.sections], "section")
    sections = tuple(
        replace(
            section,
            key=key,
            attributes=tuple(one for one in found.get(section.line, ()) if one != ("key", key)),
            items=tuple(_item(item, next(keys), own.get(item.line, none), found) for item in section.items),
        )
        for section, key in zip(template.sections, section_keys, strict=True)
    )
    return _with_unread(replace(template, sections=sections), unread)


def _key(found: Attributes) -> str:
    key = dict(found).get("key") or ""
    return key if is_key(key) else ""


def _item(item: ParsedItem, key: str, own: ItemAttributes, found: Found) -> ParsedItem:
    critical = item.critical or own.critical
    keys = own.keys or item.keys
    return replace(
        item,
        key=key,
        critical=critical,
        keys=max(keys, 2) if critical else keys,
        fill_ins=tuple(_field(each, found) for each in item.fill_ins),
        paths=item.paths if own.paths is None else own.paths,
        properties=own.result(),
    )


def _field(blank: Field, found: Found) -> Field:
    own = found.get(blank.line)
    return fill_in_field(blank.label, blank.line, own)[0] if own and "kind" in dict(own) else blank


def _with_unread(template: ParsedTemplate, unread: Mapping[int, str]) -> ParsedTemplate:
    """Each unread text goes to the section it stands in; above all of them, to the template."""
    starts = [section.line for section in template.sections]
    below: dict[int, list[tuple[int, str]]] = {}
    for line, text in unread.items():
        below.setdefault(bisect_right(starts, line) - 1, []).append((line, text))
    sections = tuple(
        replace(section, unread=_after(section.items, below[at])) if at in below else section
        for at, section in enumerate(template.sections)
    )
    return replace(template, sections=sections, unread=_after((), below.get(-1, [])))


def _after(items: Sequence[ParsedItem], unread: Sequence[tuple[int, str]]) -> tuple[Unread, ...]:
    lines = [item.line for item in items]
    keys = ["", *(item.key for item in items)]
    return tuple(Unread(keys[bisect_right(lines, line)], text) for line, text in unread)
