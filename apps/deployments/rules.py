"""What blocks, and how an item stands: pure functions of facts, without a database."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from enum import Enum
from itertools import accumulate
from typing import Any, assert_never

from apps.checklists.rules.conditions import ConditionFacts, condition_of, judge_items
from apps.checklists.rules.parameters import Parameter, fill
from apps.checklists.rules.variables import Variable, answered
from apps.core.wording import isolated, plural
from apps.evidence.rules import Proof, judge, there
from apps.probes.states import CountsAs, answer_of
from apps.probes.states import State as ProbeState
from apps.signoff.rules import Cause

from .states import SETTLED, ItemState, WaiverState

GO, NO_GO = "GO", "NO-GO"
LONGEST_TITLE = 200
# What keys cover of what a template says of an item, by the names of its columns. Its blanks come besides.
SIGNED_COLUMNS = ("title", "text", "commands", "critical", "keys", "passkey")
# Why keys are invalidated, in words: {name} did it, {concerns} is what it was about.
CAUSES: dict[str, str] = {
    Cause.TEXT_EDITED: "{name} changed the text",
    Cause.RESULT_WRITTEN: "{name} changed the result",
    Cause.EVIDENCE_ADDED: "{name} added “{concerns}”",
    Cause.EVIDENCE_REMOVED: "{name} took “{concerns}” away",
    Cause.EVIDENCE_REPLACED: "{name} replaced “{concerns}”",
    Cause.PROBE_ATTACHED: "{name} attached the probe “{concerns}”",
    Cause.PROBE_CHANGED: "{name} changed the probe “{concerns}”",
    Cause.PROBE_DETACHED: "{name} took the probe “{concerns}” away",
    Cause.COMPLETED: "{name} completed the sheet",
    Cause.COMPLETED_AGAIN: "{name} completed the sheet again",
    Cause.RUN_PINNED: "a probe run goes with the first key",
    Cause.REJECTED: "{name} rejected it",
    Cause.UPGRADED: "{name} upgraded the checklist to {concerns}",
    Cause.REOPENED: "{name} agreed to reopen the deployment",
    Cause.KEY_WITHDRAWN: "{name} withdrew their key: {concerns}",
    Cause.WITHDRAWN: "{name} took back the question to agree",
}
# One class of characters between the braces, blanks included: two that overlap would try every way to share them.
NAMED = re.compile(r"(\{\{[^{}<>\n]{1,102}\}\}|<[^{}<>\n]{1,60}>)")
TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
VARIABLE = re.compile(r"\{\{([^{}<>\n]{1,100})\}\}|<([^{}<>\n]{1,60})>")


@dataclass(frozen=True)
class Blocker:
    """One condition that is not met: what, why, and who can clear it. `item` is the item's number, if it is one.

    `kind` is an ItemState, the state of a deployment in which nothing goes, or "plan".
    """

    subject: str
    reason: str
    who: str
    kind: str
    item: int | None = None


@dataclass(frozen=True, slots=True)
class Fall:
    """What made the keys of an item fall out: the revision that began with it, and why."""

    revision: int
    is_rejection: bool
    why: str


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What decides how an item stands. `fall` is the last one, whether keys were turned since or not.

    `probe` is the status of its probe's latest run, None before the first; `probe_counts_as` what the probe counts as
    since, if it has a result. `waiver` is how the one stands that nobody ended, None without one. `inapplicable` says
    why it does not apply, empty where it does; `carried` is over once it is opened again. `proof` is what its template
    asks for, and how that is met now; None where nothing is asked for.
    """

    turned: int
    required: int
    fall: Fall | None = None
    waiver: WaiverState | None = None
    has_probe: bool = False
    probe: ProbeState | None = None
    probe_explanation: str = ""
    probe_counts_as: str = ""
    inapplicable: str = ""
    carried: bool = False
    proof: Proof | None = None

    @property
    def lacks_proof(self) -> bool:
        """Whether what its template asks for as proof is missing or too old."""
        return self.proof is not None and not self.proof.is_met

    @property
    def probe_blocks(self) -> bool:
        """Whether it has a probe that does not pass."""
        return self.has_probe and not self.inapplicable and self.probe_answer is not CountsAs.PASSES

    @property
    def probe_answer(self) -> CountsAs:
        """What its probe says."""
        return answer_of(self.probe, self.probe_counts_as)


