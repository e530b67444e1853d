"""How a record prints commands: what is copied from its pages runs as it was written. Pure text in, text out.

A line that is too long goes on after a backslash, where a shell reads on as well; no printed line is indented, since
readers copy the indent. Single quotes, in which a backslash is none, are closed before it and opened after it.
"""

import re

from . import wording

ROOM = wording.CODE_WIDTH - 3  # characters, and a blank, a quote and a backslash behind them
WORD = re.compile(r"\s*\S+\s*")  # with the blanks behind it, which end a row and do not begin one
# What ends a printed row of a line and what begins the next one, by what is open there: nothing, quotes, a comment.
BREAKS = {"": ("\\", ""), '"': ("\\", ""), "'": ("'\\", "'"), "#": ("", "# ")}


def command_lines(command: str) -> tuple[str, ...]:
    """The source lines of a command that say something, each with the breaks that fit it into the column."""
    lines, within = [], ""
    for text in wording.printable(command).expandtabs(4).rstrip().split("\n"):
        line, within = _broken(text.rstrip(), within)
        lines += [line] if line.strip() else []
        within = within.strip("#")
    return tuple(lines)


def _broken(text: str, within: str) -> tuple[str, str]:
    """The line in rows, and what is open at its end."""
    done, begun, row = "", "", ""
    for word in WORD.findall(text):
        if row != begun and len(row) + max(len(word.rstrip()), len(word) - 1) > ROOM:
            ending, begun = BREAKS[within]
            done, row = f"{done}{row}{ending}\n", begun
        if not within and word.lstrip().startswith("#"):
            within = "#"
        while len(row) + len(word.rstrip()) > ROOM and within != "#":
            piece = _piece(word, ROOM - len(row))
            within, word = _open_after(piece, within), word[len(piece) :]
            ending, begun = BREAKS[within]
            done, row = f"{done}{row}{piece}{ending}\n", begun
        row += word
        within = _open_after(word, within)
    return done + row, within


def _piece(word: str, room: int) -> str:
    """So much of a word as fits; nothing is cut behind a backslash, which would then be about the cut."""
    piece = word[: max(room, 2)]
    return piece[:-1] if (len(piece) - len(piece.rstrip("\\"))) % 2 else piece


def _open_after(word: str, within: str) -> str:
    """The quotes that are open behind a word; a comment stays one."""
    characters = iter(word)
    for character in characters:
        if within in ("", '"') and character == "\\":
            next(characters, "")
        elif within in ("'", '"'):
            within = "" if character == within else within
        elif not within and character in "'\"":
            within = character
    return within
