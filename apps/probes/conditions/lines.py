"""Conditions as text: a line each. What else ends a line somewhere stays in it, where it is refused as unseen."""

import re

ENDS = re.compile(r"\r\n|\r|\n")
# Blanks of any width, and none of what is a line end to some readers and nothing at all to most.
BLANKS = re.compile(r"[^\S\r\n\v\f\x1c-\x1f\x85\u2028\u2029]+")


def lines_of(text: str) -> list[str]:
    """The lines in which anything stands, with one blank where there are several."""
    return [line for line in map(squeezed, ENDS.split(text)) if line]


def squeezed(line: str) -> str:
    """A line with one blank where there are several, and none at its ends."""
    return BLANKS.sub(" ", line).strip(" ")
