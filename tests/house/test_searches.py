"""Every search finds whatever the case and the spelling of letters, the same on both engines."""

import re

import pytest

from apps.accounts.models import User
from apps.boards.selectors import deployments_page, history_page
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


@pytest.mark.parametrize("path", source.files("apps"), ids=source.name)
def test_no_search_leaves_the_case_of_letters_to_the_engine(path):
    found = re.search(r"__(icontains|istartswith|iendswith|iregex)\b", path.read_text())
    assert not found, "search by `holds` of apps/core/statements.py: SQLite knows the case of A to Z alone"


def test_folding_twice_changes_nothing():
    assert all(folded(folded(text)) == folded(text) for pair in SPELLINGS for text in pair)
