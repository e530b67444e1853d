"""Tables: with pipes or tabs, and those that lost their columns when a web page was pasted.

A flattened row keeps its words and loses its borders. Two traces are left: a cell usually begins with a capital, and a
path or a call is a cell by itself. The header says how many cells to look for.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from . import inline

_SEPARATOR = re.compile(r"\s*\|?\s*:?-{1,}:?\s*(?:\|\s*:?-{1,}:?\s*)*\|?\s*")
_GAP = re.compile(r"\t+| {3,}")
BOX = re.compile(r"(?:\\?\[(?: |x|X|\\? )?\\?\]|[☐☑☒□▢◻⬜✅✔✓🔲🔳❏❑]\ufe0f?)")
_SAYS = re.compile(r"[✅✔✓]\ufe0f?\s*(?:yes|no|required|needed|optional|always|ja|oui|s[ií]|sim)\b.*", re.IGNORECASE)
_TICKED = re.compile(
    r"\W*(?:done|completed?|check(?:ed)?|tick(?:ed)?|ok|pass(?:ed)?|(?:pass|ok|yes|y)\s*/\s*(?:fail|nok|no|n)|"
    r"initials?|signature|signed(?:\s+off)?|sign[\s-]?off|erledigt|hecho|fait)?\W*",
    re.IGNORECASE,
)
_NOT_YET = re.compile(r"\W*(?:yes|no|y|n|x|n/a|tbd|todo|pending|open)?\W*", re.IGNORECASE)
_PEOPLE = re.compile(
    r"\b(?:roles?|names?|who|approvers?|reviewers?|signator(?:y|ies)|titles?|positions?|functions?|departments?|teams?|person|"
    r"part(?:y|ies)|stakeholders?|rolle|rol|cargo|nombre|nom|rôle)\b|氏名|役割",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"\b(?:signatures?|signed|initials|unterschrift)\b|署名", re.IGNORECASE)
_JOINING = frozenset({
    "and", "or", "of", "the", "a", "an", "to", "for", "with", "in", "on", "at", "by", "per", "from", "via", "vs",
    "is", "are", "as", "than", "&", "/", "+", "-", "–", "—",
})  # fmt: skip
_LEGEND_FIRST = frozenset({
    "symbol", "term", "variable", "abbreviation", "acronym", "notation", "letter", "word", "name", "field", "key",
    "code",
})  # fmt: skip
_LEGEND_LAST = frozenset({
    "meaning", "meanings", "definition", "description", "explanation", "value", "values", "default",
})  # fmt: skip
_CHECKLIST_WORDS = re.compile(
    r"\b(?:check(?:s|list|lists|point|points)?|controls?|items?|tasks?|steps?|requirements?|criteri(?:a|on)|actions?|must|"
    r"questions?|"
    r"gates?|verif\w+|domains?|safeguards?|measures?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its cells as recovered; a header row names the columns of those below."""

    cells: tuple[str, ...]
    is_header: bool = False
    is_separator: bool = False


def is_separator(text: str) -> bool:
    """True for the line of dashes under a header."""
    text = text[:2000]
    return "-" in text and "|" in text and not text.strip("|-: \t") and bool(_SEPARATOR.fullmatch(text))


def has_pipes(text: str) -> bool:
    """True for a row that begins with a pipe and has another."""
    text = text.strip()
    return text.startswith("|") and text.count("|") > 1


def pipe_cells(text: str) -> tuple[str, ...]:
    """The cells of a row with pipes; an escaped pipe and one inside backticks stay in their cell."""
    text = text.strip().removeprefix("|")
    text = text[:-1] if text.endswith("|") and not text.endswith("\\|") else text
    cells: list[str] = []
    cell: list[str] = []
    in_code = False
    for index, char in enumerate(text):
        in_code ^= char == "`"
        if char == "|" and not in_code and text[index - 1 : index] != "\\":
            cells.append("".join(cell))
            cell = []
        else:
            cell.append(char)
    return tuple(text.strip().replace("\\|", "|") for text in (*cells, "".join(cell)))


