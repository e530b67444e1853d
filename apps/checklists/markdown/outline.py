"""The shape of the document: which heading is its title, which begin a template, which a section."""

import re
from itertools import takewhile

from .document import LineType
from .labels import LABEL_LEVEL
from .roles import BlockRole, DocumentFacts

_COLLECTION = re.compile(r"\b(?:check[\s-]?lists|templates|runbooks|playbooks|procedures)\b", re.IGNORECASE)
_CHECKLIST = re.compile(r"\b(?:check[\s-]?list|template|runbook|playbook)\b", re.IGNORECASE)
_PREAMBLE = re.compile(
    r"\W*(?:\d+[.)]\s*)?(?:overview|introduction|purpose|about|summary|background|description|scope|general|abstract|prerequisites)\W*",
    re.IGNORECASE,
)
_CONTENTS = re.compile(
    r"\W*(?:(?:quick |table of )?contents|toc|quick index|inhalt(?:sverzeichnis)?|sommaire|table des matières|"
    r"índice(?: rápido)?|"
    r"(?:tabla de )?contenidos?|目录|目錄|目次)\W*",
    re.IGNORECASE,
)
CONTENT = {LineType.ITEM, LineType.COMMAND, LineType.SIGN_OFF, LineType.FILL_IN}
TEMPLATE_LEVEL = -1  # given to headings that begin a template
SHARED_LEVEL = -2  # given to headings whose text goes along with every template


def shape(roles: list[BlockRole], facts: DocumentFacts) -> bool:
    """Settles every heading: title, template, section, or guidance; True for a collection of several templates."""
    headings = [role for role in roles if role.line_type is LineType.SECTION]
    _mark_headings_with_content(roles)
    title = _title(roles, [heading for heading in headings if not heading.is_chosen], facts)
    if title is not None:
        title.line_type = LineType.TITLE
        repeated = _following(roles, title)
        is_heading = repeated is not None and repeated.line_type is LineType.SECTION and not repeated.is_chosen
        if repeated and is_heading and repeated.title.casefold() == title.title.casefold():
            repeated.line_type = LineType.TITLE  # it only says the title again
    headings = [role for role in headings if role.line_type is LineType.SECTION and not role.is_chosen]
    if _split(title, headings, facts):
        # Items that stand before the first template make one of their own.
        early = takewhile(lambda role: role.level != TEMPLATE_LEVEL, roles)
        own = any(role.line_type is LineType.ITEM and not role.is_soft for role in early)
        _assign_below(headings, has_own=own)
        _without_items(roles, has_own=own)
        return True
    _mark_headings_with_content(roles, soft=True)
    _demote_contents(roles)
    _demote_empty(roles, facts)
    return False


def _mark_headings_with_content(roles: list[BlockRole], *, soft: bool = False) -> None:
    """Marks the headings with an item or code in them or in one below; soft: items without a box count too."""
    open_headings: list[BlockRole] = []
    for role in roles:
        if role.line_type is LineType.SECTION:
            while open_headings and open_headings[-1].level >= role.level:
                open_headings.pop()
            open_headings.append(role)
        elif (role.line_type in CONTENT and (soft or not role.is_soft)) or (
            role.line_type is LineType.CODE and role.block.kind == "code" and role.block.language != "mermaid"
        ):
            for heading in reversed(open_headings):
                if heading.has_content:
                    break
                heading.has_content = True


def _title(roles: list[BlockRole], headings: list[BlockRole], facts: DocumentFacts) -> BlockRole | None:
    """The first heading, if the others stand below it or it has nothing of its own to do."""
    chosen = next((role for role in roles if role.line_type is LineType.TITLE), None)
    if chosen is not None or not headings:
        return chosen
    first = headings[0]
    if any(role.line_type is LineType.ITEM for role in roles[: roles.index(first)]):
        return None
    if facts.style.bare_headings:
        following = _following(roles, first)
        is_title = first.level == 1 and (following is None or following.line_type is LineType.SECTION)
        return first if is_title or len(headings) == 1 or _is_framed(roles, headings) else None
    peers = [heading for heading in headings if heading.level <= first.level]
    alone = _CHECKLIST.search(first.title) and not any(_CHECKLIST.search(peer.title) for peer in peers[1:])
    if first.level > 1 and len(headings) > 1 and _PREAMBLE.fullmatch(first.title[:60]):
        return None  # `## Description` over `### Tasks`: the text has its name elsewhere
    following = _following(roles, first)
    is_over = bool(alone) and following is not None and following.line_type is LineType.SECTION
    return first if len(peers) == 1 or is_over or not (first.has_content or _names_part(first)) else None


