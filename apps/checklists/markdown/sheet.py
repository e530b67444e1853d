"""The sign-off sheet: which lines are blanks that somebody signs, and which are blanks like any other."""

import re

from . import blanks, inline, tables
from .blocks import Block
from .document import LineType
from .plan import LABEL_LEVEL, BlockRole
from .style import SIGN_OFF

_SIGNED_BY = re.compile(
    r"\b(?:signed|approved|verified|completed|reviewed|released|deployed|authori[sz]ed|tested|performed|executed|checked|"
    r"accepted|confirmed)(?:\s+off)?\s+by\b|^signature|^production[\s-]ready|^go\s*/\s*no-?go|"
    r"\b(?:freigegeben|geprüft|genehmigt|abgenommen)\s+(?:von|durch)\b|^unterschrift|"
    r"\b(?:aprobado|revisado|verificado|autorizado)\s+por\b|\b(?:approuvé|vérifié|validé)\s+par\b|^承認者|^署名",
    re.IGNORECASE,
)
_BARE_FIELD = re.compile(r"(?:\*\*)?[A-Z][\w /()-]{1,50}:(?:\*\*)?\s*$")
_SLASHED = re.compile(r"([A-Z][\w /()-]{1,50}):\s+([\w' -]{1,30}(?:\s*/\s*[\w' -]{1,30}){1,4})\s*$")
_ANSWER = re.compile(
    r"(?:yes|no|go|no[\s-]go|approved|rejected|ready|not ready|n/?a|with caveats|pass(?:ed)?|fail(?:ed)?|"
    r"conditional\w*)\b.{0,40}$",
    re.IGNORECASE,
)


def mark(roles: list[BlockRole]) -> None:
    """Blanks under a sign-off heading, or after `Approved by: ____`, belong to the sign-off sheet."""
    inside, depth, signing = False, 0, False
    answered = False
    above = _stands_above(roles)
    for role in roles:
        if role.line_type in (LineType.SECTION, LineType.TITLE):
            signing = False
            if not inside or role.level <= depth:
                says = bool(SIGN_OFF.search(role.title[:200])) and role is not above
                inside, depth = says and role.line_type is LineType.SECTION, role.level
            continue
        if not inside and _opens_sheet(role.block):
            inside, depth = True, LABEL_LEVEL
            continue
        if role.is_chosen:
            continue
        answered = _sign_off_type(role, inside=inside, signing=signing, answered=answered)
        signing = signing or role.line_type is LineType.SIGN_OFF


def _stands_above(roles: list[BlockRole]) -> BlockRole | None:
    """The heading above all others: it names the document, and not every blank of a “Sign-off plan” is to be signed."""
    headings = [role for role in roles if role.line_type in (LineType.SECTION, LineType.TITLE)]
    return headings[0] if len(headings) > 1 and all(one.level > headings[0].level for one in headings[1:]) else None


def _opens_sheet(block: Block) -> bool:
    """`**Sign-off**` or `Approvals:` on a line of its own, which no rule took for a heading."""
    text = block.text.strip()
    if block.kind != "text" or len(text) > 60 or not (text.endswith(":") or text.startswith(("**", "__"))):
        return False
    words = inline.plain(text).strip(": ")
    return len(words.split()) < 4 and bool(SIGN_OFF.search(words)) and not _SIGNED_BY.search(words)


def _sign_off_type(role: BlockRole, *, inside: bool, signing: bool, answered: bool) -> bool:
    """Sets the line_type of one line and says whether a field that may take answers came last."""
    block = role.block
    signed = inside or tables.asks_to_sign(role.header)
    if block.kind == "row" and signed and block.row and not block.row.is_separator and not block.row.is_header:
        empty = [cell for cell in block.row.cells if not cell.strip("_ .☐")]
        role.line_type = LineType.SIGN_OFF if empty and block.row.cells[0] else role.line_type
        return False
    if block.kind == "check":
        is_answer = inside and answered and bool(_ANSWER.match(block.text))
        role.line_type = LineType.SIGN_OFF if is_answer else role.line_type
        return is_answer
    if block.kind not in ("text", "bullet", "number"):
        return False
    found = blanks.fields(block.text, block.line)
    is_bare = bool(_BARE_FIELD.match(block.text[:80]))
    bare = (inside and (is_bare or _SLASHED.match(block.text[:250]))) or (
        is_bare and _SIGNED_BY.search(block.text[:80])
    )
    if not found and not bare:
        return False
    if inside or signing or bare or _SIGNED_BY.search(found[0].label):
        role.line_type = LineType.SIGN_OFF
        return True
    if role.line_type is not LineType.ITEM:
        role.line_type = LineType.FILL_IN
    return False


def slashed(text: str) -> tuple[str, tuple[str, ...]] | None:
    """Label and answers of `Production-ready: yes / no / with caveats`."""
    found = _SLASHED.match(text[:250])
    return (found[1], tuple(part.strip() for part in found[2].split("/"))) if found else None
