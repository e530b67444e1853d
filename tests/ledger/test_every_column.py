"""Each value in each table is changed by itself: verify_ledger finds it, the database refuses it, or it stands below.

A new column or table fails here until it is compared with the ledger, or until somebody writes down why nobody needs
to; and what was written down fails once it is not needed any more. SECURITY.md prints the list.

The short form changes each column of one row in one way, `make columns` each of three rows in every way.
"""

import os
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from django.test import override_settings

from apps.accounts.models import OpenSession, SignInTries
from apps.attachments import commands as attachments
from apps.factors import commands as factors
from apps.factors.models import Tries
from apps.factors.rules import Purpose
from apps.ledger.commands import SYSTEM
from apps.ledger.proofs import ALL, LIBRARIES
from apps.letters import commands as letters
from apps.notices import commands as notices
from apps.probes.models import Run
from apps.records import commands as records
from apps.records.models import Record
from apps.sso.models import Asked
from tests.cast import again
from tests.house.source import ROOT
from tests.ledger import histories
from tests.ledger.asking import is_found, read_chains
from tests.ledger.histories import TARGET
from tests.probing import claim
from tests.tampering import lift_all

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]

HISTORY = histories.everything  # for the fixture `history`
EVERY_WAY = os.environ.get("KEYTURN_TEST_COLUMNS") == "all"
MODELS = [each for each in apps.get_models(include_auto_created=True) if not each.__module__.startswith(LIBRARIES)]
LEFT_OUT = {
    "Opening.id": "a number of the row that says nothing by itself",
} | {
    f"{model.__name__}.{name}": reason
    for model in MODELS
    for name, reason in getattr(model, "unproved", {}).items()
}  # fmt: skip
TABLES = {
    "django_session": "who is signed in; what is done there is recorded under the account",
    "django_migrations": "which migrations ran; guards are compared with the code",
    "django_content_type": "Django’s names of tables, which Keyturn does not ask",
    "account_emailaddress": "allauth’s addresses, which Keyturn does not ask",
    "account_emailconfirmation": "allauth’s addresses, which Keyturn does not ask",
    "auth_permission": "Django’s permissions, which Keyturn does not ask",
    "auth_group": "Django’s groups, which Keyturn does not ask",
    "auth_group_permissions": "Django’s groups, which Keyturn does not ask",
}
# What workers note on the way may be changed until there is a result; from then on it is proved with it.
SETTLED: dict[Any, Any] = {
    Run: Run.objects.exclude(digest=""),
    Record: Record.objects.exclude(blob=None),
}
LONG_AGO = datetime(2020, 2, 2, tzinfo=UTC)
# Bookkeeping of the queue that no result depends on.
NOTED_ONLY = {"published_at", "lease_until", "step", "error"}
# Columns that the database lets nobody change without another one.
TOGETHER: dict[str, dict[str, Any]] = {
    "Run.state": {"state": "queued", "lease_until": None},
    "Record.state": {"state": "queued", "lease_until": None},
    "Record.error": {"state": "failed", "error": "No room", "lease_until": None},
}


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


def replacements(row: models.Model, field: Any) -> list[Any]:
    """Every value to try in place of the one that is there: another, none, the default, each choice, a neighbour's."""
    there = getattr(row, field.attname)
    found = [other(field, there), *(choice for choice, _ in field.choices or ())]
    found += [None] * field.null + [field.get_default()] * field.has_default() + [""] * isinstance(there, str)
    neighbours = type(row)._default_manager.exclude(pk=row.pk).exclude(**{field.attname: there})
    found += neighbours.order_by("pk").values_list(field.attname, flat=True)[:1]
    return [value for place, value in enumerate(found) if value != there and value not in found[:place]]


