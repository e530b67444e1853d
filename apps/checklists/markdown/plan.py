"""What each block becomes: the rules that need the whole document, before anything is put together."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from . import diagram, inline, tables
from .blocks import Block
from .document import Correction, LineType
from .style import NUMBER, SIGN_OFF, SIGNS, Style

LABEL_LEVEL = 7  # `Before deploy:` above a list, deeper than any heading
_REFERENCES = re.compile(
    r"^\W*(?:\d+[.)]\s*)?(?:references?|see also|related\b.*|resources|further reading|"
    r"(?:table of )?contents|links|glossary|changelog|change log|revision history|learn more|"
    r"documentation links|additional resources)\W*$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class BlockRole:
    """A block and what it becomes; `level` orders headings, `title` is a heading's words."""

    block: Block
    line_type: LineType
    level: int = 0
    title: str = ""
    has_content: bool = False  # a heading with items or code under it
    correction: Correction | None = None
    stages: tuple[tuple[str, int], ...] = ()
    header: tuple[str, ...] = ()
    under_step: bool = False  # not indented, and yet between two steps of one numbered list

    @property
    def is_chosen(self) -> bool:
        """True where a person said what it becomes."""
        return bool(self.correction and self.correction.line_type)


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What holds for the whole document."""

    style: Style
    has_boxes: bool
    has_lists: bool
    stepwise: bool = False  # numbered lines are the items, and what follows one unindented belongs to it

    @property
    def strict(self) -> bool:
        """True where a heading must have something under it to be a section: pasted text, or no list at all."""
        return self.style.bare_headings or not self.has_lists


def roles_of(
    blocks: list[Block], style: Style, chosen: Mapping[int, Correction]
) -> tuple[list[BlockRole], DocumentFacts]:
    """The role of every block, people's corrections applied."""
    has_boxes = any(block.kind == "check" for block in blocks)
    headings = _headings(blocks, style)
    has_lists = has_boxes or any(block.is_list and at not in headings for at, block in enumerate(blocks))
    stepwise = style.bare_headings and not any(block.kind in ("check", "bullet") for block in blocks)
    facts = DocumentFacts(style, has_boxes, has_lists, stepwise)
    headings |= _labels(blocks, headings, facts)
    roles = _first_roles(blocks, headings, facts)
    _checklist_tables(roles, facts)
    _apply(roles, chosen, facts)
    _steps(roles)
    return roles, facts


# Headings


def _headings(blocks: list[Block], style: Style) -> dict[int, int]:
    """Position -> level of everything that is a heading."""
    found = {at: block.level for at, block in enumerate(blocks) if block.kind == "heading"}
    if not style.bare_headings:
        return found
    lettered = _lettered(blocks)
    other_lists = any(block.kind in ("check", "bullet") and block.mark not in SIGNS for block in blocks)
    for at, block in enumerate(blocks):
        if block.kind == "text" and _stands_alone(blocks, at) and heading_shaped(block.text):
            found[at] = 1
        elif block.kind == "number" and (
            at in lettered or _leads(blocks, at) or (other_lists and _numbered_heading(blocks, at))
        ):
            found[at] = 2 + block.mark.count(".")
        elif block.kind == "bullet" and block.mark in SIGNS and _signed_heading(blocks, at):
            found[at] = 1
    return found


def heading_shaped(text: str) -> bool:
    """True for a short line without a full stop, beginning with a capital, a digit or a letter without case."""
    words = text.split()
    if not 1 <= len(words) <= 10 or len(text) > 90 or text.endswith((".", ";", ",", ":", "…")):
        return False
    if "://" in text or "@" in text or "](" in text or "__" in text or re.search(r"[\\={}]|`", text):
        return False
    first = next((char for char in text if char.isalnum()), "")
    return bool(first) and not first.islower() and any(char.isalpha() for char in text) and "? " not in text


def _stands_alone(blocks: list[Block], at: int) -> bool:
    block = blocks[at]
    before = blocks[at - 1] if at else None
    after = blocks[at + 1] if at + 1 < len(blocks) else None
    opened = block.after_blank or (before is not None and before.is_list)
    closed = block.before_blank or (after is not None and (after.is_list or after.kind == "row"))
    closed = closed or bool(SIGN_OFF.fullmatch(block.text[:90]))
    return block.indent < 2 and opened and closed


def _numbered_heading(blocks: list[Block], at: int) -> bool:
    """A numbered line that is no part of a run 1. 2. 3. stands over what follows it."""
    block = blocks[at]
    neighbours = [blocks[near] for near in (at - 1, at + 1) if 0 <= near < len(blocks)]
    text = block.text.rstrip(":")
    beside = any(near.kind == "number" and not block.mark.startswith(f"{near.mark}.") for near in neighbours)
    return block.indent < 2 and not beside and heading_shaped(text)


def _leads(blocks: list[Block], at: int) -> bool:
    """`1. Preparation` right above `1.1 Tell the team`."""
    block, after = blocks[at], blocks[at + 1] if at + 1 < len(blocks) else None
    is_above = after is not None and after.kind == "number" and after.mark.startswith(f"{block.mark}.")
    return block.kind == "number" and is_above and heading_shaped(block.text.rstrip(":"))