def pipe_rows(lines: list[str]) -> list[TableRow]:
    """Rows of a table with pipes; the line above a line of dashes is its header."""
    has_header = len(lines) > 1 and is_separator(lines[1])
    return [
        TableRow((), is_separator=True) if is_separator(line) else TableRow(pipe_cells(line), not index and has_header)
        for index, line in enumerate(lines)
    ]


def tabbed_rows(lines: list[str]) -> list[TableRow] | None:
    """Rows of a table between tabs: three lines or more, all with as many columns as the first, or fewer."""
    cells = [[cell.strip() for cell in line.split("\t")] for line in lines]
    width = len(cells[0])
    named = all(cell.strip("_. ") for cell in cells[0])
    if len(lines) < 3 or width < 2 or not named or any(len(row) > width + 1 for row in cells):
        return None
    return [TableRow(tuple(row), is_header=index == 0) for index, row in enumerate(cells)]


def flattened_rows(lines: list[str]) -> list[TableRow] | None:
    """Rows of a table whose columns were lost, or None for lines that are no table."""
    if len(lines) < 3 or any(len(line) > 400 for line in lines):
        return None
    gapped = [_GAP.split(line.strip()) for line in lines]
    if any(not cell.strip("_. ") for cell in gapped[0]):
        return None  # a blank to fill in is no column's name
    if len(gapped[0]) > 1 and all(len(cells) > 1 for cells in gapped):
        return [TableRow(tuple(cells), is_header=index == 0) for index, cells in enumerate(gapped)]
    header = _header_cells(lines[0])
    if len(header) < 2:
        return None
    rows = _rows_by_code(lines[1:], len(header)) or _rows_by_capitals(lines[1:], len(header))
    if rows is None and len(header) > 3:
        # Each Word Of The Header Has A Capital: the rows know how many cells there are
        rows = next(filter(None, (_rows_by_capitals(lines[1:], columns) for columns in (3, 2))), None)
        header = [lines[0].strip()]
    if rows is None:
        return None
    return [TableRow(tuple(header), is_header=True), *(TableRow(tuple(cells)) for cells in rows)]


def _header_cells(line: str) -> list[str]:
    """A header's names: each begins with a capital, `Control Applied to Why it matters`."""
    words = line.split()
    if not 2 <= len(words) <= 14 or not words[0][:1].isupper() or re.search(r"[.:;,!?=(){}<>]", line):
        return []
    cells: list[list[str]] = []
    for word in words:
        if word[:1].isupper() or not cells:
            cells.append([word])
        else:
            cells[-1].append(word)
    return [" ".join(cell) for cell in cells]


def _rows_by_code(lines: list[str], columns: int) -> list[list[str]] | None:
    """Rows in most of which one cell is a path: it stands alone, and what is before and after are cells too."""
    rows, paths = [], 0
    for line in lines:
        words = line.split()
        at = [index for index, word in enumerate(words) if inline.is_path(word.rstrip(","))]
        if not at:
            rows.append(_split(words, columns))
            continue
        paths += 1
        first, last = at[0], at[0]
        while last + 1 in at and words[last].endswith(","):
            last += 1
        before, code, after = words[:first], words[first : last + 1], words[last + 1 :]
        left = [" ".join(before)] if before else []
        right = _split(after, max(columns - 1 - len(left), 1)) if after else []
        rows.append([*left, " ".join(code), *right])
    return rows if paths * 2 >= len(lines) else None


def _rows_by_capitals(lines: list[str], columns: int) -> list[list[str]] | None:
    """Rows cut where a capital begins a cell; None unless most rows have as many cells as the header names."""
    rows = [_split(line.split(), columns) for line in lines]
    if not all(line.lstrip()[:1].isupper() or line.lstrip()[:1].isdigit() for line in lines):
        return None
    whole = sum(1 for row in rows if len(row) == columns)
    return rows if whole * 3 >= len(rows) * 2 else None


