"""Every search finds whatever the case and the spelling of letters, the same on both engines."""

import re

import pytest

from apps.accounts.models import User
from apps.boards.selectors import deployments_page, history_page
from apps.core.statements import Folded
from apps.core.wording import folded
from apps.deployments.models import Deployment
from tests import cast
from tests.house import source

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
    assert [line.deployment for line in page["lines"]] == [deployment]
    assert history_page(deployment, find=typed, page="1")["entries"]
    assert not Deployment.objects.filter(service__holds="nothing of that kind").exists()


@pytest.mark.parametrize("path", [*source.files("apps"), *source.files("project")], ids=source.name)
def test_no_search_and_no_list_leaves_letters_to_the_engine(path):
    text = path.read_text().replace('UniqueConstraint(Lower("username")', "")  # `_require_own_username` is stricter
    searched = re.search(r"__(iexact|icontains|istartswith|iendswith|iregex)\b", text)
    assert not searched, "search by `holds` or `same` of apps/core/statements.py: SQLite knows the case of A to Z alone"
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
    assert User.objects.filter(username__same=typed).count() == 1
    assert not User.objects.filter(username__same=typed[1:]).exists()


def test_folding_twice_changes_nothing():
    assert all(folded(folded(text)) == folded(text) for pair in SPELLINGS for text in pair)