def _signed_heading(blocks: list[Block], at: int) -> bool:
    """`✅ Testing` over a list of other bullets."""
    after = blocks[at + 1] if at + 1 < len(blocks) else None
    block = blocks[at]
    return bool(
        after and after.is_list and after.mark != block.mark and block.before_blank and heading_shaped(block.text)
    )


def _lettered(blocks: list[Block]) -> set[int]:
    """Numbers that each stand right above `a)`, as word processors number chapters and their points."""
    numbers = [at for at, block in enumerate(blocks) if block.kind == "number" and block.mark.isdigit()]
    after = [blocks[at + 1] if at + 1 < len(blocks) else None for at in numbers]
    whole = all(one is not None and one.kind == "number" and one.mark in "aA" and one.indent < 2 for one in after)
    return set(numbers) if len(numbers) > 1 and whole else set()


def _labels(blocks: list[Block], headings: dict[int, int], facts: DocumentFacts) -> dict[int, int]:
    """Positions of lines such as `Before deploy:` that divide a section's list, two at least under one heading."""
    found = dict.fromkeys(_list_labels(blocks, headings, facts), LABEL_LEVEL)
    group: list[int] = []
    titled = bool(headings)
    for at, block in enumerate(blocks):
        if at in headings:
            found |= dict.fromkeys(group if len(group) > 1 else [], LABEL_LEVEL)
            group = []
        elif _leads(blocks, at) and not facts.has_boxes:
            found[at] = LABEL_LEVEL
        elif not block.is_list and at + 1 < len(blocks) and _is_label(block, blocks[at + 1], facts):
            if block.text.startswith(("**", "__")) and not titled:
                found[at] = LABEL_LEVEL
            else:
                group.append(at)
    return found | dict.fromkeys(group if len(group) > 1 else [], LABEL_LEVEL)


def _list_labels(blocks: list[Block], headings: dict[int, int], facts: DocumentFacts) -> list[int]:
    """List lines such as `- Before:` over a list of their own; where one beside them is an item, all are items."""
    found: list[int] = []
    lists: dict[int, list[int] | None] = {}  # indent -> labels of the list there, None where it holds an item
    for at, block in enumerate(blocks):
        if not (block.is_list or at in headings):
            continue
        depth = -1 if at in headings else block.indent
        for indent in [indent for indent in lists if indent > depth]:
            found += lists.pop(indent) or []
        if at in headings:
            continue
        labels = lists.setdefault(depth, [])
        if labels is not None and at + 1 < len(blocks) and _is_label(block, blocks[at + 1], facts):
            labels.append(at)
        elif not facts.has_boxes:
            lists[depth] = None
    return found + [at for labels in lists.values() for at in labels or []]


def _is_label(block: Block, after: Block, facts: DocumentFacts) -> bool:
    listed = after.kind == "check" if facts.has_boxes else after.is_list
    text = block.text
    if not listed or len(text) > 90 or len(text.split()) > 9 or block.kind not in ("text", "bullet", "number"):
        return False
    bold = re.fullmatch(r"(\*\*|__)[^*_]{1,80}\1:?", text)
    ends = bool(bold) or text.endswith((":", ":**", ":__"))
    if not block.is_list and text.isupper() and heading_shaped(text):
        return block.indent < 2  # `BEFORE`
    if block.is_list:
        return ends and after.indent > block.indent
    return ends and block.indent < 2


# Items


def _first_roles(blocks: list[Block], headings: dict[int, int], facts: DocumentFacts) -> list[BlockRole]:
    roles: list[BlockRole] = []
    lists: list[int] = []  # indents of the list lines the present one may stand under
    is_reference = False
    for at, block in enumerate(blocks):
        if at in headings:
            title = inline.heading_title(_heading_words(block, headings[at]))
            roles.append(BlockRole(block, LineType.SECTION, headings[at], title))
            is_reference = bool(_REFERENCES.match(title[:200])) if headings[at] < LABEL_LEVEL else is_reference
            lists = []
            continue
        if not block.is_list and block.indent == 0 and block.kind not in ("code", "noise"):
            lists = []
        nested = block.is_list and _nested(lists, block.indent)
        decided = _line_type(block, facts, nested=nested, is_reference=is_reference)
        role = BlockRole(block, LineType.ITEM if _is_ticked(blocks, at) else decided)
        # The stages of a flow chart become sections, unless boxes say themselves what the checklist is.
        if block.kind == "code" and block.language == "mermaid" and not facts.has_boxes:
            role.stages = tuple(diagram.stages(block.lines))
        roles.append(role)
    return roles


def _is_ticked(blocks: list[Block], at: int) -> bool:
    """`✅ Done` in a list of `⬜ To do`: the box of an item that was ticked before."""
    block = blocks[at]
    if block.kind != "bullet" or block.mark not in SIGNS:
        return False
    beside = [blocks[near] for near in (at - 1, at + 1) if 0 <= near < len(blocks)]
    return any(
        near.kind == "check" and near.mark[:1] in "☐☑□▢◻⬜🔲🔳" and abs(near.line - block.line) == 1 for near in beside
    )


