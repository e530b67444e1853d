"""The sign-off sheet: which lines are blanks that somebody signs, and which are blanks like any other."""

import re
from dataclasses import replace

from . import blanks, columns, inline, tables
from .blocks import Block
from .document import Field, LineType
from .labels import LABEL_LEVEL
from .roles import BlockRole
from .style import SIGN_OFF

_SIGNED_BY = re.compile(
    r"\b(?:signed|approved|verified|completed|reviewed|released|deployed|authori[sz]ed|tested|performed|executed|"
    r"checked|"
    r"accepted|confirmed)(?:\s+off)?\s+by\b|^signature\b|^production[\s-]ready|^go\s*/\s*no-?go|"
    r"\b(?:freigegeben|geprüft|genehmigt|abgenommen)\s+(?:von|durch)\b|^unterschrift|"
    r"\b(?:aprobado|revisado|verificado|autorizado)\s+por\b|\b(?:approuvé|vérifié|validé)\s+par\b|^承認者|^署名",
    re.IGNORECASE,
)
_BARE_FIELD = re.compile(r"(?:\*\*)?[A-Z][\w /()-]{1,50}:(?:\*\*)?\s*$")
_SLASHED = re.compile(r"([A-Z][\w /()-]{1,50}):\s+([\w' -]{1,30}(?:\s*/\s*[\w' -]{1,30}){1,4})\s*$")
# `**Owner:** GO / NO-GO - [Signature] [Date]`
_TO_SIGN = re.compile(
    r"\[(?:signature|initials|sign here|unterschrift|firma)\b[^\[\]]{0,30}\]|:\W*go\s*/\s*no-?go\b", re.IGNORECASE
)
_SIGNATURES = re.compile(
    r"\b(?:signatures?|signator(?:y|ies)|signed by|unterschrift(?:en)?|firmas?)\b|署名", re.IGNORECASE
)
_ROLE = re.compile(
    r"\b(?:lead|leader|owner|manager|engineer|developer|director|officer|head|chief|qa|security|product|operations|"
    r"ops|sre|"
    r"devops|cto|ceo|ciso|cio|vp|architect|captain|commander|dba|legal|compliance|business|sponsor|client|customer|"
    r"stakeholder|reviewer|approver|tester|master|coordinator|leitung|leiter(?:in)?|responsable)\b|責任者|担当",
    re.IGNORECASE,
)
_STILL_OPEN = re.compile(
    r"[\W_]*(?:(?:tbd|tba|tbc|todo|pending|open|awaiting|waiting|not (?:yet )?signed|name|date|signature|n/a|offen|"
    r"ausstehend|"
    r"yyyy-mm-dd|dd[./-]mm[./-]yyyy|mm/dd/yyyy)[\W_]*)?|[\W_]*\[[^\[\]]{1,40}\][\W_]*|<[^<>]{1,40}>|@?\(?(?:name|"
    r"handle)\)?",
    re.IGNORECASE,
)


def mark(roles: list[BlockRole]) -> None:
    """Blanks under a sign-off heading, or after `Approved by: ____`, belong to the sign-off sheet."""
    walk = _Walk(_stands_above(roles))
    for role, following in zip(roles, [*roles[1:], None], strict=False):
        walk.visit(role, following)
    signed = {role.block.table for role in roles if role.line_type is LineType.SIGN_OFF and role.block.row}
    for role in roles:
        row = role.block.row
        if row and role.block.table in signed and (row.is_header or row.is_separator) and not role.is_chosen:
            role.line_type = LineType.LAYOUT  # the names of the columns of a sheet


