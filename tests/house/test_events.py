"""Every kind of event, without a list: it reads as a sentence, and only plain values go into its entry."""

import ast
import importlib
import json
from datetime import UTC, datetime
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID

from apps.ledger import events
from apps.signoff.guards import owner_rule
from apps.signoff.models import Signable, signable_models
from tests.house import source

MODULES = [source.module_of(app, "events") for app in source.NAMES]
KINDS = sorted(kind for kind, cls in events.REGISTRY.items() if cls.__module__.startswith("apps."))
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
FULL = {str: "pay", int: 2, bool: True, UUID: UUID(int=7), datetime: NOON, list: ["a"], dict: {"a": "b"}}
EMPTY = {str: "", int: 0, bool: False, UUID: UUID(int=0), datetime: NOON, list: [], dict: {}}

# What only takes one of a few words.
CHOICES = {"role": "lead", "before": "member", "after": "reviewer"}


def example(kind: str, values: dict[Any, Any]) -> Any:
    """One event of a kind, each field filled by its type; what may be None is None where `values` are empty."""
    cls = events.REGISTRY[kind]

    def value(name: str, annotation: Any) -> Any:
        if annotation is str and name in CHOICES:
            return CHOICES[name]
        options = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
        if NoneType in options and values is EMPTY:
            return None
        return values.get(get_origin(options[0]) or options[0], "x")

    return cls(**{name: value(name, hint) for name, hint in get_type_hints(cls).items() if name != "kind"})


@source.for_each([(kind, values) for kind in KINDS for values in (FULL, EMPTY)])
def test_an_event_reads_as_a_sentence_whatever_it_holds(case):
    recorded = example(*case)
    sentence = recorded.text()
    assert sentence.strip()
    assert "None" not in sentence
    assert sentence[0].islower(), "the actor's name stands before it"


@source.for_each(KINDS)
def test_an_event_that_lists_items_is_found_in_the_history_of_each(kind):
    """By the beginning of its name: apps/ledger/selectors/history.py."""
    listed = get_origin(get_type_hints(events.REGISTRY[kind]).get("items")) is list
    assert kind.startswith("items.") is listed


@source.for_each(KINDS)
def test_the_entry_of_an_event_reads_as_the_event_did(kind):
    recorded = example(kind, FULL)
    top, data, texts = events.split(recorded)
    stored = json.loads(json.dumps({"type": kind, **top, "data": data}))
    assert events.sentence(stored, json.loads(json.dumps(texts))) == recorded.text()


@source.for_each(KINDS)
def test_an_event_has_a_past_tense_name_with_its_subject_before_the_dot(kind):
    subject, _, act = kind.partition(".")
    assert subject
    assert act
    assert events.REGISTRY[kind].__doc__, "what it remembers, in one sentence"


def test_every_room_of_events_has_some():
    assert {events.REGISTRY[kind].__module__ for kind in KINDS} == {each.__name__ for each in MODULES if each}


RECORDED = {
    node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
    for path in source.files("apps")
    if source.room(path) == "commands"
    for node in source.walk(path, ast.Call)
    if isinstance(node.func, ast.Attribute | ast.Name)
}


@source.for_each(KINDS)
def test_a_kind_of_event_is_recorded_by_a_command(kind: str) -> None:
    """A kind that nobody records reads like a promise of the history that nothing keeps."""
    name = events.REGISTRY[kind].__name__
    assert name in RECORDED, f"no command records {name}: ledger.record(stream, {name}(…), by=by, rows=[…])"


@source.for_each(signable_models(), lambda model: model.__name__)
def test_a_kind_of_subject_has_its_guard_and_says_how_it_is_called(model: type[Signable]) -> None:
    """Whatever people sign is made with a sign-off of its own, in the database too, and named where a key is wrong."""
    listed = importlib.import_module(f"{model._meta.app_config.name}.guards").GUARDS
    rule = owner_rule(model)[0]
    begins = [guard for guard in listed if guard.table == model._meta.db_table and "INSERT" in guard.timing]
    assert any(rule in guard.postgresql for guard in begins), f"give {model.__name__} its owner_rule in guards.py"
    assert "called" in vars(model) or model.__module__.startswith("tests."), f"{model.__name__} lacks `called`"
