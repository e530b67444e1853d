"""Before a key is turned its form says for whom: for who asked the viewer to verify, where it is not their own."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.core.wording import day
from apps.teams import commands as teams
from tests import cast as casting
from tests.boards.desk import address, at
from tests.cast import BY_PASSWORD, again, words
from tests.waivers import asking

pytestmark = pytest.mark.django_db
LAST_DAY = datetime.now(UTC).date() + timedelta(days=3)
REI = "<bdi>Rei Sato</bdi>,"
FOR_RUTH = f"{REI} for <bdi>Ruth Okafor</bdi>, as agreed until {day(LAST_DAY)},"


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    """The stage with Rei, a member who agreed to verify for the reviewer."""
    rei = casting.join(stage.team, by=stage.lead, username="rei", full_name="Rei Sato", role=Role.MEMBER)
    asked = teams.delegate(stage.team, by=again(stage.reviewer), evidence=BY_PASSWORD, person=rei, last_day=LAST_DAY)
    teams.accept_delegation(asked, by=again(rei), evidence=BY_PASSWORD)
    stage.rei = rei
    return stage


def second_key(made: SimpleNamespace) -> str:
    casting.sign(made.items[0], made.member)
    return address(made.items[0])


def waiver(made: SimpleNamespace) -> str:
    asking.ask(made.items[0], by=again(made.member))
    return address(made.items[0])


def sheet(made: SimpleNamespace) -> str:
    casting.make_ready(made)
    casting.complete(made)
    return reverse("deployments:sheet", args=[made.team.slug, made.deployment.number])


def who_signs(page: str, person: User, act: str) -> str:
    """What the form of that act says of who signs, as `person` sees it."""
    text = words(at(person).get(page))
    return text.partition(act)[0].rpartition("You are")[2]


@pytest.mark.parametrize(
    ("way", "act"),
    [(second_key, "Turn second key"), (waiver, "Approve waiver"), (sheet, "Turn second key and close")],
    ids=lambda each: getattr(each, "__name__", None),
)
def test_the_form_says_for_whom_the_key_is_turned(made, way, act):
    page = way(made)
    assert FOR_RUTH in who_signs(page, made.rei, act)
    own = who_signs(page, made.reviewer, act)
    assert "<bdi>Ruth Okafor</bdi>," in own
    assert "as agreed" not in own


def test_the_key_names_whom_the_form_named(made):
    item = made.items[0]
    assert FOR_RUTH in who_signs(second_key(made), made.rei, "Turn second key")
    casting.sign(item, made.rei)
    assert casting.load(item).sign_off.turned[1].name == "Rei Sato for Ruth Okafor"


def test_a_first_key_is_their_own(made):
    first = who_signs(address(made.items[0]), made.rei, "Turn first key")
    assert REI in first
    assert "as agreed" not in first
