"""What each block becomes: the rules that need the whole document, before anything is put together."""

import re
from collections.abc import Mapping
from dataclasses import replace

from . import answers, diagram, explaining, inline, paragraphs, steps, telling
from .blocks import Block
from .document import Correction, LineType
from .headings import headings_of
from .labels import LABEL_LEVEL, labels_of
from .roles import BlockRole, DocumentFacts
from .rows import mark_lone_table, mark_rows, may_be_rows
from .scopes import Scope, scopes_of
from .style import SIGNS, Style


def roles_of(
    blocks: list[Block], style: Style, chosen: Mapping[int, Correction]
) -> tuple[list[BlockRole], DocumentFacts]:
    """The role of every block, people's corrections applied."""
    blocks = paragraphs.without_marks(blocks) if style.loose_code else blocks
    options = answers.questions(blocks)
    has_boxes = any(block.kind == "check" and at not in options for at, block in enumerate(blocks))
    headings = headings_of(blocks, style)
    has_lists = has_boxes or any(block.is_list and at not in headings for at, block in enumerate(blocks))
    stepwise = style.bare_headings and not any(block.kind in ("check", "bullet") for block in blocks)
    facts = DocumentFacts(style, has_boxes, has_lists, stepwise)
    headings |= labels_of(blocks, headings, set(options), has_boxes=has_boxes)
    titles = {at: inline.heading_title(_heading_words(blocks[at], headings[at])) for at in headings}
    scopes = scopes_of(blocks, headings, titles, set(options))
    walk = _Walk(blocks, headings, titles, scopes, facts)
    roles = walk.roles()
    mark_rows(roles, scopes, facts)
    if not any(role.line_type is LineType.ITEM for role in roles):
        for scope in scopes:
            scope.is_prose = False  # what a text lists about itself is all it has
        walk.defined, walk.settings, walk.left_open, walk.narrated = set(), set(), set(), set()
        roles = walk.roles()
        mark_rows(roles, scopes, facts)
        mark_lone_table(roles)
        paragraphs.mark_paragraphs(roles)
    for at, (asked, question) in options.items():
        roles[at].line_type, roles[at].question = LineType.FILL_IN, question
        if question.selects and blocks[asked].kind == "text" and blocks[asked].indent == 0:
            roles[asked].line_type, roles[at].under_step = LineType.ITEM, True
    for role, scope in zip(roles, scopes, strict=True):
        role.may_be_item = role.line_type is LineType.GUIDANCE and (role.may_be_item or may_be_rows(role, scope))
    _apply(roles, chosen, facts)
    steps.attach(roles)
    return roles, facts


class _Walk:
    """One look at every block, knowing its heading and the lists around it."""

    def __init__(
        self, blocks: list[Block], headings: dict[int, int], titles: dict[int, str], scopes: list[Scope],
        facts: DocumentFacts,
    ) -> None:  # fmt: skip
        self.blocks, self.headings, self.titles, self.scopes, self.facts = blocks, headings, titles, scopes, facts
        self.explained = explaining.explained(blocks)
        self.narrated = telling.narrated(blocks) | telling.asides(blocks, titles)
        self.steps = steps.step_headings(blocks, headings, facts, scopes, self.explained | self.narrated)
        self.details = set() if facts.has_boxes else steps.unindented_details(blocks)
        for place, lists in steps.with_lists(blocks, headings, self.steps).items():
            self.steps.add(place)
            self.details |= lists
        self.intro = explaining.introduced(blocks)
        self.steps_of_intro = steps.of_introduction(blocks, self.intro)
        self.paragraphs = paragraphs.paragraphs(blocks) if facts.style.bare_headings and not facts.has_boxes else set()
        if not facts.style.bare_headings and not facts.has_boxes and facts.has_lists:
            self.paragraphs |= paragraphs.over_commands(blocks, headings, scopes, self.steps)
        self.bold_numbers = steps.bold_numbers(blocks)
        self.around = steps.around_boxes(blocks, scopes)
        self.contents = explaining.contents(blocks, titles)
        self.defined = explaining.defined(blocks)
        self.settings = explaining.settings(blocks)
        self.left_open = explaining.left_open(blocks)

    def roles(self) -> list[BlockRole]:
        """The first idea of what every block becomes."""
        found: list[BlockRole] = []
        lists: list[int] = []  # indents of the list lines the present one may stand under
        for at, block in enumerate(self.blocks):
            if at in self.headings:
                line_type = LineType.ITEM if at in self.steps else LineType.SECTION
                role = BlockRole(block, line_type, self.headings[at], self.titles[at])
                role.is_step = at in self.steps
                found.append(role)
                lists = []
                continue
            goes_on = block.kind == "text" and not block.after_blank
            if not block.is_list and block.indent == 0 and block.kind not in ("code", "noise") and not goes_on:
                lists = []
            nested = block.is_list and _nested(lists, block.indent)
            found.append(self._role(at, block, nested=nested))
        _with_links(found)
        return found

    def _role(self, at: int, block: Block, *, nested: bool) -> BlockRole:
        scope, facts = self.scopes[at], self.facts
        role = BlockRole(block, _line_type(block))
        if at in self.details:
            role.under_step = True
        elif _is_ticked(self.blocks, at) or (
            role.line_type is LineType.GUIDANCE and not nested and steps.holds_boxes(self.blocks, at)
        ):
            role.line_type = LineType.ITEM
        elif steps.is_step_line(self.blocks, at) or at in self.paragraphs or at in self.bold_numbers:
            role.line_type, role.is_step, role.is_soft = LineType.ITEM, True, facts.has_boxes
        elif at in self.around and not nested:
            role.line_type = LineType.ITEM
        elif at in self.left_open and role.line_type is LineType.GUIDANCE and not nested:
            role.line_type = LineType.FILL_IN
        elif block.kind in ("bullet", "number") and role.line_type is LineType.GUIDANCE and not nested:
            self._decide(at, role, scope)
        # The stages of a flow chart become sections, unless boxes say themselves what the checklist is.
        if block.kind == "code" and block.language == "mermaid" and not facts.has_boxes:
            role.stages = tuple(diagram.stages(block.lines))
        return role

    def _introduces(self, at: int) -> bool:
        """True for a list line of an introduction, unless its list tells somebody what to do."""
        if self.facts.has_boxes:
            return self.blocks[at].kind == "bullet"
        return at in self.intro and at not in self.steps_of_intro

    def _decide(self, at: int, role: BlockRole, scope: Scope) -> None:
        """Whether a list line without a box, which stands in no other, is an item."""
        block, has_boxes = role.block, self.facts.has_boxes
        says = explaining.says_about(block) or explaining.names_someone(block) or at in self.contents
        if says or scope.is_reference or scope.is_prose or explaining.is_left_to_write(block):
            return
        led = (
            at in self.explained
            or at in self.defined
            or at in self.settings
            or at in self.narrated
            or (scope.is_intro and self._introduces(at))
        )
        asks = not has_boxes or (not scope.has_boxes and (block.kind == "number" or scope.is_steps))
        if asks and not led:
            role.line_type, role.is_soft = LineType.ITEM, has_boxes
        else:
            role.may_be_item = True


