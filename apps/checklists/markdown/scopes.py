"""What stands under one heading: whether its list is one to go through, or only says something."""

import re
from dataclasses import dataclass

from .blocks import Block
from .labels import LABEL_LEVEL

_NUMBERED = r"\W*(?:(?:\d+(?:\.\d+)*|[a-z])[.)]?\s+)?"
_REFERENCES = re.compile(
    rf"^{_NUMBERED}(?:references?|see also|related\b.*|resources(?:\\W.{0, 30})?|further reading|"
    r"(?:table of )?contents|links|glossary|changelog|change log|revision history|learn more|"
    r"documentation links|additional resources)\W*$",
    re.IGNORECASE,
)
_PROSE = re.compile(
    rf"^{_NUMBERED}(?:(?:\w+ )?notes?|background|context|overview|"
    rf"introduction|"
    r"about(?: this .{1,40})?|summary|abstract|motivation|rationale|purpose|goals?|non[\s-]?goals?|objectives?|"
    r"(?:in|out of)[\s-]scope|scope|assumptions?|constraints|limitations|known (?:issues|limitations)|risks?|"
    r"(?:key )?contacts?|audience|definitions?|terminology|terms|legend|faqs?|history|metadata|document (?:control|"
    r"info\w*)|"
    r"what(?:'s| is| has)? (?:new|changed)|features|highlights|breaking changes|examples?|tips(?: .{1,30})?|caveats|"
    r"disclaimer|alternatives(?: considered)?|how to use(?: this.{0,40})?|usage(?: guide| notes)?|license|credits|"
    r"acknowledge?ments|lessons learned|appendix.{0,40}|hintergrund|hinweise?|bemerkungen|anmerkungen|kontakte|"
    r"contexte|remarques|notes importantes|contacto?s?|notas|contexto|背景|概要|注意事項?|備考)\W*$",
    re.IGNORECASE,
)
_STEPS = re.compile(
    r"\b(?:steps|procedure|instructions|to[\s-]?dos?|tasks|check[\s-]?list|checks|action items|actions|run ?book|"
    r"schritte|aufgaben|étapes|pasos)\b|手順|チェック",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Scope:
    """Everything between two headings."""

    title: str = ""
    has_boxes: bool = False
    is_reference: bool = False
    is_prose: bool = False  # what is listed here explains: nobody does it
    is_steps: bool = False  # its heading says that there is something to do


def scopes_of(blocks: list[Block], headings: dict[int, int], titles: dict[int, str], options: set[int]) -> list[Scope]:
    """The scope of every position; a label inherits what its heading is."""
    found: list[Scope] = []
    current = Scope()
    prose_level = 0
    for at, block in enumerate(blocks):
        if at in headings:
            title, level = titles[at][:200], headings[at]
            below = current.is_prose and level > prose_level and not _STEPS.search(title)
            is_prose = bool(_PROSE.match(title)) or below
            if is_prose and not current.is_prose:
                prose_level = level
            reference = bool(_REFERENCES.match(title)) if level < LABEL_LEVEL else current.is_reference
            current = Scope(title, False, reference, is_prose, bool(_STEPS.search(title)))
        elif block.kind == "check" and at not in options:
            current.has_boxes = True
        found.append(current)
    return found