def changes(model: type[models.Model]) -> Iterator[tuple[models.Model, Any, Any]]:
    """(row, field, value) of every change to try: of the first, the middle and the last row, in turn or all of them."""
    rows = list(model._default_manager.order_by("pk"))
    if not rows:
        return
    chosen = list({row.pk: row for row in (rows[0], rows[len(rows) // 2], rows[-1])}.values())
    for place, field in enumerate(model._meta.concrete_fields):
        for row in chosen if EVERY_WAY else [chosen[place % len(chosen)]]:
            for value in replacements(row, field) if EVERY_WAY else [other(field, getattr(row, field.attname))]:
                yield row, field, value


def passes_unseen(chains: bytes, row: models.Model, values: dict[str, Any]) -> bool:
    """Whether verify_ledger says nothing after these values are changed; the change is undone."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                assert type(row)._default_manager.filter(pk=row.pk).update(**values) == 1
        except DatabaseError:
            return False  # refused
        found = is_found(chains, row._meta.db_table)
        transaction.set_rollback(True)
    return not found


def unseen(chains: bytes, model: type[models.Model]) -> dict[str, str]:
    """Which columns of a model may be changed without being found, each with a row where that is so."""
    return {f"{model.__name__}.{field.name}": str(row) for row, field, value in changes(model)
            if not is_left_out(model, field) and passes_unseen(chains, row, {field.attname: value})}  # fmt: skip


def is_left_out(model: type[models.Model], field: Any) -> bool:
    return not LEFT_OUT.keys().isdisjoint({f"{model.__name__}.{field.name}", f"{model.__name__}.{ALL}"})


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_value_changed_behind_the_applications_back_is_found(tampered, chains, model):
    assert unseen(chains, model) == {}


def test_the_history_has_a_row_of_every_table_whose_columns_are_changed(tampered):
    """Of an empty table nothing would be changed, so nothing would be found missing."""
    own = [model for model in MODELS if model.__module__.startswith("apps.")]
    empty = {model.__name__ for model in own if not model._default_manager.exists()}
    assert empty - {name.partition(".")[0] for name in LEFT_OUT if name.endswith(f".{ALL}")} == set()


@pytest.mark.parametrize("model", SETTLED, ids=lambda model: model.__name__)
def test_what_workers_noted_is_found_once_there_is_a_result(tampered, chains, model):
    row = SETTLED[model].first()
    fields = [model._meta.get_field(name) for name in model.unproved if name not in NOTED_ONLY]
    others = {field.name: other(field, getattr(row, field.name)) for field in fields}
    found = {name for name, value in others.items() if passes_unseen(chains, row, {name: value})}
    assert fields
    assert found == set()


@pytest.fixture
def under_way(undone: SimpleNamespace) -> SimpleNamespace:
    """The history with a run and a record at work and a name that waits, without its guards."""
    stranger = again(undone.stranger)
    item = undone.other_deployment.items.order_by("number").first()
    attachments.attach_probe(item, by=stranger, name="Health", kind="http", config=TARGET)
    attachments.run_probes(undone.other_deployment, by=stranger)
    assert claim(Run.objects.live().get())
    record = records.request_record(undone.deployment, by=again(undone.auditor))
    records.claim_record(record.pk, record.attempt, by=SYSTEM)
    SignInTries.objects.create(key="0" * 64, last_at=LONG_AGO, waits_until=LONG_AGO)
    Tries.objects.update_or_create(person=stranger, defaults={"last_at": LONG_AGO})
    OpenSession.objects.create(person=stranger, session_key="0" * 32, seen_at=LONG_AGO)
    factors.ask_passkey(Purpose.SIGN_IN, by=SYSTEM)
    Asked.objects.create(purpose="sign_in", state="0" * 64, ends_at=LONG_AGO)
    with override_settings(EMAIL_HOST="mail.example.com"):
        notices.derive_notices(by=SYSTEM)
        letters.ask_reset("nora@example.com", by=SYSTEM, address="192.0.2.1")
    lift_all()
    return undone


def is_needed(chains: bytes, name: str) -> bool:
    """Whether a column that is left out may be changed unseen, in any row and to any value."""
    model = next(model for model in MODELS if model.__name__ == name.partition(".")[0])
    column = name.partition(".")[2]
    fields = [field for field in model._meta.concrete_fields if column in (ALL, field.name)]
    rows = list(model._default_manager.order_by("-pk"))
    alone = ((row, {field.attname: value}) for row in rows for field in fields for value in replacements(row, field))
    together = ((row, TOGETHER[name]) for row in rows if name in TOGETHER)
    return any(passes_unseen(chains, *each) for each in chain(together, alone))


def test_nothing_is_left_out_without_need(under_way):
    chains = read_chains()
    assert [name for name in LEFT_OUT if not is_needed(chains, name)] == []


def test_every_table_is_looked_at_or_says_why_not():
    ours = {model._meta.db_table for model in MODELS}
    assert set(connection.introspection.table_names()) - ours == set(TABLES)


def test_whatever_is_left_out_exists_says_why_and_is_printed_where_people_look_for_it():
    for model in MODELS:
        names = {field.name for field in model._meta.concrete_fields} | {ALL}
        assert set(getattr(model, "unproved", {})) <= names, model
    left_out = LEFT_OUT | TABLES
    assert [name for name, reason in left_out.items() if len(reason) <= 15] == []
    printed = re.findall(r"^\| `([^`]+)` \| (.+) \|$", (ROOT / "SECURITY.md").read_text(), re.MULTILINE)
    assert dict(printed) == left_out
