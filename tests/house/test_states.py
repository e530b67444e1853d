"""Every state is answered in each place that must know it; a state added without an answer is named with the place.

A place is a table (a dictionary whose keys are the members of an enumeration) or a `match` over one. Every table and
every `match` that ends in assert_never is complete, and the places listed here exist. mypy proves each once more.
"""

import ast
import re
from collections.abc import Collection, Iterator
from enum import Enum
from importlib import import_module
from pathlib import Path

import pytest
from django.db.models.enums import Choices

from apps.accounts.roles import Role
from apps.boards.selectors import lists, rows
from apps.core.states import Moves
from apps.deployments import guards, rules
from apps.deployments import states as deployments
from apps.evidence.models import Kind
from apps.evidence.rules import Proof
from apps.probes import states as probes
from apps.records import states as records
from apps.records.document import chapters, cover
from apps.records.selectors import words
from apps.sheets import states as sheets
from apps.signoff.rules import Meaning
from tests.house import source

# Where each must be answered, besides what follows from these tables: triggers, permissions, filters and templates.
PLACES: dict[type[Enum], set[str]] = {
    deployments.State: {
        "apps/deployments/states.py: LIMITS",
        "apps/boards/selectors/listed.py: tag_of",
        "apps/records/selectors/words.py: DEPLOYMENTS",
    },
    deployments.Outcome: {"apps/records/selectors/words.py: OUTCOMES"},
    deployments.ItemState: {
        "apps/deployments/rules.py: _key_reason",
        "apps/boards/rules.py: OUTCOMES",
        "apps/boards/selectors/rows.py: TONES",
        "apps/boards/selectors/rows.py: STATE_TAGS",
        "apps/boards/selectors/rows.py: in_words",
        "apps/records/selectors/words.py: ITEMS",
    },
    deployments.WaiverState: {
        "apps/boards/selectors/waivers.py: TAGS",
        "apps/records/selectors/words.py: WAIVERS",
    },
    rules.NextStep: {"apps/boards/selectors/work.py: _next_words"},
    probes.State: {
        "apps/probes/states.py: ANSWERS",
        "apps/deployments/rules.py: _probe_reason",
        "apps/boards/selectors/rows.py: PROBE_WORDS",
        "apps/probes/states.py: MARKS",
        "apps/records/selectors/words.py: RUNS",
    },
    records.State: {"apps/records/selectors/lists.py: STATES"},
    Meaning: {"apps/records/selectors/words.py: MEANINGS"},
    Role: {"apps/accounts/roles.py: CAPABILITIES"},
    sheets.Answer: {"apps/sheets/states.py: OUTCOMES"},
}
# What the document of a record, which knows no model, says by a member's value.
WORDED: list[tuple[type[Choices], str, Collection[str]]] = [
    (sheets.Answer, "apps/records/document/cover.py: ANSWERS", cover.ANSWERS),
    (Kind, "apps/records/document/chapters.py: EVIDENCE", chapters.EVIDENCE),
]
# Tables that mean only some members, and why.
PARTIAL = {
    "apps/signoff/rules.py: VERIFIERS": "keys of others are for these roles alone",
    "apps/notices/rules.py: SUPERSEDED": "what a newer one says anew; the rest stays until somebody is done with it",
    "apps/notices/rules.py: NEEDS": "what waits for a key or a decision; nothing else takes a role",
    "apps/boards/selectors/ceremony.py: MEANS": "an item's keys; waivers and sheets say theirs where they are",
}
PROVED = "assert_never"  # what the last case of an exhaustive `match` calls
MOVING: dict[type[Enum], Moves] = {
    deployments.State: deployments.MOVES,
    probes.State: probes.MOVES,
    records.State: records.MOVES,
}


