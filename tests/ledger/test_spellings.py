"""A value that the database keeps in another form is another value, and an honest one is read as it was proved.

SQLite keeps bytes where text is expected and takes them for later than every text; PostgreSQL has moments that are no
date of ours, such as infinity. Nothing of that may pass for what was written.
"""

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, connection, models, transaction

from apps.accounts.models import User
from apps.boards.selectors.starting import published
from apps.checklists.models import ChecklistTemplate
from apps.deployments.models import Deployment, Item
from apps.ledger import proofs
from apps.ledger import selectors as ledger
from apps.ledger.selectors import rows
from apps.rollback.models import RollbackPlan
from project import verification
from tests.ledger.asking import is_found
from tests.ledger.cases import DIFFERS, entry, place
from tests.tampering import sql

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]

MOMENTS = [
    (model, field)
    for model in proofs.models_with_proof()
    for field in model._meta.concrete_fields
    if isinstance(field, models.DateField) and field.name not in getattr(model, "unproved", {})
]
OTHERWISE = {
    "sqlite": ["CAST({} AS BLOB)", "{} || char(0)", "' ' || {}", "{} || '.000000'"],
    "postgresql": ["({} AT TIME ZONE 'UTC' || ' UTC BC')::timestamptz", "'infinity'", "'-infinity'"],
}


def found() -> list[str]:
    """What is wrong, without the guards that the test lifted itself."""
    return [str(fault) for fault in verification.verify().faults if "the guard" not in fault.what]


def passes_unseen(chains: bytes, table: str, column: str, spelled: str, where: str) -> bool:
    """Whether verify_ledger says nothing after one column is spelled otherwise; it is undone."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                changed = sql(f"UPDATE {table} SET {column} = {spelled.replace('{}', column)} WHERE {where}")
        except DatabaseError:
            return False  # refused
        unseen = changed > 0 and not is_found(chains, table)
        transaction.set_rollback(True)
    return unseen


@pytest.mark.parametrize(("model", "field"), MOMENTS, ids=lambda each: getattr(each, "__name__", str(each)))
def test_a_moment_in_another_form_is_another_moment(tampered, chains, engine, model, field):
    table, column = model._meta.db_table, field.column
    cases = ["{}::date + 1", "'infinity'"] if field.get_internal_type() == "DateField" else OTHERWISE["postgresql"]
    unseen = [
        spelled
        for spelled in (OTHERWISE["sqlite"] if engine == "sqlite" else cases)
        if passes_unseen(chains, table, column, spelled, f"{column} IS NOT NULL")
    ]
    assert unseen == []


@pytest.mark.parametrize(("model", "field"), MOMENTS, ids=lambda each: getattr(each, "__name__", str(each)))
@pytest.mark.parametrize("spelled", ["'infinity'", "'-infinity'", "''"])
def test_a_moment_that_never_comes_is_not_none(tampered, chains, model, field, spelled):
    assert not passes_unseen(chains, model._meta.db_table, field.column, spelled, f"{field.column} IS NULL")


def test_a_template_hidden_until_infinity_is_found_with_every_guard_in_place(undone, engine):
    if engine != "postgresql":
        return
    assert published(undone.team).exists()
    assert sql("UPDATE checklists_checklisttemplate SET archived_at = 'infinity'") == ChecklistTemplate.objects.count()
    assert not published(undone.team).exists()
    assert any(DIFFERS in each or "cannot be read" in each for each in found())


@pytest.mark.parametrize("spelled", ["upper(item)", "CAST(item AS BLOB)", "'{' || item || '}'"])
def test_an_entry_that_left_the_history_of_its_item_is_found(tampered, engine, spelled):
    if engine != "sqlite":
        return
    rejected = entry(tampered, "item.rejected")
    sql(f"UPDATE ledger_entry SET item = {spelled} WHERE id = %s", rejected.pk)
    kinds = [each.kind for each in ledger.item_history(tampered.stream, rejected.item)]
    assert "item.rejected" not in kinds
    assert f"{place(rejected)}its text and its column differ in “item”" in found()


@pytest.mark.parametrize(
    ("table", "column", "where", "spelled"),
    [
        ("ledger_entry", "item", "item IS NULL", "''"),
        ("ledger_entry", "actor", "sequence = 0", "upper('{' || actor || '}')"),
        ("ledger_entry", "body", "sequence = 0", "CAST(body AS BLOB)"),
        ("ledger_opening", "value", "path = 'name'", "CAST(value AS BLOB)"),
    ],
)
def test_another_form_of_an_entry_is_found(tampered, chains, engine, table, column, where, spelled):
    if engine == "sqlite":
        assert not passes_unseen(chains, table, column, spelled, where)


def test_a_row_whose_id_is_bytes_is_found_though_it_cannot_be_read(tampered, engine):
    if engine != "sqlite":
        return
    own = ("id", "steps")
    columns = ", ".join(field.column for field in RollbackPlan._meta.concrete_fields if field.column not in own)
    inserted = sql(
        f"INSERT INTO rollback_rollbackplan (id, steps, {columns}) "
        f"SELECT CAST(id AS BLOB), '[1.5]', {columns} FROM rollback_rollbackplan LIMIT 1"
    )
    assert inserted == 1
    assert any("cannot be read" in each for each in found())


HONEST = [
    (Deployment, {"window_start": moment, "variables": variables})
    for moment, variables in [
        (datetime(1, 1, 1, tzinfo=UTC), {}),
        (datetime(999, 12, 31, 23, 59, 59, 1, tzinfo=UTC), {"": ""}),
        (datetime(2026, 1, 1, 0, 0, 0, 100000, tzinfo=UTC), {"a": "\u202e監視 🔑", "🔑": "\uffff"}),
        (datetime(2026, 1, 1, tzinfo=UTC), {"b": "1 ", "a": "null"}),
    ]
] + [
    (Item, {"result": "", "commands": [], "fill_ins": [], "text": "\t\r\n '\"\\ 🔑"}),
    (Item, {"commands": ["", {"n": 2**53 - 1, "m": -(2**53) + 1, "t": True, "z": None, "zero": 0, "f": False}]}),
    (Item, {"commands": [[[]], {}, {"🔑": 1, "\uffff": 2, "a": [0]}], "title": "e\u0301 é"}),
    (RollbackPlan, {"last_rehearsed_on": date(1, 1, 1)}),
    (RollbackPlan, {"last_rehearsed_on": date(999, 2, 28), "steps": [{}]}),
    (RollbackPlan, {"last_rehearsed_on": date(9999, 12, 31)}),
    (User, {"is_active": False, "is_admin": True, "email": "", "joined_at": datetime(9999, 12, 31, 23, tzinfo=UTC)}),
]  # fmt: skip


@pytest.mark.parametrize(("model", "values"), HONEST)
def test_what_is_honest_reads_as_it_was_proved(tampered, model, values):
    row = model._base_manager.order_by("pk").first()
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))
    how = proofs.proved(model)
    key = row.pk if connection.features.has_native_uuid_field else row.pk.hex
    assert [facts for _, facts in rows._stream(how, key)] == [how.values(how.read(row))]