class _Walk:
    """What the lines before one say about it."""

    def __init__(self, above: BlockRole | None) -> None:
        self.above = above
        self.inside, self.depth = False, 0  # under a sign-off heading of that level
        self.are_names = False  # a list here is one of people who sign
        self.signing = False  # a field of the sheet came before
        self.has_items = False  # above the first item a text says what it is about
        self.parents: list[BlockRole] = []  # list lines that the present line stands under

    def visit(self, role: BlockRole, following: BlockRole | None) -> None:
        """Give one line its type, where it is a blank."""
        block = role.block
        self.has_items = self.has_items or role.line_type is LineType.ITEM
        if role.line_type in (LineType.SECTION, LineType.TITLE):
            self._enter(role)
        elif not self.inside and _opens_sheet(block):
            self._open(inline.plain(block.text), LABEL_LEVEL)
            role.line_type = role.line_type if role.is_chosen else LineType.LAYOUT
        elif not role.is_chosen:
            self._nest(role, following)
            if line_type := self._type(role, following):
                role.line_type = line_type
                role.leads = line_type is LineType.SIGN_OFF and block.is_list and _leads(role, following)
                self.signing = self.signing or (self.has_items and line_type is LineType.SIGN_OFF)
            if block.is_list:
                self.parents.append(role)

    def _enter(self, role: BlockRole) -> None:
        self.signing, self.parents = False, []
        if not self.inside or role.level <= self.depth:
            says = bool(SIGN_OFF.search(role.title[:200])) and role is not self.above
            self.inside = False
            if says and role.line_type is LineType.SECTION:
                self._open(role.title, role.level)

    def _open(self, title: str, depth: int) -> None:
        self.inside, self.depth, self.are_names = True, depth, bool(_SIGNATURES.search(title[:200]))

    def _nest(self, role: BlockRole, following: BlockRole | None) -> None:
        """Leave the list lines that the present one does not stand under."""
        block = role.block
        goes_on = block.kind == "text" and not block.after_blank and following is not None and following.block.is_list
        if block.indent == 0 and not block.is_list and not goes_on and not role.under_step:
            self.parents = []
        while self.parents and block.is_list and self.parents[-1].block.indent >= block.indent:
            self.parents.pop()

    def _type(self, role: BlockRole, following: BlockRole | None) -> LineType | None:
        block = role.block
        parent = self.parents[-1] if self.parents else None
        if role.question:
            signed = self.inside or (role.question.decides and parent is None)
            return LineType.SIGN_OFF if signed else LineType.FILL_IN
        if block.kind == "row":
            return self._of_row(role)
        if block.kind == "check":
            answered = following is not None and following.question and following.question.line == block.line
            open_ended = bool(blanks.fields(block.text, block.line) or _TO_SIGN.search(block.text[:250]))
            own = answered or open_ended or _leads(role, following)
            signs = self.inside and bool(own)
            return LineType.SIGN_OFF if signs else None
        if block.kind not in ("text", "bullet", "number"):
            return None
        if following is not None and following.question and following.question.line == block.line:
            signed = self.inside or (following.question.decides and parent is None)
            return LineType.SIGN_OFF if signed else (None if role.line_type is LineType.ITEM else LineType.FILL_IN)
        return self._of_blank(role, following, parent)

    def _of_blank(self, role: BlockRole, following: BlockRole | None, parent: BlockRole | None) -> LineType | None:
        block = role.block
        found = blanks.fields(block.text, block.line)
        is_bare = bool(_BARE_FIELD.match(block.text[:80]))
        if not found and block.kind == "text" and following is not None and _stands_over(following.block):
            return None
        is_short = len(block.text.split()) < 6
        signed_by = bool(_SIGNED_BY.search(found[0].label if found else block.text[:80]))
        runs = block.kind == "number" and following is not None and following.block.kind == "code"
        bare = (self.inside and not runs and (is_bare or _SLASHED.match(block.text[:250]))) or (
            is_bare and signed_by and is_short
        )
        if self.inside and block.is_list and not found and (_leads(role, following) or self._is_name(block)):
            return LineType.SIGN_OFF
        if not found and not bare:
            return None
        if parent is not None and not self.inside:
            return (
                LineType.FILL_IN if parent.line_type is LineType.ITEM and role.line_type is not LineType.ITEM else None
            )
        if self.inside or self.signing or bare or signed_by:
            leads = parent is not None and parent.line_type is LineType.SIGN_OFF
            role.signatory = inline.plain(parent.block.text).rstrip(": ") if parent and leads else ""
            return LineType.SIGN_OFF
        return LineType.FILL_IN if role.line_type is not LineType.ITEM else None

    def _of_row(self, role: BlockRole) -> LineType | None:
        row = role.block.row
        if row is None or row.is_separator or row.is_header or not row.cells or not row.cells[0]:
            return None
        if not tables.asks_to_sign(role.header) and (not self.inside or columns.rates_tasks(role.header)):
            return None
        waits = any(map(_waits, row.cells))
        return LineType.SIGN_OFF if waits or 0 in tables.people(role.header) else None

    def _is_name(self, block: Block) -> bool:
        """True for a line of a list of people who sign."""
        words = inline.plain(block.text[:200]).strip(" :")
        return len(words.split()) < 6 and (self.are_names or (len(words.split()) < 4 and bool(_ROLE.search(words))))


