"""One item as its row on a board, in words and in HTML, the same for every viewer.

A row and a blocker are strings put together here instead of templates: a template takes ten times as long for
each of them, and a board that nobody opened yet has hundreds (docs/decisions/0018). Every value is escaped.
"""

import re
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape, unescape
from typing import assert_never

from django.utils.html import conditional_escape, format_html

from apps.accounts.models import initials
from apps.core.shown import fingerprint
from apps.core.templatetags.ui import keys, span
from apps.core.wording import day, folded, plural
from apps.deployments.rules import Blocker, owners_of
from apps.deployments.selectors.left import NobodyLeft, nobody_left
from apps.deployments.selectors.readiness import Members, item_blocker
from apps.deployments.selectors.summaries import PLAIN, ItemSummary
from apps.deployments.states import ItemState, WaiverState
from apps.probes.states import MARKS
from apps.probes.states import State as ProbeState

# The status class of each state, for its key icon and for bars.
TONES = {
    ItemState.OPEN: "",
    ItemState.HALF: "half",
    ItemState.PENDING: "half",
    ItemState.UNPROVEN: "failed",
    ItemState.VERIFIED: "verified",
    ItemState.WAIVED: "waived",
    ItemState.EXPIRED: "failed",
    ItemState.FAILED: "failed",
    ItemState.REJECTED: "failed",
    ItemState.INVALIDATED: "",
    ItemState.NOT_APPLICABLE: "",
    ItemState.CARRIED: "carried",
}
# What a row says of each state in a tag, as (class, words), where key icon and probe do not say it already.
STATE_TAGS = {
    ItemState.OPEN: None,
    ItemState.HALF: None,
    ItemState.PENDING: None,
    ItemState.UNPROVEN: None,  # a tag of its own says what lacks
    ItemState.VERIFIED: None,
    ItemState.WAIVED: ("waived", "waived"),
    ItemState.EXPIRED: ("failed", "✕ waiver expired"),
    ItemState.FAILED: None,
    ItemState.REJECTED: ("failed", "✕ rejected"),
    ItemState.INVALIDATED: ("half", "keys fell out"),
    ItemState.NOT_APPLICABLE: ("inapplicable", "does not apply"),
    ItemState.CARRIED: None,  # it names the deployment instead
}
# What a row says of its probe; of one that passed, what it measured. What was measured need not be what failed.
PROBE_WORDS = {
    ProbeState.QUEUED: "probe queued",
    ProbeState.RUNNING: "probe running",
    ProbeState.PASSED: "passed",
    ProbeState.FAILED: "probe failed",
    ProbeState.INCONCLUSIVE: "probe inconclusive",
    ProbeState.LOST: "no result",
    ProbeState.CANCELLED: "probe cancelled",
}
NESTED = ("", " sub", " sub depth-2", " sub depth-3")  # by depth
NOT_RUN = ("probe", "probe not run")
TAGS = re.compile("<[^>]+>")


@dataclass(frozen=True)
class KeyIcon:
    """The key slots of an item as (label, class), and the state they are coloured by."""

    state: str
    slots: tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class BoardRow:
    """An item on a board. Read again it is another row, even if it says the same."""

    item: ItemSummary
    blocker: Blocker | None
    nobody: NobodyLeft | None = None

    @cached_property
    def html(self) -> str:
        """The row."""
        return row_html(self.item, nobody_left=self.nobody is not None)

    @cached_property
    def blocker_html(self) -> str:
        """Its place in what blocks; empty for a settled item."""
        return blocker_html(self.blocker) if self.blocker else ""

    @cached_property
    def searched(self) -> str:
        """What a search reads: the text of the row as a browser has it, its number and its owner, folded."""
        return folded(f"{unescape(TAGS.sub('', self.html))} {self.item.number} {self.item.owner_name}")

    @cached_property
    def shows(self) -> tuple[str, ...]:
        """The filters that show it."""
        return filters_of(self.item)


def board_row(item: ItemSummary, people: Members) -> BoardRow:
    """The row of an item."""
    blocker, nobody = item_blocker(item, people), nobody_left(item, people)
    if blocker and nobody:
        blocker = replace(blocker, reason=f"{blocker.reason} {nobody.what} {nobody.helps}")
    return BoardRow(item, blocker, nobody)