def _with_links(roles: list[BlockRole]) -> None:
    """A line that is nothing but a link is an item where one beside it is: a number, or a bullet of words enough."""
    above: dict[int, BlockRole] = {}  # by indent: the number before, in the same list
    waiting: list[BlockRole] = []
    for role in roles:
        block = role.block
        if not (block.kind == "number" or (block.kind == "bullet" and _says_what(block))):
            if (not block.is_list or block.kind == "check") and block.indent == 0 and block.kind != "code":
                above, waiting = {}, []
            continue
        before = above.get(block.indent)
        if role.line_type is LineType.LINK and before is not None and before.line_type is LineType.ITEM:
            role.line_type, role.is_soft = LineType.ITEM, before.is_soft
        elif role.line_type is LineType.LINK:
            waiting.append(role)
        elif role.line_type is LineType.ITEM:
            for one in waiting:
                if one.block.indent == block.indent:
                    one.line_type, one.is_soft = LineType.ITEM, role.is_soft
            waiting = []
        above[block.indent] = role


def _says_what(block: Block) -> bool:
    """True for a bullet that is no link alone: `- Smoke test in staging: https://…`."""
    return not inline.is_only_links(block.text) or len(block.text.partition(": ")[0].split()) > 2


def _is_ticked(blocks: list[Block], at: int) -> bool:
    """`✅ Done` or `- ✅ Done` in a list of boxes: an item that was ticked before."""
    block = blocks[at]
    signed = block.kind == "bullet" and (block.mark in SIGNS or block.text[:1] in SIGNS)
    beside = [blocks[near] for near in (at - 1, at + 1) if signed and 0 <= near < len(blocks)]
    return any(
        near.kind == "check" and near.indent == block.indent and abs(near.line - block.line) == 1 for near in beside
    )


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


def _line_type(block: Block) -> LineType:
    """What a block is by itself; of a list line without a box the lines around it decide."""
    match block.kind:
        case "check":
            return LineType.ITEM
        case "code":
            return LineType.COMMAND if block.is_command else LineType.CODE
        case "html" | "noise":
            return LineType.NOT_UNDERSTOOD
        case "rule" | "frame":
            return LineType.LAYOUT
    if inline.is_only_links(block.text):
        return LineType.LINK
    if not re.search(r"\w", block.text) and block.kind == "text":
        return LineType.NOT_UNDERSTOOD
    return LineType.GUIDANCE


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
        words = role.block.text if role.block.kind != "code" else role.block.lines[0]
        role.title = role.title or inline.heading_title(words) or words.strip()
        role.level = role.level or level
    elif chosen in (LineType.CODE, LineType.COMMAND):
        shown = role.block.text if role.block.kind == "code" else "\n".join(role.block.lines).strip()
        language = role.block.language or ("shell" if chosen is LineType.COMMAND else "")
        role.block = replace(role.block, text=shown, language=language, is_command=chosen is LineType.COMMAND)
