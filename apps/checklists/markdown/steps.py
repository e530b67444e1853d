"""What belongs to the item above it though nobody indented it, and headings that are steps themselves."""

import re
from itertools import pairwise

from . import inline
from .blocks import Block
from .document import LineType
from .headings import without_number
from .roles import BlockRole, DocumentFacts
from .scopes import Scope, explains
from .style import SIGNS
from .titles import IMPERATIVES

_STEP = re.compile(r"\W*(?:step|schritt|étape|etape|paso|passo|手順|ステップ)\s*\d{1,3}\b", re.IGNORECASE)
_NUMBERED = re.compile(r"\W*\d{1,3}(?:\.\d{1,3})*[.):]?\s+\S")
# What stands under such a heading is done when something goes wrong, or instead of something else.
WHEN_NEEDED = re.compile(
    r"\b(?:roll(?:ing)?[\s-]?back|troubleshoot\w*|debug\w*|emergenc\w+|failures?|failing|issues|errors|if|when|option|"
    r"method|useful|quick reference|command(?:e?s)?|befehle|comandos|"
    r"examples?|fehler\w*|dépannage)\b|回滚|回滾|如果|故障",
    re.IGNORECASE,
)
_BOLD_NUMBER = re.compile(r"(?:\*\*|__)(\d{1,3})[.)] +\S")
_BOLD_CODE = re.compile(r"\*\*\[?[^\W\d_]\S{0,8}[.\s-]?\d{1,3}(?:\.\d{1,3})*\]?[:.]?\*\*[:.]?\s+\S")
_CONTENT = ("code", "text", "row")


def step_headings(
    blocks: list[Block], headings: dict[int, int], facts: DocumentFacts, scopes: list[Scope], explained: set[int]
) -> set[int]:
    """Positions of headings such as `Step 1: Build` with words or code below them and no list: they are the items.

    A document without any list is a row of steps as well where its headings are numbered. Without boxes, so are
    headings over commands, or that begin with a verb, where there are several of them. Beside boxes only commands
    make a step of their heading, since nobody would sign them otherwise.
    """
    places = sorted(headings)
    found: set[int] = set()
    acts: set[int] = set()
    plain: set[int] = set()
    apart = _when_needed(places, blocks, headings) if facts.has_boxes else set()
    for place, following in zip(places, [*places[1:], len(blocks)], strict=False):
        own = [blocks[at] for at in range(place + 1, following) if at not in explained]
        below = [block for block in own if block.kind not in ("rule", "noise", "html")]
        parents = following < len(blocks) and headings[following] > headings[place]
        tells = scopes[place].is_prose and not _NUMBERED.match(blocks[place].text[:200])
        if blocks[place].kind != "heading" or parents or tells or any(block.kind not in _CONTENT for block in below):
            continue
        title = blocks[place].text[:200]
        has_rows = any(block.kind == "row" for block in below)
        if below and (_STEP.match(title) or (not facts.has_lists and not has_rows and _NUMBERED.match(title))):
            found.add(place)
        elif below and not has_rows and not explains(inline.heading_title(title)):
            if not facts.has_boxes:
                (acts if _acts(title, below) else plain).add(place)
            elif place not in apart and any(block.is_command for block in below):
                acts.add(place)
    acts |= _all_coded(places, blocks, headings) if not facts.has_boxes else set()
    highest = min(headings.values(), default=0)
    alone = not facts.has_lists and any(headings[place] > highest for place in acts)
    return found | (_with_siblings(acts, plain, headings) if len(acts) > 1 or alone else set())


def _all_coded(places: list[int], blocks: list[Block], headings: dict[int, int]) -> set[int]:
    """Positions of numbered headings beside each other, three at least, each of them over code and no list."""
    found: set[int] = set()
    run: list[int] = []
    for place, following in pairwise([*places, len(blocks)]):
        below = blocks[place + 1 : following]
        is_one = blocks[place].kind == "heading" and bool(_NUMBERED.match(blocks[place].text[:200]))
        coded = any(block.kind == "code" for block in below) and all(block.kind in _CONTENT for block in below)
        goes_on = bool(run) and headings[place] == headings[run[0]]
        run = ([*run, place] if goes_on else [place]) if is_one and coded else []
        if len(run) > 2:
            found |= set(run[-3:])
    return found


def with_lists(blocks: list[Block], headings: dict[int, int], found: set[int]) -> dict[int, set[int]]:
    """The one numbered heading that has a list among numbered steps without any, and the lines of its list.

    Its siblings say what it is: a step too, of which the list tells more.
    """
    more: dict[int, set[int]] = {}
    ends = dict(pairwise([*sorted(headings), len(blocks)]))
    group: list[int] = []
    for place in [*sorted(headings), -1]:
        if group and (place < 0 or headings[place] < headings[group[0]]):
            more |= _odd_one(blocks, group, found, ends)
            group = []
        numbered = place >= 0 and blocks[place].kind == "heading" and _NUMBERED.match(blocks[place].text[:200])
        if numbered and (not group or headings[place] == headings[group[0]]):
            is_parent = headings.get(ends[place], 0) > headings[place]
            group += [] if is_parent else [place]
    return more