def key_icon(item: ItemSummary) -> KeyIcon:
    """The keys of an item: turned, fallen out, still to turn; who approved a waiver; who turned keys elsewhere."""
    if item.state == ItemState.WAIVED:
        return KeyIcon(item.state, tuple((initials(key.name), "") for key in item.waiver_signed))
    if item.origin and item.state == ItemState.CARRIED:
        return KeyIcon("carried", tuple((initials(key.name), "") for key in item.origin.signed))
    turned = [(initials(key.name), "" if item.state == ItemState.VERIFIED else "half") for key in item.signed]
    invalidated = [(initials(name), "half invalidated") for name in item.invalidated_names[len(turned) :]]
    shown = turned + invalidated
    missing = ((str(slot), "") for slot in range(len(shown) + 1, item.facts.required + 1))
    return KeyIcon(TONES[item.state], (*shown, *missing))


def in_words(item: ItemSummary) -> str:
    """How it stands, for those who do not see the key icon."""
    names = [key.name for key in item.signed]
    match item.state:
        case ItemState.WAIVED:
            return f"waived, approved by {' and '.join(key.name for key in item.waiver_signed)}"
        case ItemState.VERIFIED if len(names) > 1:
            return f"verified by {' and '.join(names)}"
        case ItemState.VERIFIED:
            return f"done by {names[0]}, one key needed"
        case ItemState.HALF:
            return f"first key turned by {names[0]}, waiting for the next"
        case ItemState.NOT_APPLICABLE:
            return f"does not apply: {item.facts.inapplicable}"
        case ItemState.CARRIED:
            return f"carried over from {carried_from(item)}"
        case ItemState.OPEN | ItemState.PENDING | ItemState.UNPROVEN | ItemState.EXPIRED | ItemState.FAILED:
            return item.reason[:1].lower() + item.reason[1:]
        case ItemState.REJECTED | ItemState.INVALIDATED:
            return item.reason[:1].lower() + item.reason[1:]
        case _:
            assert_never(item.state)


def carried_from(item: ItemSummary) -> str:
    """Where an item that is carried over was signed, by whom and when; empty for any other."""
    if item.origin is None:
        return ""
    names = " and ".join(key.name for key in item.origin.signed)
    return f"{item.origin.code}, signed there by {names}, {day(item.origin.at.date())}"


def filters_of(item: ItemSummary) -> tuple[str, ...]:
    """The words of the filters that show it."""
    holds = {
        "settled": item.is_settled,
        "inapplicable": item.state == ItemState.NOT_APPLICABLE,
        "carried": item.state == ItemState.CARRIED,
        "open": not item.is_settled,
        "blocking": not item.is_settled,
        "probes": item.facts.probe_blocks,
        "critical": item.critical,
        "unowned": item.owner is None,
        "overdue": item.is_overdue,
    }
    return tuple(word for word, shown in holds.items() if shown)


def hidden_html(row: BoardRow) -> str:
    """The same row where a filter does not show it."""
    return row.html.replace('" id="item-', '" hidden id="item-', 1)


def row_html(item: ItemSummary, *, nobody_left: bool = False) -> str:
    """The row of a board. Root: #item-<number>; static/js/board.js says what reads its attributes."""
    number, owner = item.number, escape(item.owner_name)
    tags = [f"<span>{plural(item.evidence, 'piece of evidence', 'pieces of evidence')}</span>"] if item.evidence else []
    tags += [f'<span class="asked">{escape(words)}</span>'] if (words := _asked(item)) else []
    tags += [f'<span class="tag {tone}">{conditional_escape(words)}</span>' for tone, words in tags_of(item)]
    tags += ['<span class="tag failed">✕ nobody left to verify</span>'] if nobody_left else []
    if owner:
        picture = f'<span aria-hidden="true">{escape(initials(item.owner_name))}</span>'
        tags.append(
            f'<span class="avatar" title="{owner}"><span class="visually-hidden">owner {owner}</span>{picture}</span>'
        )
    return (
        f'<li class="item{NESTED[item.of_template.depth]}" id="item-{number}" data-show="{" ".join(filters_of(item))}"'
        f' data-find="{number} {owner}">'
        f'<input class="pick" type="checkbox" name="item" form="bulk"'
        f' value="{fingerprint(owners_of(f"item_{number}", [item.owner_name]))}"'
        f' aria-label="Choose item {number}">{keys(key_icon(item))}<a href="items/{number}/">{escape(item.title)}'
        f'<span class="visually-hidden">, {escape(in_words(item))}</span>{_why_not(item)}</a>'
        f'<span class="tags">{"".join(tags)}</span></li>'
    )