class NextStep(Enum):
    """What an item needs next, and so who can do it."""

    NONE = "none"
    APPROVE_WAIVER = "approve waiver"
    SEE_PROBE = "see probe"
    BRING_PROOF = "bring proof"
    FIRST_KEY = "first key"
    NEXT_KEY = "next key"


def last_fall(changes: Iterable[tuple[int, str]], rejections: Iterable[tuple[int, str]]) -> Fall | None:
    """The last fall of (revision begun, why) of changes by which keys fell, and (revision rejected, why) of rejections.

    A rejection begins a revision of its own, so it comes after a change that has its number.
    """
    falls = [Fall(number, False, why) for number, why in changes]
    falls += [Fall(number + 1, True, why) for number, why in rejections]
    return max(falls, key=lambda fall: (fall.revision, fall.is_rejection), default=None)


def item_state(facts: ItemFacts) -> ItemState:
    """How an item stands: the one place that weighs conditions, waiver, probe, keys, falls, proof."""
    if facts.inapplicable:
        return ItemState.NOT_APPLICABLE
    if facts.carried:
        return ItemState.CARRIED
    if facts.waiver is WaiverState.HOLDS:
        return ItemState.WAIVED
    if facts.probe_blocks and facts.probe_answer is CountsAs.FAILS:
        return ItemState.FAILED
    if facts.turned >= facts.required:
        return _all_turned(facts)
    if facts.waiver is WaiverState.EXPIRED:
        return ItemState.EXPIRED
    if facts.turned:
        return ItemState.HALF
    if facts.fall is None:
        return ItemState.OPEN
    return ItemState.REJECTED if facts.fall.is_rejection else ItemState.INVALIDATED


def _all_turned(facts: ItemFacts) -> ItemState:
    if facts.probe_blocks:
        return ItemState.PENDING
    return ItemState.UNPROVEN if facts.lacks_proof else ItemState.VERIFIED


def reason_to_block(facts: ItemFacts) -> str:
    """Why the item blocks the verdict, in a sentence; empty when it does not."""
    state = item_state(facts)
    if state in SETTLED:
        return ""
    if facts.probe_blocks:
        return _probe_reason(facts)
    if facts.waiver is WaiverState.ASKED:
        return "A waiver is asked for and not approved yet."
    also = _proof_reason(facts) if facts.turned < facts.required and facts.turned else ""
    return f"{_key_reason(state, facts)} {also}".rstrip()


def next_step(facts: ItemFacts) -> NextStep:
    """What would bring the item on."""
    if item_state(facts) in SETTLED:
        return NextStep.NONE
    if facts.waiver is WaiverState.ASKED:
        return NextStep.APPROVE_WAIVER
    if facts.probe_blocks:
        return NextStep.SEE_PROBE
    if facts.lacks_proof and facts.turned:
        return NextStep.BRING_PROOF
    return NextStep.NEXT_KEY if facts.turned else NextStep.FIRST_KEY


def waiver_state(*, is_ended: bool, is_past: bool, approvals: int, required: int) -> WaiverState:
    """How a waiver stands: the one place that weighs who ended it, its end, and its approvals.

    is_past: whether its end has come, by the clock or as it was noted.
    """
    if is_ended:
        return WaiverState.ENDED
    if is_past:
        return WaiverState.EXPIRED if approvals >= required else WaiverState.UNDECIDED
    return WaiverState.HOLDS if approvals >= required else WaiverState.ASKED