def _odd_one(blocks: list[Block], group: list[int], found: set[int], ends: dict[int, int]) -> dict[int, set[int]]:
    others = [place for place in group if place not in found]
    odd = {place: {at for at in range(place + 1, ends[place]) if blocks[at].is_list} for place in others}
    asking = {place for place, lists in odd.items() if any(blocks[at].kind == "check" for at in lists)}
    if asking and len(odd) - len(asking) <= len(group) - len(others) > 1:
        # The others are numbered steps and boxes: what has bullets alone is one of the steps.
        return {
            place: lists
            for place, lists in odd.items()
            if lists and place not in asking and not _has_rows(blocks, place, ends)
        }
    if len(others) != 1 or len(group) < 4 or asking or _has_rows(blocks, others[0], ends):
        return {}
    return odd if odd[others[0]] else {}


def _has_rows(blocks: list[Block], place: int, ends: dict[int, int]) -> bool:
    return any(blocks[at].kind == "row" for at in range(place + 1, ends[place]))


def _when_needed(places: list[int], blocks: list[Block], headings: dict[int, int]) -> set[int]:
    """Positions of the headings of what is not done every time, `Rollback`, with those below them."""
    found: set[int] = set()
    top = 0
    for place in places:
        if top and headings[place] <= top:
            top = 0
        if not top and WHEN_NEEDED.search(blocks[place].text[:200]):
            top = headings[place]
        if top:
            found.add(place)
    return found


def _with_siblings(acts: set[int], plain: set[int], headings: dict[int, int]) -> set[int]:
    """Headings that are to be done, and those beside them where they are the most under one heading."""
    found = set(acts)
    group: list[int] = []
    level = 0
    for place in [*sorted(headings), -1]:
        if place < 0 or headings[place] < level or (group and headings[place] != level):
            done = [one for one in group if one in acts]
            found |= {one for one in group if one in plain} if len(done) > 1 and len(done) * 2 > len(group) else set()
            group = []
        if place >= 0:
            level = headings[place]
            group.append(place)
    return found


def _acts(title: str, below: list[Block]) -> bool:
    """True for a heading that says what to do, by its verb or by the commands below it."""
    tells = any(
        block.kind == "text" and block.text.endswith(":") and after.kind == "code" and begins_with_verb(block.text)
        for block, after in pairwise(below)
    )
    return tells or any(block.is_command for block in below) or begins_with_verb(inline.heading_title(title))


def is_step_line(blocks: list[Block], at: int) -> bool:
    """True for `Step 1: Build` or `**Step 1: Build**` on a line of its own, over no list."""
    block, after = blocks[at], blocks[at + 1] if at + 1 < len(blocks) else None
    if block.kind != "text" or block.indent > 1 or len(block.text) > 150 or after is None or after.is_list:
        return False
    return bool(_STEP.match(block.text)) and block.text.rstrip("*_")[-1:] not in (".", ",", ";")


def bold_numbers(blocks: list[Block]) -> set[int]:
    """Positions of the lines `**1. Tell the team.** …` that count from 1 to 2 at least: steps without a list.

    As well of those that begin with a code, `**REQ.4** …`, where there are more of them than of any list line.
    """
    coded = {at for at, block in enumerate(blocks) if block.kind == "text" and _BOLD_CODE.match(block.text[:60])}
    if len(coded) > 2 and len(coded) > sum(block.is_list for block in blocks):
        return coded
    found: list[int] = []
    for at, block in enumerate(blocks):
        number = _BOLD_NUMBER.match(block.text) if block.kind == "text" and block.indent == 0 else None
        after = blocks[at + 1] if at + 1 < len(blocks) else None
        if number and int(number[1]) == len(found) + 1 and not (after and after.is_list and after.indent == 0):
            found.append(at)
    return set(found) if len(found) > 1 else set()


def holds_boxes(blocks: list[Block], at: int) -> bool:
    """True for a list line without a box over boxes of its own: what they ask is done as a part of it."""
    block, after = blocks[at], blocks[at + 1] if at + 1 < len(blocks) else None
    return (
        block.is_list
        and block.mark not in SIGNS
        and after is not None
        and after.kind == "check"
        and after.indent > block.indent
    )