def blocker_html(blocker: Blocker) -> str:
    """One condition in what blocks: where it is cleared, why it blocks, who can clear it."""
    opens = f' id="blocker-{blocker.item}"' if blocker.item else ""
    number = f"{blocker.item}. " if blocker.item else ""
    return (
        f'<li class="blocker"{opens}><a href="{path_of(blocker)}"{" data-open" if opens else ""}>'
        f'{number}{escape(blocker.subject)}</a><p class="small muted">{escape(blocker.reason)}</p>'
        f'<p class="who"><bdi>{escape(blocker.who)}</bdi></p></li>'
    )


def path_of(blocker: Blocker) -> str:
    """Where a condition is cleared, below the address of its board."""
    return f"items/{blocker.item}/" if blocker.item else {"plan": "rollback/"}.get(blocker.kind, "./")


def _why_not(item: ItemSummary) -> str:
    """Under the title of an item that does not apply: why."""
    reason = item.facts.inapplicable
    return f'<small class="why" aria-hidden="true">{escape(reason)}</small>' if reason else ""


def _asked(item: ItemSummary) -> str:
    """What the template asks of it, in few words, as long as it is open."""
    if item.of_template is PLAIN or item.is_settled:
        return ""
    asked, words = item.of_template, []
    age = f"at most {plural(asked.max_age_days, 'day')} old" if asked.max_age_days is not None else ""
    kinds = " or ".join(asked.evidence_kinds)
    if (kinds or age) and not item.evidence:
        words.append(f"asks for {', '.join(filter(None, [kinds or 'evidence', age]))}")
    if asked.owner_role and not item.owner:
        words.append(f"for the {asked.owner_role}")
    if asked.minutes:
        words.append(f"{asked.minutes} min")
    return " · ".join([*words, *([", ".join(asked.controls)] if asked.controls else [])])


def _probe_tag(item: ItemSummary) -> tuple[str, str]:
    """How its probe stands, with the mark of that: the style sheet draws it for the class."""
    state = item.facts.probe
    if not state:
        return NOT_RUN
    words = item.measured if state == ProbeState.PASSED and item.measured else PROBE_WORDS[ProbeState(state)]
    return f"probe {MARKS[ProbeState(state)].shape}".strip(), words


def tags_of(item: ItemSummary) -> list[tuple[str, str]]:
    """What a row says of an item besides its key icon, as (class, words); words may be HTML."""
    tags: list[tuple[str, str]] = []
    if item.of_template.is_added:
        tags.append(("added", "not in the template"))
    if item.facts.waiver is WaiverState.ASKED:
        tags.append(("waived", f"waiver asked, {len(item.waiver_signed)} of {item.waiver_required}"))
    if item.ends and item.state == ItemState.WAIVED:
        tags.append(("waived", format_html("waived {}", span(None, item.ends))))
    elif tag := STATE_TAGS[item.state]:
        tags.append(tag)
    if item.origin and item.state == ItemState.CARRIED:
        tags.append(("carried", f"{item.origin.code}, {day(item.origin.at.date())}"))
    if item.due_on and not item.is_settled:
        tags.append(
            ("failed", f"✕ overdue, {day(item.due_on)}") if item.is_overdue else ("due", f"due {day(item.due_on)}")
        )
    if item.facts.has_probe:
        tags.append(_probe_tag(item))
    if item.signed and item.facts.proof and not item.is_settled:
        tags += [("failed", words) for words in [item.facts.proof.in_short] if words]
    if item.is_of_one_browser:
        tags.append(("half", "one browser, two accounts"))
    return [*tags, ("critical", "Critical")] if item.critical else tags