def _is_framed(roles: list[BlockRole], headings: list[BlockRole]) -> bool:
    """True where the first heading is a checklist, stands between two drawn lines, and none below is called one."""
    first, at = headings[0], roles.index(headings[0])
    above = roles[at - 1].block if at else None
    only = not any(_CHECKLIST.search(heading.title) for heading in headings[1:])
    return (
        above is not None
        and above.kind == "rule"
        and len(first.block.lines) > 1
        and bool(_CHECKLIST.search(first.title))
        and only
    )


def _names_part(first: BlockRole) -> bool:
    """True for a first heading beside others that is one of them: `# Overview`, `## What changes` of a form."""
    return bool(_PREAMBLE.fullmatch(first.title[:60])) or (first.level > 1 and not _CHECKLIST.search(first.title))


def _following(roles: list[BlockRole], heading: BlockRole) -> BlockRole | None:
    """The next heading or item after one."""
    after = roles[roles.index(heading) + 1 :]
    return next((role for role in after if role.line_type in (LineType.SECTION, LineType.ITEM)), None)


def _split(title: BlockRole | None, headings: list[BlockRole], facts: DocumentFacts) -> bool:
    """Begins a template at each checklist of a collection; False for a document that is one checklist.

    A collection says so: its title is a plural ("Deployment checklists"), or every heading of its top level that has
    items is called a checklist and holds sections of its own.
    """
    levels = [heading.level for heading in headings if heading.level < LABEL_LEVEL]
    if not levels:
        return False
    top = min(levels)
    tops = [heading for heading in headings if heading.level == top]
    with_content = [heading for heading in tops if heading.has_content]
    named = [heading for heading in with_content if _CHECKLIST.search(heading.title)]
    plural = title is not None and bool(_COLLECTION.search(title.title))
    parted = _parted(headings, top)
    collected = plural and (
        len(named) * 2 > len(with_content) or all(heading.block.line in parted for heading in with_content)
    )
    each = len(named) == len(with_content) and len(parted) > 1 and not facts.style.bare_headings
    if len(with_content) < 2 or not (collected or each):
        return False
    for heading in tops:
        heading.level = TEMPLATE_LEVEL if heading.has_content else SHARED_LEVEL
    return True


def _parted(headings: list[BlockRole], top: int) -> set[int]:
    """Lines of the top headings that have headings with content below them."""
    found, current = set(), 0
    for heading in headings:
        if heading.level == top:
            current = heading.block.line
        elif heading.has_content and heading.level < LABEL_LEVEL:
            found.add(current)
    return found


def _assign_below(headings: list[BlockRole], *, has_own: bool) -> None:
    """Headings below a shared heading are shared too, and those below the title unless they have items."""
    shared = not has_own
    for heading in headings:
        if heading.level in (TEMPLATE_LEVEL, SHARED_LEVEL):
            shared = heading.level == SHARED_LEVEL
            heading.line_type = LineType.GUIDANCE if shared else LineType.TITLE
        elif shared:
            heading.line_type, heading.level = LineType.GUIDANCE, SHARED_LEVEL


def _without_items(roles: list[BlockRole], *, has_own: bool) -> None:
    """What has no boxes beside the checklists of a collection says something about all of them."""
    shared = not has_own
    for role in roles:
        if role.level in (TEMPLATE_LEVEL, SHARED_LEVEL):
            shared = role.level == SHARED_LEVEL
        elif shared and role.is_soft:
            role.line_type, role.may_be_item = LineType.GUIDANCE, True


def _demote_contents(roles: list[BlockRole]) -> None:
    """A table of contents is no section of a checklist."""
    for at, role in enumerate(roles):
        is_named = role.line_type is LineType.SECTION and not role.is_chosen and _CONTENTS.fullmatch(role.title[:60])
        below = takewhile(lambda one: one.line_type is not LineType.SECTION, roles[at + 1 :]) if is_named else ()
        if is_named and not role.has_content and any(one.block.is_list for one in below):
            role.line_type = LineType.GUIDANCE


def _demote_empty(roles: list[BlockRole], facts: DocumentFacts) -> None:
    """Where headings are only guessed, one with nothing under it is guidance."""
    if not facts.strict:
        return
    following: BlockRole | None = None
    for role in reversed(roles):
        if role.line_type is LineType.SECTION:
            introduces = following is not None and following.line_type is LineType.SECTION and following.has_content
            is_underlined = facts.style.bare_headings and role.block.kind == "heading" and following is not None
            if not role.has_content and not introduces and not role.is_chosen and not is_underlined:
                role.line_type = LineType.GUIDANCE
            role.has_content = role.has_content or introduces
        following = role
