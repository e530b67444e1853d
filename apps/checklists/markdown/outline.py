"""The shape of the document: which heading is its title, which begin a template, which a section."""

import re

from .document import Fate
from .plan import LABEL_LEVEL, Facts, Role

_COLLECTION = re.compile(r"\b(?:check[\s-]?lists|templates|runbooks|playbooks|procedures)\b", re.IGNORECASE)
_CHECKLIST = re.compile(r"\b(?:check[\s-]?list|template|runbook|playbook)\b", re.IGNORECASE)
_PREAMBLE = re.compile(
    r"\W*(?:\d+[.)]\s*)?(?:overview|introduction|purpose|about|summary|background|description|scope|general|abstract|prerequisites)\W*",
    re.IGNORECASE,
)
TEMPLATE_LEVEL = -1  # given to headings that begin a template
SHARED_LEVEL = -2  # given to headings whose text goes along with every template


def shape(roles: list[Role], facts: Facts) -> bool:
    """Settles every heading: title, template, section, or guidance; True for a collection of several templates."""
    headings = [role for role in roles if role.fate is Fate.SECTION]
    _find_bearing(roles)
    title = _title(roles, [heading for heading in headings if not heading.is_chosen], facts)
    if title is not None:
        title.fate = Fate.TITLE
        _drop_repeated_title(roles, title)
    headings = [role for role in headings if role.fate is Fate.SECTION and not role.is_chosen]
    if _split(title, headings, facts):
        _follow(headings, has_own=_has_early_items(roles))
        return True
    _demote_empty(roles, facts)
    return False


def _find_bearing(roles: list[Role]) -> None:
    """Marks the headings with an item or code of their own or in a heading below them."""
    open_headings: list[Role] = []
    for role in roles:
        if role.fate is Fate.SECTION:
            while open_headings and open_headings[-1].level >= role.level:
                open_headings.pop()
            open_headings.append(role)
        elif role.fate in (Fate.ITEM, Fate.COMMAND, Fate.SIGN_OFF, Fate.FILL_IN) or _is_loose_code(role):
            for heading in reversed(open_headings):
                if heading.bears:
                    break
                heading.bears = True


def _is_loose_code(role: Role) -> bool:
    return role.fate is Fate.CODE and role.block.language != "mermaid" and role.block.kind == "code"


def _title(roles: list[Role], headings: list[Role], facts: Facts) -> Role | None:
    """The first heading, if the others stand below it or it has nothing of its own to do."""
    chosen = next((role for role in roles if role.fate is Fate.TITLE), None)
    if chosen is not None or not headings:
        return chosen
    first = headings[0]
    if any(role.fate is Fate.ITEM for role in roles[: roles.index(first)]):
        return None
    if facts.style.bare_headings:
        is_title = first.level == 1 and not _has_own_items(roles, first)
        return first if is_title or len(headings) == 1 else None
    peers = [heading for heading in headings if heading.level <= first.level]
    return first if len(peers) == 1 or not (first.bears or _names_part(first)) else None


def _names_part(first: Role) -> bool:
    """True for a first heading beside others that is one of them: `# Overview`, `## What changes` of a form."""
    return bool(_PREAMBLE.fullmatch(first.title[:60])) or (first.level > 1 and not _CHECKLIST.search(first.title))


def _has_own_items(roles: list[Role], heading: Role) -> bool:
    for role in roles[roles.index(heading) + 1 :]:
        if role.fate is Fate.SECTION:
            return False
        if role.fate is Fate.ITEM:
            return True
    return False


def _drop_repeated_title(roles: list[Role], title: Role) -> None:
    """A heading that only says the title again, right after it, is the title."""
    for role in roles[roles.index(title) + 1 :]:
        if role.fate is Fate.SECTION:
            if role.title.casefold() == title.title.casefold() and not role.is_chosen:
                role.fate = Fate.TITLE
            return
        if role.fate is Fate.ITEM:
            return


def _split(title: Role | None, headings: list[Role], facts: Facts) -> bool:
    """Begins a template at each checklist of a collection; False for a document that is one checklist.

    A collection says so: its title is a plural ("Deployment checklists"), or every heading of its top level that has
    items is called a checklist and holds sections of its own.
    """
    levels = [heading.level for heading in headings if heading.level < LABEL_LEVEL]
    if not levels:
        return False
    top = min(levels)
    tops = [heading for heading in headings if heading.level == top]
    bearing = [heading for heading in tops if heading.bears]
    named = [heading for heading in bearing if _CHECKLIST.search(heading.title)]
    plural = title is not None and bool(_COLLECTION.search(title.title))
    parted = _parted(headings, top)
    collected = plural and (len(named) * 2 > len(bearing) or all(heading.block.line in parted for heading in bearing))
    each = len(named) == len(bearing) and len(parted) > 1 and not facts.style.bare_headings
    if len(bearing) < 2 or not (collected or each):
        return False
    for heading in tops:
        heading.level = TEMPLATE_LEVEL if heading.bears else SHARED_LEVEL
    return True


def _parted(headings: list[Role], top: int) -> set[int]:
    """Lines of the top headings with bearing headings below them."""
    found, current = set(), 0
    for heading in headings:
        if heading.level == top:
            current = heading.block.line
        elif heading.bears and heading.level < LABEL_LEVEL:
            found.add(current)
    return found


def _has_early_items(roles: list[Role]) -> bool:
    """True where items stand before the first template: they make a template of their own."""
    for role in roles:
        if role.level == TEMPLATE_LEVEL:
            return False
        if role.fate is Fate.ITEM:
            return True
    return False


def _follow(headings: list[Role], *, has_own: bool) -> None:
    """Headings below a shared heading are shared too, and those below the title unless they have items."""
    shared = not has_own
    for heading in headings:
        if heading.level in (TEMPLATE_LEVEL, SHARED_LEVEL):
            shared = heading.level == SHARED_LEVEL
            heading.fate = Fate.GUIDANCE if shared else Fate.TITLE
        elif shared:
            heading.fate, heading.level = Fate.GUIDANCE, SHARED_LEVEL


def _demote_empty(roles: list[Role], facts: Facts) -> None:
    """Where headings are only guessed, one with nothing under it is guidance."""
    if not facts.strict:
        return
    following: Role | None = None
    for role in reversed(roles):
        if role.fate is Fate.SECTION:
            introduces = following is not None and following.fate is Fate.SECTION and following.bears
            if not role.bears and not introduces and not role.is_chosen:
                role.fate = Fate.GUIDANCE
            role.bears = role.bears or introduces
        following = role
