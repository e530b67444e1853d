"""Each value in each table is changed by itself: verify_ledger finds it, the database refuses it, or it stands below.

A new column fails here until it is compared with the ledger, or until somebody writes down why nobody needs to.
"""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, models, transaction

from apps.ledger.proofs import ALL
from apps.probes.models import Run
from apps.records.models import Record
from project import verification
from tests.house.source import NAMES

# Hundreds of times the same lines: counting their branches here would cost a minute and find nothing new.
pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded, pytest.mark.no_cover]

NUMBERS = {"Entry.id", "Opening.id"}  # numbers of rows that say nothing by themselves
MODELS = [model for model in apps.get_models() if model._meta.app_label in NAMES]
LEFT_OUT = NUMBERS | {
    f"{model.__name__}.{field.name}"
    for model in MODELS
    for field in model._meta.concrete_fields
    if {field.name, ALL} & set(getattr(model, "unproved", ()))
}
# What workers note on the way may be changed until there is a result; from then on it is proved with it.
SETTLED: dict[Any, Any] = {
    Run: Run.objects.exclude(digest=""),
    Record: Record.objects.exclude(blob=None),
}
LONG_AGO = datetime(2020, 2, 2, tzinfo=UTC)


# Bookkeeping of the queue that no result depends on.
NOTED_ONLY = {"published_at", "lease_until", "step", "error"}


def other(field: Any, value: Any) -> Any:
    """Another value that the column takes; None where the only other one is nothing."""
    if field.is_relation:
        rest = field.related_model.objects.exclude(pk=value).order_by("pk")
        return None if field.null and value is not None else rest.values_list("pk", flat=True).first()
    if field.choices:
        return next(choice for choice, _ in field.choices if choice != value)
    by_kind = {
        models.BooleanField: lambda: not value,
        models.UUIDField: uuid.uuid4,
        models.DateTimeField: lambda: value + timedelta(minutes=1) if value else LONG_AGO,
        models.DateField: lambda: value + timedelta(days=1) if value else date(2020, 2, 2),
        models.JSONField: lambda: {**value, "other": "x"} if isinstance(value, dict) else [value, "other"],
        models.BinaryField: lambda: b"other",
        models.IntegerField: lambda: (value or 0) + 1,
    }
    made = next((make for kind, make in by_kind.items() if isinstance(field, kind)), None)
    return made() if made else f"{'y' if (value or '').startswith('x') else 'x'}{(value or '')[1:]}"


def sample(model: type[models.Model]) -> list[models.Model]:
    """The first, the middle and the last row."""
    rows = list(model._default_manager.order_by("pk"))
    return list({row.pk: row for row in (rows[0], rows[len(rows) // 2], rows[-1])}.values()) if rows else []


def passes_unseen(row: models.Model, field: Any) -> bool:
    """Whether verify_ledger says nothing after this one value is changed; the change is undone."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                changed = {field.attname: other(field, getattr(row, field.attname))}
                assert type(row)._default_manager.filter(pk=row.pk).update(**changed) == 1
        except DatabaseError:
            return False  # refused
        messages = [fault for fault in verification.verify().faults if "the guard" not in fault.what]
        transaction.set_rollback(True)
    return not messages


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_value_changed_behind_the_applications_back_is_found(tampered, model):
    unseen = {
        f"{model.__name__}.{field.name}": str(row)
        for field in model._meta.concrete_fields
        if f"{model.__name__}.{field.name}" not in LEFT_OUT
        for row in sample(model)
        if passes_unseen(row, field)
    }
    assert unseen == {}


@pytest.mark.parametrize("model", SETTLED, ids=lambda model: model.__name__)
def test_what_workers_noted_is_found_once_there_is_a_result(tampered, model):
    row = SETTLED[model].first()
    noted = [name for name in model.unproved if name not in NOTED_ONLY]
    unseen = {name for name in noted if passes_unseen(row, model._meta.get_field(name))}
    assert noted
    assert unseen == set()


def test_every_column_left_out_exists_and_says_why():
    for model in MODELS:
        left_out = getattr(model, "unproved", {})
        names = {field.name for field in model._meta.concrete_fields} | {ALL}
        assert set(left_out) <= names, model
        assert all(len(reason) > 15 for reason in left_out.values()), model