def module(path: Path) -> object:
    return import_module(source.name(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__"))


def member(path: Path, node: ast.expr) -> Enum | None:
    """The member that `State.DRAFT` names in a file, if it names one."""
    if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
        return None
    found = getattr(getattr(module(path), node.value.id, None), node.attr, None)
    return found if isinstance(found, Enum) else None


def tables(path: Path) -> Iterator[tuple[str, list[ast.expr]]]:
    """(name, what it answers) of every table and `match` of a file."""
    for node in source.tree(path).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            yield ast.unparse(target), [key for key in node.value.keys if key is not None]
    if PROVED not in path.read_text():
        return
    for function in source.walk(path, ast.FunctionDef):
        assert isinstance(function, ast.FunctionDef)
        for match in (node for node in ast.walk(function) if isinstance(node, ast.Match) and is_exhaustive(node)):
            yield function.name, [each for case in match.cases if case.guard is None for each in named(case.pattern)]


def is_exhaustive(match: ast.Match) -> bool:
    """Whether it asks mypy to prove that it answers every member."""
    return PROVED in ast.unparse(match.cases[-1])


def named(pattern: ast.pattern) -> Iterator[ast.expr]:
    match pattern:
        case ast.MatchValue(value=value):
            yield value
        case ast.MatchOr(patterns=patterns):
            for each in patterns:
                yield from named(each)


def answered() -> dict[str, dict[type[Enum], set[Enum]]]:
    """The members that each place of the house answers, by enumeration."""
    found: dict[str, dict[type[Enum], set[Enum]]] = {}
    for path in source.files("apps"):
        for name, nodes in tables(path):
            for each in filter(None, (member(path, node) for node in nodes)):
                found.setdefault(f"{source.name(path)}: {name}", {}).setdefault(type(each), set()).add(each)
    return found


ANSWERED = answered()


@pytest.mark.parametrize("place", sorted(ANSWERED.keys() - PARTIAL.keys()))
def test_a_place_answers_every_member(place: str) -> None:
    for enumeration, members in ANSWERED[place].items():
        missing = [str(each) for each in enumeration if each not in members]
        assert not missing, f"{place} has no answer for {missing} of {enumeration.__module__}.{enumeration.__name__}"


@pytest.mark.parametrize(
    ("enumeration", "place"), [(each, place) for each, places in PLACES.items() for place in sorted(places)]
)
def test_a_place_that_must_answer_exists(enumeration: type[Enum], place: str) -> None:
    assert enumeration in ANSWERED.get(place, {}), f"{place} no longer answers {enumeration.__name__}"


@pytest.mark.parametrize(("enumeration", "place", "words"), WORDED, ids=[place for _, place, _ in WORDED])
def test_the_document_of_a_record_has_a_word_for_every_value(
    enumeration: type[Choices], place: str, words: Collection[str]
) -> None:
    missing = set(enumeration.values) - set(words)
    assert not missing, f"{place} has no word for {sorted(missing)} of {enumeration.__module__}.{enumeration.__name__}"


def test_the_words_of_a_record_are_told_apart_and_those_beside_a_key_have_room() -> None:
    for table in (words.ITEMS, words.DEPLOYMENTS, words.OUTCOMES, words.RUNS, words.MEANINGS):
        assert len(set(table.values())) == len(table)
    assert max(map(len, words.MEANINGS.values())) <= 9, "a signature is printed in 49 fixed characters"


@pytest.mark.parametrize("states", MOVING, ids=lambda states: states.__module__)
def test_every_state_is_reached_or_left_by_a_move_and_shown_in_the_page_of_states(states: type[Enum]) -> None:
    moves = MOVING[states]
    moved = {state for sources, target in moves.values() for state in (*sources, target)}
    missing = [each.value for each in states if each not in moved]
    assert not missing, f"{states.__module__}.MOVES leads neither to nor from {missing}"
    reached = {target for _, target in moves.values()}
    missing = [each.value for each in list(states)[1:] if each not in reached]  # the first is where it begins
    assert not missing, f"no move of {states.__module__}.MOVES leads to {missing}"
    page = (source.ROOT / "docs" / "states.md").read_text()
    missing = [each.value for each in states if not re.search(rf"\b{each.value}\b", page)]
    assert not missing, f"docs/states.md does not show {missing}: make states"


@pytest.mark.parametrize("state", deployments.ACTIVE)
def test_a_way_leads_to_a_decision_from_every_state_that_is_not_over(state: deployments.State) -> None:
    assert state in deployments.MOVES["cancel_deployment"][0]
    seen = {state}
    for _ in deployments.State:
        moves = [move for name, move in deployments.MOVES.items() if name != "cancel_deployment"]
        seen |= {target for sources, target in moves if seen & sources}
    sources, _ = deployments.MOVES["verify_sheet"]
    assert seen & sources, f"MOVES: nothing but cancel_deployment leads on from {state.value}"


@pytest.mark.parametrize("state", deployments.State)
def test_triggers_know_each_state_of_a_deployment(state: deployments.State) -> None:
    assert (f"'{state.value}'" in guards.IS_OVER) is (state in deployments.OVER)
    assert f"'{state.value}'" in guards.MOVES_AS_LISTED


@pytest.mark.parametrize("state", deployments.State)
def test_a_list_finds_each_state_and_each_end(state: deployments.State) -> None:
    assert state in lists.SHOWS or state in deployments.OVER
    assert set(deployments.Outcome) <= lists.SHOWS.keys()


def test_what_blocks_is_what_is_not_settled() -> None:
    for state in deployments.ItemState:
        facts = EXAMPLES[state]
        assert rules.item_state(facts) == state
        assert bool(rules.reason_to_block(facts)) is (state not in deployments.SETTLED), state
        assert (rules.next_step(facts) is rules.NextStep.NONE) is (state in deployments.SETTLED), state


EXAMPLES = {
    deployments.ItemState.EXPIRED: rules.ItemFacts(turned=0, required=2, waiver=deployments.WaiverState.EXPIRED),
    deployments.ItemState.OPEN: rules.ItemFacts(turned=0, required=2),
    deployments.ItemState.HALF: rules.ItemFacts(turned=1, required=2),
    deployments.ItemState.PENDING: rules.ItemFacts(turned=2, required=2, has_probe=True),
    deployments.ItemState.UNPROVEN: rules.ItemFacts(turned=2, required=2, proof=Proof("a file", is_there=False)),
    deployments.ItemState.VERIFIED: rules.ItemFacts(turned=2, required=2),
    deployments.ItemState.WAIVED: rules.ItemFacts(turned=0, required=2, waiver=deployments.WaiverState.HOLDS),
    deployments.ItemState.FAILED: rules.ItemFacts(2, 2, has_probe=True, probe=probes.State.FAILED),
    deployments.ItemState.REJECTED: rules.ItemFacts(0, 2, fall=rules.Fall(2, True, "Not yet")),
    deployments.ItemState.INVALIDATED: rules.ItemFacts(0, 2, fall=rules.Fall(2, False, "Mika changed the text")),
    deployments.ItemState.NOT_APPLICABLE: rules.ItemFacts(
        1, 2, waiver=deployments.WaiverState.HOLDS, inapplicable="Only in staging."
    ),
    deployments.ItemState.CARRIED: rules.ItemFacts(0, 2, carried=True),
}


def test_every_status_class_has_its_style() -> None:
    css = "".join(path.read_text() for path in (source.ROOT / "static" / "css").rglob("*.css"))
    tags = (tag for table in (rows.STATE_TAGS, probes.MARKS) for tag in table.values() if tag)
    classes = {word for words in (*rows.TONES.values(), *(tone for tone, _ in tags)) for word in words.split()}
    missing = [each for each in sorted(classes) if f".{each}" not in css]
    assert not missing, f"static/css has no style for {missing}"