def _split(words: list[str], columns: int) -> list[str]:
    """Words cut into at most so many cells, at the words most likely to begin one."""
    scored = [(_begins_cell(words, index), index) for index in range(1, len(words))]
    likely = sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: (-pair[0], pair[1]))
    cuts = sorted(index for _score, index in likely[: columns - 1])
    edges = [0, *cuts, len(words)]
    return [" ".join(words[start:end]) for start, end in pairwise(edges)]


def _begins_cell(words: list[str], index: int) -> int:
    """How likely the word begins a cell: 0 no, 3 a plain capitalised word after a finished one."""
    word, before = words[index], words[index - 1]
    bare = word.strip("`\"'(")
    if not bare[:1].isupper() or before.endswith((",", "/", "&", "(", "-")) or before.lower() in _JOINING:
        return 0
    if (len(bare) > 1 and bare.isupper()) or any(char.isdigit() for char in bare):
        return 1
    return 3 if index == 1 or not before[:1].isupper() else 2


def is_checklist(rows: list[TableRow], heading: str, *, alone: bool, of_tasks: bool = False) -> bool:
    """Do the rows ask to be done or checked? `alone` = the document has no list that could hold its items.

    A legend (`Symbol Meaning`) explains, unless it is one of_tasks (`Task Description`): it is never a checklist.
    """
    body = [row for row in rows if not row.is_header and not row.is_separator]
    header = next((row.cells for row in rows if row.is_header), ())
    if not body or (is_legend(header, body) and not of_tasks):
        return False
    columns = max(len(header), max(len(row.cells) for row in body))
    spoken = bool(_CHECKLIST_WORDS.search(" ".join((heading[:300], *header))))
    return spoken if columns < 3 or not alone else True


def asks_to_tick(rows: list[TableRow]) -> bool:
    """True where most rows have a box, or leave a column empty that is called `Done` or `Checked`."""
    body = [row for row in rows if not row.is_header and not row.is_separator]
    header = next((row.cells for row in rows if row.is_header), ())
    boxed = sum(1 for row in body if has_box(row)) * 2 >= len(body)
    return bool(body) and (boxed or any(_is_to_tick(name, at, body) for at, name in enumerate(header)))


def _is_to_tick(name: str, at: int, body: list[TableRow]) -> bool:
    return bool(re.search(r"\w|[✓✔✅☐☑]", name) and _TICKED.fullmatch(name[:60])) and all(
        _NOT_YET.fullmatch("".join(row.cells[at : at + 1])[:60]) for row in body
    )


def asks_to_sign(header: tuple[str, ...]) -> bool:
    """True for a sheet of people: who in the first column, and a column for signatures."""
    return any(_SIGNED.search(name) for name in header) and bool(_PEOPLE.search(header[0]))


def people(header: tuple[str, ...]) -> list[int]:
    """The columns that say who: a role or a name."""
    return [at for at, name in enumerate(header) if _PEOPLE.search(name) and not _SIGNED.search(name)]


def has_box(row: TableRow) -> bool:
    """True where a cell begins with a box to tick; `✅ Yes` in one says how it is."""
    return any(BOX.match(cell) and not _SAYS.fullmatch(cell[:60]) for cell in row.cells)


def is_legend(header: tuple[str, ...], body: list[TableRow]) -> bool:
    """True for a table that explains names: `Symbol | Meaning`, or single letters in the first column."""
    first = header[0].lower().split()[:1] if header and header[0] else []
    last = header[-1].lower().split()[-1:] if header and header[-1] else []
    if len(header) == 2 and first and last and (first[0] in _LEGEND_FIRST or last[0] in _LEGEND_LAST):
        return True
    firsts = [row.cells[0] for row in body if row.cells]
    return (
        len(header) <= 3
        and bool(firsts)
        and all(len(cell.strip("`*$\\")) <= 2 and not cell.isdigit() for cell in firsts)
    )