def why_no_end(expires_at: datetime, *, now: datetime, days: int) -> str:
    """Why a waiver cannot end then; empty if it can. days: how long one lasts at most, as the team says."""
    if expires_at <= now:
        return "That moment is over. Choose a later one; a waiver lets through until then."
    if expires_at > now + timedelta(days=days):
        return f"A waiver lasts at most {plural(days, 'day')} here. Choose an earlier end, and ask again if it must be."
    return ""


def verdict(blocking: int) -> str:
    """GO when nothing blocks, otherwise NO-GO."""
    return NO_GO if blocking else GO


def _key_reason(state: ItemState, facts: ItemFacts) -> str:
    why = facts.fall.why if facts.fall else ""
    match state:
        case ItemState.OPEN:
            return "No key is turned yet."
        case ItemState.HALF if facts.required == 2:
            return "The second key is missing."
        case ItemState.HALF:
            return f"{facts.required - facts.turned} of {facts.required} keys are missing."
        case ItemState.EXPIRED:
            return "Its waiver expired: do the item after all, or ask for another waiver."
        case ItemState.REJECTED:
            return f"Rejected: {why}"
        case ItemState.INVALIDATED:
            return f"Its keys fell out: {why}"
        case ItemState.PENDING | ItemState.FAILED:
            return _probe_reason(facts)
        case ItemState.VERIFIED | ItemState.WAIVED | ItemState.NOT_APPLICABLE | ItemState.CARRIED:
            return ""
        case ItemState.UNPROVEN:
            return _proof_reason(facts)
        case _:
            assert_never(state)


def _probe_reason(facts: ItemFacts) -> str:
    match facts.probe:
        case None:
            return "Its probe has not run yet."
        case ProbeState.QUEUED | ProbeState.RUNNING:
            return "Its probe is running."
        case ProbeState.LOST:
            return "Its probe gave no result."
        case ProbeState.CANCELLED:
            return "Its probe was cancelled."
        case ProbeState.FAILED | ProbeState.INCONCLUSIVE:
            detail = f": {facts.probe_explanation}" if facts.probe_explanation else "."
            return f"Its probe {facts.probe.value}{detail}"
        case ProbeState.PASSED if facts.probe_answer is not CountsAs.PASSES:
            return f"Its probe passed, and does not count as passing yet: {facts.probe_explanation}"
        case ProbeState.PASSED:
            return ""
        case _:
            assert_never(facts.probe)


def _proof_reason(facts: ItemFacts) -> str:
    return facts.proof.reason if facts.proof else ""


def item_proof(
    kinds: Collection[str],
    days: int | None,
    pieces: Mapping[str, datetime],
    *,
    fill_ins: Sequence[Mapping[str, Any]],
    result: str,
    now: datetime,
    **signed: Any,
) -> Proof | None:
    """How what an item has meets what its template asks for; `pieces` and `signed` as `there` takes them."""
    is_answered = bool(fill_ins or result) and all(fill["value"].strip() for fill in fill_ins)
    return judge(kinds, days, there(pieces, is_answered=is_answered, **signed), now=now)


def cause_in_words(cause: str, *, name: str, concerns: str) -> str:
    """Why a revision began: "Lena Brandt added “dump.log”"."""
    return CAUSES[cause].format(name=isolated(name), concerns=isolated(concerns))


def fill_variables(text: str, values: Mapping[str, str]) -> str:
    """Put the deployment's values where the template names `{{ name }}` or `<name>`; unknown names stay."""

    def value(match: re.Match[str]) -> str:
        name = (match.group(1) or match.group(2)).strip()
        return values.get(name) or match.group(0)

    return VARIABLE.sub(value, text) if may_name(text) else text


def may_name(text: str) -> bool:
    """Whether something may be put into a text."""
    return "{{" in text or "<" in text


