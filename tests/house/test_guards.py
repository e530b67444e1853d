"""The database's own rules: each stands on both engines, and none goes missing from a list unnoticed."""

from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, models

from apps.core import guards
from tests.house.source import NAMES, for_each

LIST = Path(__file__).parent / "guards.txt"
APPEND_ONLY = (
    "ledger_entry", "ledger_opening", "signoff_signature", "signoff_contribution", "signoff_revision",
    "signoff_rejection", "signoff_withdrawal", "evidence_blob", "evidence_evidence", "checklists_templateversion",
    "checklists_templatesection", "checklists_templateitem", "deployments_section", "rollback_planauthor",
)  # fmt: skip
# Choices that are labels of the moment, not facts: nothing depends on them.
UNCHECKED = {"Factor.type"}  # a table of allauth


def own_models():
    return [model for model in apps.get_models() if model._meta.app_label in NAMES]


def test_the_list_of_guards_is_complete():
    """A guard taken out of its list fails here; a new one is added to guards.txt."""
    standing = sorted(f"{guard.table} {guard.name}" for guard in guards.all_guards())
    listed = LIST.read_text().split("\n")[:-1]
    added, gone = (sorted({*one} - {*other}) for one, other in ((standing, listed), (listed, standing)))
    assert not added, f"tests/house/guards.txt does not list {added}"
    assert not gone, f"tests/house/guards.txt lists {gone}, which no guards.py has"
    assert standing == listed, "tests/house/guards.txt is not sorted"


def test_taking_a_guard_out_of_a_list_is_noticed(monkeypatch):
    rest = guards.all_guards()[1:]
    monkeypatch.setattr(guards, "all_guards", lambda: rest)
    with pytest.raises(AssertionError):
        test_the_list_of_guards_is_complete()


def test_names_are_unique_and_short_enough_for_both_engines():
    names = [name for guard in guards.all_guards() for name in {guard.name, *guard.triggers()}]
    assert len(names) == len(set(names))
    assert max(map(len, names)) <= 63


@for_each(guards.all_guards(), lambda guard: guard.name)
def test_a_guard_speaks_both_dialects(guard):
    assert guard.sqlite or guard.each == "STATEMENT"
    assert guard.postgresql
    assert guard.table in {model._meta.db_table for model in own_models()}


@for_each(APPEND_ONLY)
def test_what_is_kept_for_good_is_guarded_against_every_way_to_lose_it(table):
    mine = [guard for guard in guards.all_guards() if guard.table == table]
    sqlite = " ".join(body for guard in mine for body in guard.sqlite)
    postgresql = " ".join(guard.timing for guard in mine)
    assert all(f"BEFORE {event} ON {table}" in sqlite for event in ("UPDATE", "DELETE", "INSERT"))
    assert all(event in postgresql for event in ("UPDATE", "DELETE", "TRUNCATE"))


@for_each(sorted({guard.table for guard in guards.all_guards() if guard.timing == "BEFORE UPDATE"}))
def test_a_row_that_may_change_keeps_every_column_but_those_named(table):
    """`changed_but` lists the key too, a list by hand never does: a column added later is guarded until it is named."""
    (key,) = [model._meta.pk.column for model in own_models() if model._meta.db_table == table]
    rules = " ".join(guard.postgresql for guard in guards.all_guards() if guard.table == table)
    assert guards.changed(key)[1:-1] in rules, f"a guard of {table} names what may change with changed_but"


@pytest.mark.django_db
def test_every_guard_stands_after_the_migrations():
    assert guards.missing(connection, guards.all_guards()) == []


@for_each(own_models(), lambda model: model.__name__)
def test_the_database_knows_what_a_choice_can_be(model):
    checks = " ".join(
        str(constraint.condition)
        for constraint in model._meta.constraints
        if isinstance(constraint, models.CheckConstraint)
    )
    for field in model._meta.fields:
        if field.choices and f"{model.__name__}.{field.name}" not in UNCHECKED:
            assert f"'{field.name}" in checks, f"{model.__name__}.{field.name} takes any word"


@for_each(own_models(), lambda model: model.__name__)
def test_what_belongs_to_a_team_is_seen_by_that_team_only(model):
    owned = any(field.name == "team" for field in model._meta.fields)
    parts = {"SignOff", "Blob", "RollbackPlan"}
    if owned and model.__name__ not in parts:
        assert hasattr(model.objects, "visible_to"), f"{model.__name__} has no visible_to"
