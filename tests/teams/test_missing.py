"""Is anybody missing? The page of people names what nobody is left to verify, and who may verify and never does."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Grant, User
from apps.accounts.roles import Role
from apps.core.wording import day, minute
from apps.deployments.models import Item
from apps.signoff.models import Signature
from apps.teams import selectors
from tests import cast as casting
from tests.cast import again, give, signed_in, take, words
from tests.tampering import lifted

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]
PEOPLE = reverse("teams:people", kwargs={"team": "pay"})


@pytest.fixture
def cast(stage: SimpleNamespace) -> SimpleNamespace:
    return stage


def page(cast: SimpleNamespace, by: User | None = None) -> dict[str, Any]:
    return selectors.people_page(cast.team, again(by or cast.lead))


def all_worked_on(cast: SimpleNamespace, number: int = 2) -> Item:
    """An item on which everybody worked who may verify it."""
    item = cast.deployment.items.get(number=number)
    for person in (cast.lead, cast.reviewer, cast.other_reviewer):
        casting.fill_in(item, person, result=f"By {person.username}")
    return item


def own_column(cast: SimpleNamespace) -> dict[str, str]:
    return {row.membership.user.username: row.cells[0].why for row in page(cast)["rows"]}


def test_nothing_lacks_anybody_while_one_is_left_for_each(cast):
    assert page(cast)["lacking"] is None
    item = cast.deployment.items.get(number=2)
    for person in (cast.lead, cast.reviewer):
        casting.fill_in(item, person, result=f"By {person.username}")
    assert page(cast)["lacking"] is None
    assert "Somebody is missing" not in words(signed_in(cast.lead).get(PEOPLE))


def test_what_nobody_is_left_to_verify_comes_first_and_says_why_not_one_by_one(cast):
    item = all_worked_on(cast)
    casting.sign(item, cast.lead)
    found = page(cast)["lacking"]
    assert (found.called, found.label, found.others) == ("item 2 of PAY-1", "Verify item 2", 0)
    assert own_column(cast) == {
        "lena": "turned the first key",
        "ruth": "worked on it",
        "omar": "worked on it",
        "mika": "not a reviewer",
        "aude": "only reads",
    }
    shown = words(signed_in(cast.member).get(PEOPLE))
    assert "Nobody is left who may verify item 2 of PAY-1" in shown
    assert shown.index("<b>Verify item 2</b>") < shown.index("<b>Turn key 1</b>")


def test_whoever_gets_the_role_ends_it(cast):
    all_worked_on(cast)
    give(cast.team, cast.member, Role.REVIEWER, by=cast.lead)
    assert page(cast)["lacking"] is None
    take(cast.team, cast.member, Role.REVIEWER, by=cast.lead)
    assert page(cast)["lacking"]


def test_what_is_verified_waived_or_closed_lacks_nobody(cast):
    give(cast.team, cast.member, Role.REVIEWER, by=cast.lead)
    item = all_worked_on(cast)
    casting.sign(item, cast.lead)
    casting.sign(item, cast.member)
    take(cast.team, cast.member, Role.REVIEWER, by=cast.lead)
    assert page(cast)["lacking"] is None
    all_worked_on(cast, 5)
    assert page(cast)["lacking"].called == "item 5 of PAY-1"
    with lifted():
        Item.objects.filter(deployment=cast.deployment, number=5).update(applies=False, inapplicable="No database")
    assert page(cast)["lacking"] is None


def test_another_team_s_items_are_not_named(cast):
    all_worked_on(cast)
    assert selectors.people_page(cast.other_team, again(cast.stranger))["lacking"] is None


def test_who_signs_not_for_a_day_is_shown_and_does_not_count(cast):
    until = timezone.now() + timedelta(hours=5)
    item = cast.deployment.items.get(number=2)
    for person in (cast.lead, cast.reviewer):
        casting.fill_in(item, person, result=f"By {person.username}")
    User.objects.filter(pk=cast.other_reviewer.pk).update(signing_suspended_until=until)
    assert page(cast)["lacking"].called == "item 2 of PAY-1"
    why = f"signs again from {minute(until)} UTC"
    (row,) = [row for row in page(cast)["rows"] if row.membership.user == cast.other_reviewer]
    assert {cell.label: (cell.ink, cell.why) for cell in row.cells} == {
        "Verify item 2": ("not", why),
        "Turn key 1": ("yet", why),
        "Turn key 2 and up": ("yet", why),
        "Publish templates": ("yet", why),
        "Manage releases": ("not", "not a release manager"),
        "Decide": ("yet", why),
        "Manage people": ("not", "not a team admin"),
    }
    User.objects.filter(pk=cast.other_reviewer.pk).update(signing_suspended_until=timezone.now())
    assert page(cast)["lacking"] is None


def queries(cast: SimpleNamespace) -> int:
    viewer = again(cast.lead)
    with CaptureQueriesContext(connection) as caught:
        selectors.people_page(cast.team, viewer)
    return len(caught)


def test_it_asks_as_much_however_many_items_lack_somebody(cast):
    all_worked_on(cast)
    one = queries(cast)
    for number in (1, 4, 5):
        all_worked_on(cast, number)
    assert page(cast)["lacking"].others == 3
    assert queries(cast) == one


# Who may verify, and does not


def aged(cast: SimpleNamespace, days: int) -> None:
    """Every role was granted, and every key turned, that many days ago."""
    then = timezone.now() - timedelta(days=days)
    with lifted():
        Grant.objects.filter(team=cast.team, granted_at__isnull=False).update(granted_at=then, asked_at=then)
        Signature.objects.filter(sign_off__team=cast.team).update(signed_at=then)


def dormant(cast: SimpleNamespace) -> list[tuple[str, str]]:
    return [(each.person.username, day(each.last) if each.last else "") for each in page(cast)["dormant"]]


def test_who_may_verify_and_turned_no_key_for_ninety_days_is_listed(cast):
    casting.sign(cast.deployment.items.get(number=1), cast.reviewer)
    aged(cast, 89)
    assert dormant(cast) == []
    aged(cast, 91)
    last = day(timezone.now() - timedelta(days=91))
    assert {*dormant(cast)} == {("lena", last), ("ruth", last), ("omar", last)}
    shown = words(signed_in(cast.member).get(PEOPLE))
    assert "May verify, and turned no key for 90 days" in shown
    casting.sign(cast.deployment.items.get(number=4), cast.reviewer)
    assert "ruth" not in dict(dormant(cast))


def test_who_holds_nothing_that_verifies_or_only_since_lately_is_not(cast):
    aged(cast, 91)
    take(cast.team, cast.other_reviewer, by=cast.lead)
    give(cast.team, cast.member, Role.MANAGER, by=cast.lead)
    take(cast.team, cast.reviewer, Role.DECIDER, by=cast.lead)
    give(cast.team, cast.reviewer, Role.DECIDER, by=cast.lead)
    assert [name for name, _ in dormant(cast)] == ["lena"]
    User.objects.filter(pk=cast.lead.pk).update(is_active=False)
    assert dormant(cast) == []