@dataclass(frozen=True)
class Filling:
    """What stands for the names in the texts of a template: its parameters, and the values of one deployment."""

    parameters: Mapping[str, Parameter]
    values: Mapping[str, str]

    def sentence(self, text: str) -> str:
        """A text that people read: parameters with their units."""
        return fill_variables(fill(text, self.parameters), self.values)

    def title(self, text: str) -> str:
        """A title that people read, no longer than one may be."""
        return self.sentence(text)[:LONGEST_TITLE]

    def names_values(self, text: str) -> bool:
        """Whether a text may name values of the deployment: those of parameters are the same in all of its version."""
        return VARIABLE.search(fill(text, self.parameters)) is not None

    def names(self, text: str) -> tuple[str, list[tuple[int, int, str]]]:
        """The same, and of each name from where to where its value stands in it, and the name in braces."""
        filled, found = "", []
        for part in NAMED.split(text):
            value = self.sentence(part)
            if value != part:
                found.append((len(filled), len(filled) + len(value), part))
            filled += value
        return filled, found

    def command(self, text: str) -> str:
        """A text that a machine reads: parameters as bare numbers."""
        return fill_variables(fill(text, self.parameters, in_command=True), self.values)

    def probe(self, probe: Mapping[str, Any]) -> dict[str, Any]:
        """What a template says of a probe as {kind, config}; its conditions compare values with their units."""
        fill = {"conditions": self.sentence}
        settings = (probe.get("settings") or {}).items()
        # A template names settings in hyphens, as all its properties.
        config = {name.replace("-", "_"): fill.get(name, self.command)(str(value)) for name, value in settings}
        return {"kind": probe.get("kind", ""), "config": config}


def unfilled(written: str, filled: str, names: Sequence[tuple[int, int, str]]) -> str:
    """A text that was edited, with the names again that stood in the template where it was left as it was.

    written: the text now. filled: what the template said here. names: in `filled`, from where to where stands a value,
    and the name in braces that it stands for.
    """
    before, after = TOKEN.findall(filled), TOKEN.findall(written)
    places = [list(accumulate(map(len, tokens), initial=0)) for tokens in (before, after)]
    found: list[tuple[int, int, str]] = []
    for old, new, count in SequenceMatcher(None, before, after).get_matching_blocks():
        start, end, shift = places[0][old], places[0][old + count], places[1][new] - places[0][old]
        found += [(a + shift, b + shift, name) for a, b, name in names if start <= a and b <= end]
    for start, end, name in reversed(found):
        written = written[:start] + name + written[end:]
    return written


def answers_to_start(asked: Sequence[Variable], typed: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """All answers by name as they are stored, and by name why one is refused.

    A text may be left empty, its blank stays in the items then; what is chosen has to be. Typed names that nobody asks
    fill blanks too.
    """
    chosen = [one for one in asked if one.kind != "text"]
    answers, refused = answered(chosen, typed)
    return {**typed, **answers}, refused


def asked_items(conditions: Iterable[Sequence[Mapping[str, Any]]]) -> set[str]:
    """Keys of the items whose answers these conditions ask for."""
    return {each["name"] for listed in conditions for each in listed if each["subject"] == "item"}


def why_inapplicable(conditions: Mapping[str, Sequence[Mapping[str, Any]]], facts: ConditionFacts) -> dict[str, str]:
    """By key, why items do not apply; those that do are left out. conditions: of each item, as values."""
    read = {key: [condition_of(each) for each in listed] for key, listed in conditions.items() if key and listed}
    return {key: one.reason for key, one in judge_items(read, facts).items() if not one.applies}


def condition_in_words(values: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """A condition as pages and records say it; titles: of items by key."""
    one = condition_of(values)
    named = {"variable": one.name, "item": f"“{titles.get(one.name, one.name)}”"}
    subject = named.get(one.subject, f"the {one.subject}")
    words = f"{subject} is {'not ' if one.is_not else ''}{' or '.join(one.values)}"
    return f"{words} (not judged until rollouts exist)" if one.subject == "strategy" else words


def owners_of(box: str, owners: Sequence[str]) -> dict[str, str]:
    """What a board shows by a box that gives items to somebody: their owners in order, empty names for nobody.

    box: `item_<number>` or `section_<id>`. It is compared before they are given to somebody else.
    """
    return {box: "\n".join(owners) if any(owners) else ""}