def around_boxes(blocks: list[Block], scopes: list[Scope]) -> set[int]:
    """Positions of the numbers that go on behind the boxes of their part: the boxes are done within one of them."""
    found: set[int] = set()
    run: list[int] = []  # the numbers 1, 2, … of one part, of which boxes stand behind one
    holds = False
    for at, block in enumerate(blocks):
        if block.kind == "number" and block.indent == 0 and block.mark.isdigit():
            goes_on = bool(run) and scopes[at] is scopes[run[0]] and int(block.mark) == len(run) + 1
            run, holds = ([*run, at], holds) if goes_on else ([at] if block.mark == "1" else [], False)
            found |= set(run) if holds and goes_on else set()
        elif block.kind == "check" and run:
            holds = True
    return found


def of_introduction(blocks: list[Block], among: set[int]) -> set[int]:
    """Positions of the numbers whose list says what to do in most of its lines, by verbs or by commands."""
    found: set[int] = set()
    run: list[int] = []
    for at in [*sorted(among), -1]:
        if run and at != run[-1] + 1:
            numbers = [one for one in run if blocks[one].kind == "number"]
            found |= (
                set(numbers)
                if sum(map(_acts_by_itself, (blocks[one] for one in numbers))) * 2 > len(numbers)
                else set()
            )
            run = []
        run.append(at)
    return found


def _acts_by_itself(block: Block) -> bool:
    return begins_with_verb(block.text) or block.text.startswith("`")


def begins_with_verb(text: str) -> bool:
    """True for `Tag the commit` and `1. **Tag** it`: somebody is told what to do."""
    words = without_number(inline.plain(text[:200])).split()
    return bool(words) and words[0].lower().rstrip(".,:;!") in IMPERATIVES


def unindented_details(blocks: list[Block]) -> set[int]:
    """Positions of bullets below numbers, beside them instead of further in: they say more of the number.

    Right below, or behind a blank line where every number has bullets and hardly one of them says what to do.
    """
    runs: list[list[int]] = []
    led: set[int] = set()
    for at, block in enumerate(blocks):
        above = blocks[at - 1] if at else block
        if block.kind != "bullet" or block.after_blank or above.line != block.line - 1 or above.indent != block.indent:
            continue
        if above.kind == "number":
            runs.append([at])
            led.add(at)
        elif led and runs[-1][-1] == at - 1:
            runs[-1].append(at)
    found = {at for run in runs for at in run} if len(runs) > 1 else set()
    return found | _apart_from_numbers(blocks)


def _apart_from_numbers(blocks: list[Block]) -> set[int]:
    """Positions of the bullets behind a blank line, where a number, bullets, a number and bullets alternate."""
    found: set[int] = set()
    run: list[list[int]] = []  # the bullets of each number, nothing else standing between them
    for at, block in enumerate([*blocks, Block("rule", 0, ("",))]):
        if block.kind == "number" and block.indent == 0:
            run.append([])
        elif block.kind == "bullet" and block.indent == 0 and run:
            run[-1].append(at)
        elif block.indent == 0 or not run:
            bullets = [one for own in run for one in own]
            tells = sum(begins_with_verb(blocks[one].text) for one in bullets) * 3 < len(bullets)
            found |= set(bullets) if len(run) > 1 and all(run) and tells else set()
            run = []
    return found


def attach(roles: list[BlockRole]) -> None:
    """Marks what stands between two items of one section: it belongs to the first of them."""
    above: BlockRole | None = None
    run: list[BlockRole] = []  # unindented since the item above
    count, had_code = 0, False  # items in a row without anything between, and whether one before had code of its own
    for role in roles:
        if role.line_type in (LineType.SECTION, LineType.TITLE):
            _last(above, run, alone=count < 2, had_code=had_code)
            above, run, count, had_code = None, [], 0, False
        elif role.line_type is LineType.ITEM:
            for one in run if above is not None else ():
                one.under_step = True
            had_code = had_code or any(one.block.kind == "code" for one in run)
            above, count, run = role, 1 if run else count + 1, []
        elif above is not None and role.block.indent == 0 and not _parts(role):
            run += [role] if role.block.after_blank or role.block.kind != "code" else []
    _last(above, run, alone=count < 2, had_code=had_code)


def _parts(role: BlockRole) -> bool:
    """True for what goes with no item: an address at the foot, a line that only arranges others."""
    return role.line_type in (LineType.LAYOUT, LineType.SIGN_OFF, LineType.NOT_UNDERSTOOD, LineType.LEFT_OUT)


def _last(above: BlockRole | None, run: list[BlockRole], *, alone: bool, had_code: bool) -> None:
    """Code right after the last item is its own where it stands alone, others had theirs, or it is to be run."""
    for role in run if above is not None else ():
        is_step = above is not None and above.is_step
        if role.block.kind != "code" and not is_step:
            return
        boxed = above is not None and above.block.kind == "check" and role.line_type is LineType.COMMAND
        leads = above is not None and above.block.text.endswith(":") and role is run[0]
        role.under_step = is_step or alone or had_code or boxed or leads
