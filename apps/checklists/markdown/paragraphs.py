"""Lines of words that say what to do, though no list holds them: paragraphs over commands, a text without marks."""

import re
from itertools import pairwise

from . import blanks, code, spans
from .blocks import Block
from .document import LineType
from .roles import BlockRole
from .scopes import Scope
from .steps import WHEN_NEEDED, begins_with_verb

_BEFORE_VERB = re.compile(
    r"(?:(?:if|when|once|after|to) [^,]{1,80}, ?|(?:and )?(?:then|now|next|finally|first|please),? |"
    r"before [^,]{1,80}, ?|you (?:should|must|need to|have to) )+",
    re.IGNORECASE,
)
_PURPOSE = re.compile(r"to [^\W\d_]", re.IGNORECASE)
_THEN = re.compile(r"(?:(?:and )?(?:then|now|next|finally|first),? |after [^,]{1,80}, ?)+", re.IGNORECASE)


def paragraphs(blocks: list[Block]) -> set[int]:
    """Positions of the lines of plain text that say what to do with the command right below them, further in.

    Where there are two of them, a line alone that begins with a verb is a step among them.
    """
    found = {at for at in range(len(blocks) - 1) if _leads_command(blocks[at], blocks[at + 1])}
    if len(found) < 2:
        return found
    return found | {at for at in range(min(found), len(blocks)) if _stands_alone(blocks[at])}


def over_commands(blocks: list[Block], headings: dict[int, int], scopes: list[Scope], steps: set[int]) -> set[int]:
    """Positions of the lines `Check the hull:` right over a command, in parts without boxes of a text without any.

    Where a part has neither a list nor a second one of them, its heading says what the command is for.
    """
    found: set[int] = set()
    for place, following in pairwise([*sorted(headings), len(blocks)]):
        apart = scopes[place].is_prose or scopes[place].is_reference or WHEN_NEEDED.search(blocks[place].text[:200])
        if place in steps or apart:
            continue
        pairs = {
            at
            for at in range(place + 1, following - 1)
            if _leads_command(blocks[at], blocks[at + 1]) and _is_every_time(blocks[at].text)
        }
        has_list = any(block.is_list for block in blocks[place + 1 : following])
        found |= pairs if len(pairs) > 1 or has_list else set()
    return found


def _is_every_time(text: str) -> bool:
    """True for `Then check the hull:`, and not for what is done if or to something, or used."""
    words = _THEN.sub("", text[:200])
    return text.endswith(":") and begins_with_verb(words) and words.split()[0].lower() not in ("use", "set")


def _leads_command(block: Block, after: Block) -> bool:
    is_line = block.kind == "text" and block.indent == 0 and block.after_blank
    is_over = after.kind == "code" and after.is_command and (after.indent > 0 and not block.before_blank)
    leads = after.kind == "code" and after.is_command and block.text.endswith(":") and len(block.text) < 100
    acts = _BEFORE_VERB.match(block.text[:200]) or _PURPOSE.match(block.text[:200]) or begins_with_verb(block.text)
    return is_line and (is_over or leads) and bool(acts)


def _stands_alone(block: Block) -> bool:
    is_line = block.kind == "text" and block.indent == 0 and block.after_blank and block.before_blank
    return is_line and begins_with_verb(_BEFORE_VERB.sub("", block.text[:200]))


def mark_paragraphs(roles: list[BlockRole]) -> None:
    """Makes steps of the paragraphs that say what to do, in a text that has nothing else to go through."""
    if any(role.line_type is LineType.ITEM for role in roles):
        return
    if any(blanks.fields(role.block.text, role.block.line) for role in roles):
        return  # a form to fill in: its paragraphs say how
    found = [role for before, role in pairwise([None, *roles]) if role and _tells_to_do(role, before)]
    lines = [role for role in roles if role.block.kind == "text" and role.block.indent < 2]
    acting = [role for role in lines if begins_with_verb(role.block.text) and len(role.block.text) < 100]
    commands = [role for role in lines if code.is_shell(spans.only_code(role.block.text))]
    if (len(acting) + len(commands)) * 4 >= len(lines) * 3 or len(commands) * 2 > len(lines):  # a list without marks
        found = [*acting, *commands]
    for role in found if len(found) > 1 else commands:
        role.line_type, role.is_step = LineType.ITEM, True


def without_marks(blocks: list[Block]) -> list[Block]:
    """The commands of a plain text that is hardly anything else, each as a line of its own: they are its steps."""
    scripts = [block for block in blocks if _is_script(block)]
    commands = sum(not code.is_comment(line) for block in scripts for line in block.lines)
    acting = sum(block.kind == "text" and begins_with_verb(block.text) for block in blocks)
    is_marked = any(block.is_list or block.kind in ("heading", "row") for block in blocks)
    if is_marked or commands < 2 or (commands + acting) * 2 < sum(len(block.lines) for block in blocks):
        return blocks
    return [line for block in blocks for line in (_lines_of(block) if _is_script(block) else [block])]


def _is_script(block: Block) -> bool:
    """True for commands without a fence, each on a line."""
    is_open = block.kind == "code" and block.is_command and not block.lines[0].lstrip().startswith(("```", "~~~"))
    return is_open and not any(line.rstrip().endswith("\\") for line in block.lines)


def _lines_of(block: Block) -> list[Block]:
    return [
        Block("text", number, (line,), text=_shown(line.strip()), after_blank=False)
        for number, line in enumerate(block.lines, block.line)
        if line.strip()
    ]


def _shown(line: str) -> str:
    return line if "`" in line or code.is_comment(line) else f"`{line}`"


def _tells_to_do(role: BlockRole, before: BlockRole | None) -> bool:
    """True for a paragraph, or a line after a whole sentence, that begins with a verb."""
    block = role.block
    ends = before is None or before.block.text.rstrip("*_`)")[-1:] in (".", "!", "")
    opens = block.kind == "text" and block.indent < 2 and (block.after_blank or ends)
    acts = begins_with_verb(_BEFORE_VERB.sub("", block.text[:200]))
    return opens and role.line_type in (LineType.GUIDANCE, LineType.LINK) and acts
