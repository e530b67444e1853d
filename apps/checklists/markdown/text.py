"""From bytes to the lines everything else counts."""

import codecs
import re

MAX_BYTES = 5 * 1024 * 1024 + 4096
MAX_LINES = 200_000
NOT_TEXT = "This file is not text. Keyturn reads Markdown and plain text; export the checklist as one of them."
TOO_LARGE = "This text is larger than 5 MB. Split it into several checklists and import them one by one."
TOO_LONG = "This text has far more lines than a checklist can have. Split it into several and import them one by one."
INVISIBLE = "\u200b\u2060\ufeff"  # pasted along with the words by editors in the browser
_DIRECTIONS = re.compile(r"^(\s*)[\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_ALLOWED_CONTROLS = set("\t\n\r\f\v\x1b")


class NotText(ValueError):
    """The bytes are no text that can be read; the message says so to the person."""


def decode(data: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 with its mark, or Windows-1252; NotText for anything else."""
    if len(data) > MAX_BYTES:
        raise NotText(TOO_LARGE)
    return checked(_decoded(data))


def checked(text: str) -> str:
    """The text without its byte order mark; NotText where it is junk or too long to read."""
    strange = sum(1 for char in text if char < " " and char not in _ALLOWED_CONTROLS)
    if "\0" in text or strange > len(text) // 1000:
        raise NotText(NOT_TEXT)
    if len(text) > MAX_BYTES:
        raise NotText(TOO_LARGE)
    if text.count("\n") + text.count("\r") > 2 * MAX_LINES or len(split_lines(text)) > MAX_LINES:
        raise NotText(TOO_LONG)
    return text.removeprefix("\ufeff")


def _decoded(data: bytes) -> str:
    is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if is_wide else ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotText(NOT_TEXT)


def split_lines(text: str) -> list[str]:
    """Lines as editors number them: LF, CRLF and CR end a line, nothing else does."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def without_invisible(lines: list[str]) -> list[str]:
    """The lines as a reader sees them: without invisible signs, and without an indent that all of them share."""
    seen = [_DIRECTIONS.sub(r"\1", _INVISIBLE.sub("", line)) for line in lines]
    indents = [line[: len(line) - len(line.lstrip())] for line in seen if line.strip()]
    shared = min(indents, key=len) if len(indents) > 1 else ""
    cut = len(shared) if all(indent.startswith(shared) for indent in indents) else 0
    return [new[cut:] if new.strip() else old for new, old in zip(seen, lines, strict=True)]
