"""Every search finds whatever the case and the spelling of letters, the same on both engines."""

import re

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import CharField, Func, TextField

from apps.accounts.models import User
from apps.boards.selectors import deployments_page, history_page
from apps.core.guards import all_guards
from apps.core.statements import Folded
from apps.core.wording import folded
from apps.deployments.models import Deployment
from tests import cast
from tests.house import source

# In hexadecimal or folded already, so that there is no case to differ in.
OF_DIGESTS = {"sha256__startswith", "body__contains", "digest__contains", "text__contains"}
SPELLINGS = [
    ("Überservice", "überservice"),
    ("straße", "STRASSE"),
    ("ДОСТАВКА", "доставка"),
    ("u\u0308ber", "ÜBER"),
    ("ΟΔΟΣ", "οδος"),
    ("50%_x", "50%_X"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "typed"), SPELLINGS)
def test_a_search_finds_whatever_the_case_and_the_spelling(stage, name, typed):
    deployment = cast.deploy(stage.team, stage.version, by=stage.lead, service=name)
    assert list(User.objects.filter(full_name__holds="RUTH okafor")) == [stage.reviewer]
    assert list(Deployment.objects.filter(service__holds=typed[1:])) == [deployment]
    page = deployments_page(stage.team, cast.again(stage.lead), show="all", sort="newest", find=typed, page="1")
    assert [line.deployment for line in page["rows"]] == [deployment]
    assert history_page(deployment, find=typed, page="1")["entries"]
    assert not Deployment.objects.filter(service__holds="nothing of that kind").exists()


@source.for_each([*source.files("apps"), *source.files("project")], source.name)
def test_no_search_and_no_list_leaves_letters_to_the_engine(path):
    text = path.read_text()
    searched = re.search(r"__(iexact|icontains|istartswith|iendswith|iregex|regex)\b|\bdb_collation\b", text)
    assert not searched, "search by `holds` or by a `FoldedField`: SQLite knows the case of A to Z alone"
    parts = set(re.findall(r"([a-z0-9]+__(?:contains|startswith|endswith))=", text)) - OF_DIGESTS
    assert not parts, f"search by `holds` of apps/core/statements.py instead of {parts}: to SQLite A is a there"
    plain = re.sub(r'Folded\("\w+"\)', "", text).replace('Stream.objects.order_by("name")', "")  # chains are ASCII
    of_people = r"(\w+(__|\.))?(full_name|username|name|title|service)\b"
    found = re.search(rf"\b(Lower|Upper)\(|order_by\([^)]*\"-?{of_people}\"|ORDER BY {of_people}", plain)
    assert not found or "moved.order_by" in plain, f"{found}: sort by `Folded` of apps/core/statements.py"


@pytest.mark.unrecorded
@pytest.mark.django_db
def test_lists_are_sorted_alike_on_both_engines(stage):
    names = ["Zoë", "émile", "Emma", "ümit", "Udo", "İpek", "ßen", "Σofia", "σaki", "anna", "Anna", "Öz"]
    for place, name in enumerate(names):
        User.objects.create(username=f"p{place:02}", full_name=name)
    every = User.objects.filter(full_name__in=names)
    in_order = [person.full_name for person in every.order_by(Folded("full_name"), "username")]
    assert in_order == sorted(names, key=lambda name: (folded(name), names.index(name)))


@pytest.mark.unrecorded
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "typed"), [("ümit", "ÜMIT"), ("straße", "STRASSE"), ("οδος", "ΟΔΟΣ"), ("mika.x", "MIKA.X")]
)
def test_signing_in_takes_a_name_in_whatever_case(stage, name, typed):
    person = User.objects.create(username=name, full_name="x")
    assert User.objects.get_by_natural_key(typed) == person
    assert User.objects.called(typed).count() == 1
    assert not User.objects.called(typed[1:]).exists()


@pytest.mark.unrecorded
@pytest.mark.django_db
@pytest.mark.parametrize(("name", "typed"), [("Überservice", "überservice"), ("straße", "STRASSE"), ("ДОСТ", "дост")])
def test_the_database_refuses_a_name_that_another_one_is_in_whatever_case(name, typed):
    User.objects.create(username=name, full_name="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username=typed, full_name="y")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(username=typed, full_name="y")])


OURS = [model for model in apps.get_models() if model.__module__.startswith("apps.")]
LOOKUPS = {"exact", "in", "isnull", "gt", "gte", "lt", "lte"}  # that both engines answer alike for texts as well


def in_conditions(condition):
    """Every expression and (lookup, column) of a condition."""
    for child in getattr(condition, "children", [condition]):
        if isinstance(child, tuple):
            yield child
        elif getattr(child, "children", None) is not None:
            yield from in_conditions(child)
        elif child is not None:
            yield child


def test_no_list_is_sorted_by_what_may_be_missing_without_saying_where_that_goes():
    """PostgreSQL sorts NULL last, SQLite first."""
    fields = [field for model in OURS for field in model._meta.concrete_fields]
    nullable = {field.name for field in fields if field.null} - {field.name for field in fields if not field.null}
    sorted_by = re.compile(r"order_by\([^)]*\"-?(?:\w+__)?(" + "|".join(sorted(nullable)) + r")\"")
    found = {source.name(path): hit[0] for path in source.files("apps") if (hit := sorted_by.search(path.read_text()))}
    assert found == {}, "sort by F(…).asc(nulls_last=True)"


@source.for_each(OURS, lambda model: model._meta.label)
def test_what_the_database_refuses_it_refuses_alike_on_both_engines(model):
    """No constraint and no index leaves the case or the order of letters to the engine's own functions."""
    for rule in (*model._meta.constraints, *model._meta.indexes):
        assert not getattr(rule, "expressions", ()), f"{rule.name}: store it as a `FoldedField`"
        assert not getattr(rule, "opclasses", ()), f"{rule.name}: SQLite has none"
        for part in in_conditions(getattr(rule, "condition", None)):
            assert isinstance(part, tuple), f"{rule.name}: {part} is worked out by the engine"
            name, value = part
            lookups = set(name.split("__")[1:]) - {field.name for field in model._meta.fields}
            assert lookups <= LOOKUPS, f"{rule.name}: {name}"
            of_text = isinstance(model._meta.get_field(name.split("__")[0]), TextField | CharField)
            assert not (of_text and lookups - {"exact", "in", "isnull"}), (
                f"{rule.name}: texts have no order of their own"
            )
            assert not isinstance(value, Func), f"{rule.name}: {value} is worked out by the engine"
    assert not [field for field in model._meta.fields if getattr(field, "db_collation", None) or field.generated]


def test_no_trigger_leaves_letters_to_the_engine():
    spelt = re.compile(r"\b(LOWER|UPPER|I?LIKE|GLOB|REGEXP|SIMILAR TO|COLLATE)\b|[^!]~")
    assert [guard.name for guard in all_guards() if spelt.search(str(guard))] == []


def test_folding_twice_changes_nothing():
    assert all(folded(folded(text)) == folded(text) for pair in SPELLINGS for text in pair)