def _stands_over(after: Block) -> bool:
    """True for what a line such as `Before the release:` leads, which is then no blank itself."""
    return after.kind in ("row", "code", "check") or (after.is_list and bool(blanks.fields(after.text, after.line)))


def _leads(role: BlockRole, following: BlockRole | None) -> bool:
    """True for `- **Product**` over `  - Signature: ____`: whose signature it is."""
    after = following.block if following else None
    if after is None or after.kind not in ("text", "bullet", "number") or after.indent <= role.block.indent:
        return False
    own = blanks.fields(role.block.text, role.block.line)
    return not own and (bool(blanks.fields(after.text, after.line)) or bool(_BARE_FIELD.match(after.text[:80])))


def _stands_above(roles: list[BlockRole]) -> BlockRole | None:
    """The heading above all others: it names the document, and not every blank of a “Sign-off plan” is to be signed."""
    headings = [role for role in roles if role.line_type in (LineType.SECTION, LineType.TITLE)]
    return headings[0] if len(headings) > 1 and all(one.level > headings[0].level for one in headings[1:]) else None


def _waits(cell: str) -> bool:
    """True for a cell that somebody has still to fill: empty, `TBD`, `[Name]`."""
    return bool(_STILL_OPEN.fullmatch(cell[:60]))


def _opens_sheet(block: Block) -> bool:
    """`**Sign-off**` or `Approvals:` on a line of its own, which no rule took for a heading."""
    text = block.text.strip()
    if block.kind != "text" or len(text) > 60 or not (text.endswith(":") or text.startswith(("**", "__"))):
        return False
    words = inline.plain(text).strip(": ")
    is_field = _SIGNED_BY.search(words) and not _SIGNATURES.fullmatch(words)
    return len(words.split()) < 4 and bool(SIGN_OFF.search(words)) and not is_field


def fields(role: BlockRole) -> tuple[Field, ...]:
    """What a line leaves open on the sheet: its blanks, or itself."""
    block = role.block
    if role.leads:
        return ()
    if block.row is not None:
        who = tables.people(role.header) or range(len(block.row.cells))
        cells = [(at, inline.plain(cell)) for at, cell in enumerate(block.row.cells) if not _waits(cell)]
        spoken = [(at, words) for at, words in cells if any(map(str.isalpha, words))]
        names = [words for at, words in spoken if at in who] or [words for _at, words in spoken[:1]]
        return (Field(", ".join(names)[:200] or "Signature", block.line),)
    found = blanks.fields(block.text, block.line, hinted=True)
    answers = slashed(block.text)
    if not found and answers:
        found = (Field(answers[0], block.line, "choice", answers[1]),)
    if not found and _TO_SIGN.search(block.text[:250]) and ":" in block.text:
        found = (blanks.field(inline.plain(block.text.partition(":")[0] + ":").strip(":* "), block.line),)
    if not found:
        found = (blanks.field(inline.plain(block.text).rstrip(": ")[:200] or "Note", block.line),)
    return (
        tuple(replace(one, label=f"{role.signatory}: {one.label}"[:200]) for one in found) if role.signatory else found
    )


def slashed(text: str) -> tuple[str, tuple[str, ...]] | None:
    """Label and answers of `Production-ready: yes / no / with caveats`."""
    found = _SLASHED.match(text[:250])
    return (found[1], tuple(part.strip() for part in found[2].split("/"))) if found else None
