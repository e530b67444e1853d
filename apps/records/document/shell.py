"""How a record prints commands: what is copied from its pages runs as it was written. Pure text in, text out.

A line that is too long goes on after a backslash, where a shell reads on as well; no printed line is indented, since
readers copy the indent. Where a shell has no such sign, inside single quotes, the page breaks the line.
"""

import re

from . import wording

ROOM = wording.CODE_WIDTH - 2  # characters, and a blank and a backslash behind them
WORD = re.compile(r"(\s*)(\S+)")
# What stands between two printed rows of one line, by what is open there: nothing, quotes, a comment.
BREAKS = {"": "\\\n", '"': "\\\n", "'": "\n", "#": "\n# "}


def command_lines(command: str) -> tuple[str, ...]:
    """The source lines of a command that say something, each with the breaks that fit it into the column."""
    lines, within = [], ""
    for text in wording.visible(command).expandtabs(4).rstrip().split("\n"):
        line, within = _broken(text.rstrip(), within)
        lines += [line] if line.strip() else []
        within = within.strip("#")
    return tuple(lines)


def _broken(text: str, within: str) -> tuple[str, str]:
    """The line in rows, and what is open at its end."""
    done, row = "", ""
    for blanks, word in WORD.findall(text):
        if row and len(row) + len(blanks) + len(word) > ROOM:
            done, row = done + row + blanks + BREAKS[within], ""
        else:
            row += blanks
        while len(word) > ROOM and within != "#":
            piece = _piece(word)
            within, word = _open_after(piece, within), word[len(piece) :]
            done, row = done + row + piece + BREAKS[within], ""
        row += word
        within = _open_after(word, within)
    return done + row, within


def _piece(word: str) -> str:
    """So much of a word as fits a row; nothing is cut behind a backslash, which would then be about the cut."""
    piece = word[:ROOM]
    return piece[:-1] if (len(piece) - len(piece.rstrip("\\"))) % 2 else piece


def _open_after(word: str, within: str) -> str:
    """The quotes or the comment that are open behind a word."""
    if not within and word.startswith("#"):
        return "#"
    characters = iter(word)
    for character in characters:
        if within in ("", '"') and character == "\\":
            next(characters, "")
        elif within in ("'", '"'):
            within = "" if character == within else within
        elif not within and character in "'\"":
            within = character
    return within
