"""Many rows by one statement: they are what Django would have stored, and guards judge each of them."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, models, transaction

from apps.core import bulk
from apps.core.storable import Unstorable
from apps.deployments.models import Item
from apps.signoff.models import SignOff
from apps.signoff.rules import content_digest

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]

TEXTS = ("", "plain", 'quo"te', "back\\slash \\u0041 \\n", "line\nbreak\ttab", "100 % {} %s ?", "Grüße 監視 👍🏽",
         "\u2028 \u200d", "'; DROP TABLE x; --", "null", "[]", "1")  # fmt: skip
JSON: tuple[list[Any], ...] = (
    [],
    ["a", 'b"\\'],
    [{"label": "é👍", "value": "", "options": [], "n": 9007199254740991, "x": None, "y": True}],
)


def unlike(stage: SimpleNamespace, count: int) -> list[Item]:
    """New items of the stage's deployment that differ in every kind of column."""
    deployment, section = stage.deployment, stage.items[0].section
    rows = []
    for number in range(count):
        item = Item(
            id=uuid4(), deployment=deployment, section=section, number=100 + number, title=TEXTS[number % len(TEXTS)],
            text=TEXTS[-number % len(TEXTS)], commands=JSON[number % 3], fill_ins=JSON[-number % 3], links=JSON[0],
            critical=bool(number % 2), keys=2 + number % 2, minutes=number or None, max_age_days=None,
        )  # fmt: skip
        item.sign_off = SignOff(
            team=stage.team, stream=deployment.stream, subject=Item.subject_of(item.pk), required=item.keys,
            contributor_keys=1, digest=content_digest({"n": number}),
            opened_at=datetime(2026, 1, 2, 3, 4, 5, number, UTC) if number % 2 else None,
        )  # fmt: skip
        rows.append(item)
    return rows


def stored(model: type[models.Model], rows: list[Any]) -> list[Any]:
    """All columns of rows as the database keeps them, without their ids."""
    table, quote = model._meta.db_table, connection.ops.quote_name
    names = [f.column for f in model._meta.concrete_fields if f.name not in ("id", "number", "subject", "sign_off")]
    written = ", ".join(f"CAST({quote(name)} AS TEXT)" for name in names)
    with connection.cursor() as cursor:
        found = []
        for row in rows:
            pk = row.pk if connection.features.has_native_uuid_field else row.pk.hex
            cursor.execute(f"SELECT {written} FROM {table} WHERE id = %s", [pk])
            found.append(cursor.fetchone())
        return found


@pytest.mark.parametrize("count", [1, len(TEXTS) * 3])
def test_rows_are_stored_as_django_stores_them(stage: SimpleNamespace, count: int) -> None:
    ours, theirs = unlike(stage, count), unlike(stage, count)
    for number, item in enumerate(theirs):
        item.number = 1000 + number
    bulk.insert_all([item.sign_off for item in ours])
    bulk.insert_all(ours)
    SignOff.objects.bulk_create([item.sign_off for item in theirs])
    Item.objects.bulk_create(theirs)
    assert stored(SignOff, [item.sign_off for item in ours]) == stored(SignOff, [item.sign_off for item in theirs])
    assert stored(Item, ours) == stored(Item, theirs)
    assert not any(item._state.adding for item in ours)


def test_fields_are_updated_as_django_updates_them(stage: SimpleNamespace) -> None:
    rows = unlike(stage, len(TEXTS))
    bulk.insert_all([item.sign_off for item in rows])
    bulk.insert_all(rows)
    for item in rows:
        item.title, item.text, item.fill_ins, item.owner, item.result = "New", item.title, JSON[1], stage.member, "Done"
    fields = ("title", "text", "fill_ins", "owner", "result")
    bulk.update_all(rows, fields)
    ours = stored(Item, rows)
    Item.objects.filter(pk__in=[item.pk for item in rows]).update(title="", result="")
    Item.objects.bulk_update(rows, fields)
    assert stored(Item, rows) == ours
    assert ours[0] != ours[1]


def test_any_number_of_rows_is_one_statement_and_none_is_none(
    stage: SimpleNamespace, django_assert_num_queries: Any
) -> None:
    rows = unlike(stage, 70)
    with django_assert_num_queries(3):
        bulk.insert_all([item.sign_off for item in rows])
        bulk.insert_all(rows)
        bulk.update_all(rows, ["text", "commands"])
    with django_assert_num_queries(0):
        bulk.insert_all([])
        bulk.insert_values(Item, [])
        bulk.update_all([], ["text"])


def test_one_row_that_a_guard_refuses_keeps_all_of_them_out(stage: SimpleNamespace) -> None:
    rows = unlike(stage, 5)
    rows[3].sign_off.required = 4
    bulk.insert_all([item.sign_off for item in rows])
    with pytest.raises(IntegrityError, match="its own team with its own number of keys"), transaction.atomic():
        bulk.insert_all(rows)
    assert not Item.objects.filter(pk__in=[item.pk for item in rows]).exists()


def test_a_constraint_judges_every_row(stage: SimpleNamespace) -> None:
    rows = unlike(stage, 3)
    rows[2].number = rows[0].number
    bulk.insert_all([item.sign_off for item in rows])
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert_all(rows)


@pytest.mark.parametrize("field", ["text", "commands"])
@pytest.mark.parametrize("alone", [True, False])
def test_what_no_database_stores_is_refused(stage: SimpleNamespace, field: str, alone: bool) -> None:
    rows = unlike(stage, 1 if alone else 4)
    setattr(rows[0], field, "a\0b" if field == "text" else ["a\0b"])
    bulk.insert_all([item.sign_off for item in rows])
    with pytest.raises(Unstorable):
        bulk.insert_all(rows)


def test_what_fills_itself_in_is_filled_in(stage: SimpleNamespace) -> None:
    made = bulk.new_row(type(stage.deployment), team_id=stage.team.pk)
    assert bulk.values_of(made)[[f.attname for f in made._meta.concrete_fields].index("created_at")] is not None


def test_a_new_row_is_what_the_model_makes_of_the_same_values(stage: SimpleNamespace) -> None:
    values = {"id": uuid4(), "deployment_id": stage.deployment.pk, "section_id": 1, "number": 7, "title": "T"}
    ours, theirs = bulk.new_row(Item, {"deployment": stage.deployment}, **values), Item(**values)
    names = [field.attname for field in Item._meta.concrete_fields]
    assert [getattr(ours, name) for name in names] == [getattr(theirs, name) for name in names]
    assert ours._state.adding
    assert ours.deployment is stage.deployment
    assert ours.commands is not bulk.new_row(Item, **values).commands


def test_new_ids_are_all_different_lie_together_and_say_their_version() -> None:
    ids = bulk.new_ids(2000)
    assert len(set(ids)) == 2000
    assert len({pk.hex[:12] for pk in ids}) == 1
    assert {(pk.version, pk.variant) for pk in ids} == {(7, "specified in RFC 4122")}
    assert bulk.new_ids(0) == []


def test_a_kind_of_column_that_nobody_described_is_named() -> None:
    with pytest.raises(TypeError, match="how a FloatField travels"):
        bulk._writer(models.FloatField(name="x"), connection.vendor)