def _steps(roles: list[BlockRole]) -> None:
    """What stands between step 1 and step 2 belongs to step 1, though nobody indented it."""
    between: list[BlockRole] = []
    last, goes_on = 0, False
    for role in roles:
        block = role.block
        step = re.match(r"\d{1,9}", block.mark) if block.is_list and role.line_type is LineType.ITEM else None
        if role.line_type is LineType.SECTION or (step and block.indent < 2 and int(step[0]) not in (last + 1, 1)):
            _last_step(between, goes_on)
            last, between, goes_on = 0, [], False
        if step and block.indent < 2:
            is_next = last and int(step[0]) in (last + 1, last)
            for one in between if is_next else ():
                one.under_step = True
            goes_on = bool(is_next and (goes_on or between))
            last, between = int(step[0]), []
        elif block.indent == 0:
            between.append(role)
    _last_step(between, goes_on)


def _last_step(after: list[BlockRole], goes_on: bool) -> None:
    """Code right after the last step is its own where the steps before it had theirs."""
    for role in after if goes_on else ():
        if role.block.kind != "code":
            return
        role.under_step = True


def _heading_words(block: Block, level: int) -> str:
    if block.kind == "heading":
        return block.text
    words = block.text if level == LABEL_LEVEL and block.kind != "number" else block.lines[0].strip()
    return inline.plain(words).strip("*_").rstrip(": ")


def _nested(lists: list[int], indent: int) -> bool:
    """True for a list line under another one; keeps the stack of indents."""
    while lists and lists[-1] >= indent:
        lists.pop()
    nested = bool(lists)
    lists.append(indent)
    return nested


def _line_type(block: Block, facts: DocumentFacts, *, nested: bool, is_reference: bool) -> LineType:
    match block.kind:
        case "check":
            return LineType.ITEM
        case "code":
            return LineType.COMMAND if block.is_command else LineType.CODE
        case "meta":
            return LineType.CODE
        case "html" | "noise":
            return LineType.NOT_UNDERSTOOD
        case "rule":
            return LineType.GUIDANCE
    if inline.is_only_links(block.text):
        return LineType.LINK
    if block.is_list and not facts.has_boxes and not nested and not is_reference:
        return LineType.ITEM
    if not re.search(r"\w", block.text) and block.kind == "text":
        return LineType.NOT_UNDERSTOOD
    return LineType.GUIDANCE


def _checklist_tables(roles: list[BlockRole], facts: DocumentFacts) -> None:
    """Rows of tables that ask for something become items."""
    heading, at = "", 0
    while at < len(roles):
        role = roles[at]
        if role.line_type is LineType.SECTION:
            heading = role.title
        if role.block.row is None:
            at += 1
            continue
        end = at
        while end < len(roles) and roles[end].block.table == role.block.table and roles[end].block.row is not None:
            end += 1
        _mark_rows(roles[at:end], heading, facts)
        at = end


def _mark_rows(table: list[BlockRole], heading: str, facts: DocumentFacts) -> None:
    rows = [role.block.row for role in table if role.block.row is not None]
    header = next((row.cells for row in rows if row.is_header), ())
    boxed = tables.asks_to_tick(rows) or any(tables.has_box(row) for row in rows)
    asks = (boxed or not facts.has_boxes) and tables.is_checklist(rows, heading, alone=not facts.has_lists)
    for role, row in zip(table, rows, strict=True):
        role.header = header
        if asks and not row.is_header and not row.is_separator and any(row.cells):
            role.line_type = LineType.ITEM


# Corrections


def _apply(roles: list[BlockRole], corrections: Mapping[int, Correction], facts: DocumentFacts) -> None:
    """People's corrections, last word over every rule above."""
    level = top = 1 if facts.style.bare_headings else 2
    for role in roles:
        role.correction = corrections.get(role.block.line)
        chosen = role.correction.line_type if role.correction else None
        if chosen is not None and chosen is not role.line_type:
            _correct(role, chosen, level)
        if role.line_type is LineType.SECTION and role.level < LABEL_LEVEL:
            level = max(role.level, top)


def _correct(role: BlockRole, chosen: LineType, level: int) -> None:
    role.stages = ()
    role.line_type = chosen
    if chosen in (LineType.SECTION, LineType.TITLE):
        words = role.block.text if role.block.kind not in ("code", "meta") else role.block.lines[0]
        role.title = role.title or inline.heading_title(words) or words.strip()
        role.level = role.level or level
    elif chosen in (LineType.CODE, LineType.COMMAND):
        shown = role.block.text if role.block.kind == "code" else "\n".join(role.block.lines).strip()
        language = role.block.language or ("shell" if chosen is LineType.COMMAND else "")
        role.block = replace(role.block, text=shown, language=language, is_command=chosen is LineType.COMMAND)


def without_number(title: str) -> str:
    """A heading's words without the number before them."""
    found = NUMBER.match(title)
    return title[found.end() :] if found and found[1].isdigit() else title
