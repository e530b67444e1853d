"""The matrix of a team, the page of one member, and what waits for administrators of the instance."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Grant, Membership, User
from apps.accounts.roles import GRANTED, Role
from apps.teams import commands as teams
from apps.teams import selectors
from tests import cast as casting
from tests.cast import BY_PASSWORD, PASSWORD, again, basis, give, join, signed_in, take, words
from tests.tampering import lifted
from tests.teams.rows import asked, grant, held
from tests.teams.wrong import begun, member_of

PROOF = {"proof_password": PASSWORD}
pytestmark = pytest.mark.django_db
WAITS = "waits for an administrator of this Keyturn"
ASKED = reverse("teams:asked")
PEOPLE = reverse("teams:people", kwargs={"team": "pay"})


@pytest.fixture
def cast(people: SimpleNamespace) -> SimpleNamespace:
    return people


def page_of(person: User) -> str:
    return reverse("teams:member", kwargs={"team": "pay", "person": person.pk})


def act_on(name: str, **of: Any) -> str:
    return reverse(f"teams:{name}", kwargs={"team": "pay"} | of)


def main(answer: Any) -> str:
    """What a page shows beside its frame."""
    return words(answer).partition("<main")[2]


def queries(browser: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert browser.get(path).status_code == 200
    return len(caught)


def cells(cast: SimpleNamespace, person: User) -> dict[str, tuple[str, str]]:
    """What stands in each column for somebody, and why they may not."""
    rows = selectors.people_page(cast.team, again(cast.lead))["rows"]
    (row,) = [row for row in rows if row.membership.user_id == person.pk]
    return {cell.label: (cell.ink, cell.why) for cell in row.cells}


# The matrix


def test_a_cell_says_whether_somebody_may_waits_or_why_not(cast):
    asked(cast, Role.AUTHOR)
    assert cells(cast, cast.member) == {
        "Turn key 1": ("may", ""),
        "Turn key 2 and up": ("not", "not a reviewer"),
        "Publish templates": ("yet", WAITS),
        "Manage releases": ("not", "not a release manager"),
        "Decide": ("not", "not a decider"),
        "Manage people": ("not", "not a team admin"),
    }
    assert {*cells(cast, cast.lead).values()} == {("may", "")}
    assert {*cells(cast, cast.auditor).values()} == {("not", "only reads")}


@pytest.mark.parametrize("role", GRANTED)
def test_each_role_has_a_column_of_its_own(cast, role):
    before = cells(cast, cast.member)
    give(cast.team, cast.member, role, by=cast.lead)
    now = cells(cast, cast.member)
    assert [now[label] for label in now if now[label] != before[label]] == [("may", "")]
    take(cast.team, cast.member, role, by=cast.lead)
    assert cells(cast, cast.member) == before


def test_every_cell_of_the_page_has_words(cast):
    asked(cast)
    page = main(signed_in(cast.auditor).get(PEOPLE))
    found = re.findall(r'<i class="may (\w+)"></i> <span class="visually-hidden">([^<]*)</span>', page)
    assert len(found) == 5 * 6
    assert {*found} == {("may", "may"), ("yet", "may not yet"), ("not", "may not")}
    assert page.count(f"<small>{WAITS}</small>") == 1
    assert "佐藤 Mika</bdi>: reviewer" in page


def test_the_page_says_who_verified_whom_and_what_they_signed_last(cast):
    version = casting.publish(cast.team, by=cast.lead)
    item = casting.deploy(cast.team, version, by=cast.lead).items.get(number=1)
    casting.sign(item, cast.member)
    rows = {row.membership.user: row for row in selectors.people_page(cast.team, again(cast.lead))["rows"]}
    assert rows[cast.member].keys[0] == 1
    assert rows[cast.auditor].keys == (0, None)
    assert rows[cast.member].identity is None
    assert rows[cast.reviewer].identity.asked_by_name == "Lena Brandt"
    page = main(signed_in(cast.member).get(PEOPLE))
    assert "<bdi>known for years</bdi>" in page
    assert "not needed so far" in page


def crowd(cast: SimpleNamespace, size: int) -> None:
    """As many more people, who hold every role."""
    people = [User(username=f"p{n}", full_name=f"Person {n:03}") for n in range(size)]
    User.objects.bulk_create(people)
    Membership.objects.bulk_create(Membership(team=cast.team, user=each, role=Role.MEMBER) for each in people)
    rows = [grant(cast.team, each, role, by=cast.lead, granted_by=cast.stranger) for each in people for role in GRANTED]
    waiting = [grant(cast.team, cast.member, role, by=cast.lead) for role in GRANTED]
    with lifted():
        Grant.objects.bulk_create([*rows, *waiting])


@pytest.mark.unrecorded
def test_pages_ask_as_much_whatever_the_number_of_people_and_roles(cast):
    browser, administrator = signed_in(cast.lead), signed_in(cast.stranger)
    asked(cast, Role.ADMIN)
    pages = [(browser, PEOPLE), (browser, page_of(cast.member)), (administrator, ASKED)]
    few = [queries(who, path) for who, path in pages]
    take(cast.team, cast.member, by=cast.lead)
    crowd(cast, 60)
    with lifted():  # so that all that waits still waits for the administrator
        Grant.objects.filter(person__username__startswith="p", role=Role.ADMIN)._raw_delete("default")
    assert [queries(who, path) for who, path in pages] == few


@pytest.mark.unrecorded
def test_what_waits_comes_in_pages_the_oldest_first(cast):
    crowd(cast, 30)
    rows = [
        grant(cast.team, each, Role.REVIEWER, by=cast.lead) for each in User.objects.filter(username__startswith="p")
    ]
    with lifted():
        Grant.objects.all()._raw_delete("default")
        Grant.objects.bulk_create(rows)
    first, second = (selectors.waiting_for_administrators(again(cast.stranger), page) for page in (1, 2))
    assert (len(first["waiting"]), len(second["waiting"])) == (25, 5)
    assert [row.grant.pk for row in first["waiting"]] == [row.pk for row in sorted(rows, key=by_age)[:25]]
    assert "1 to 25 of 30, oldest first" in main(signed_in(cast.stranger).get(ASKED))
    page = main(signed_in(cast.member).get(PEOPLE))
    assert page.count(" of <bdi>Payments</bdi>, asked for by") == 10
    assert "More wait: they come up here" in page


def by_age(row: Grant) -> Any:
    return row.asked_at, row.pk


@pytest.mark.unrecorded
def test_people_are_found_and_sorted_by_what_they_hold_page_by_page(cast):
    crowd(cast, 60)
    first = selectors.people_page(cast.team, again(cast.lead), sort="role")
    assert len(first["rows"]) == 25
    assert [row.membership.user.full_name for row in first["rows"][:2]] == ["Lena Brandt", "Person 000"]
    last = selectors.people_page(cast.team, again(cast.lead), sort="role", page=3)
    names = [row.membership.user.full_name for row in last["rows"]]
    assert names[-4:] == ["Ruth Okafor", "عمر الحداد", "佐藤 Mika", "Aude Laurent"]
    assert len(selectors.people_page(cast.team, again(cast.lead), q="person 05")["rows"]) == 11


def test_the_order_of_roles_is_that_of_what_they_allow(cast):
    give(cast.team, cast.member, Role.MANAGER, by=cast.lead)
    take(cast.team, cast.other_reviewer, Role.DECIDER, Role.AUTHOR, by=cast.lead)
    rows = selectors.people_page(cast.team, again(cast.lead), sort="role")["rows"]
    assert [row.words for row in rows] == [
        "team admin, decider, release manager, template author and reviewer",
        "decider, template author and reviewer",
        "release manager",
        "reviewer",
        "auditor",
    ]


# One member


def test_a_role_is_asked_for_on_their_page_and_granted_on_the_page_of_people(cast):
    give(cast.team, cast.reviewer, Role.ADMIN, by=cast.lead)
    lena, ruth = signed_in(cast.lead), signed_in(cast.reviewer)
    act = act_on("ask_role", person=cast.member.pk)
    typed = {"role": "decider", "identity": "by video", **PROOF, **basis(lena, page_of(cast.member), act)}
    answer = main(lena.post(act, typed, follow=True))
    assert "Waits for another admin of the team" in answer
    assert "You asked for this, so another admin of the team grants it." in answer
    row = Grant.objects.get(person=cast.member)
    second = act_on("grant_role", grant=row.pk)
    assert second not in main(lena.get(PEOPLE))
    assert second in main(ruth.get(PEOPLE))
    answer = words(ruth.post(second, PROOF, follow=True))
    assert "佐藤 Mika is decider now." in answer
    end = act_on("end_role", grant=row.pk)
    answer = words(lena.post(end, basis(lena, page_of(cast.member), end), follow=True))
    assert "佐藤 Mika is not decider any more." in answer


def test_what_is_declined_says_so(cast):
    row, lena = asked(cast), signed_in(cast.lead)
    end = act_on("end_role", grant=row.pk)
    assert "Take back" in main(lena.get(page_of(cast.member)))
    answer = words(lena.post(end, basis(lena, page_of(cast.member), end), follow=True))
    assert "佐藤 Mika is not reviewer yet." in answer


def test_a_form_that_lacks_who_somebody_is_keeps_what_was_chosen(cast):
    lena, act = signed_in(cast.lead), act_on("ask_role", person=cast.member.pk)
    answer = lena.post(act, {"role": "decider", **PROOF, **basis(lena, page_of(cast.member), act)})
    assert answer.status_code == 422
    assert "Say how you made sure who they are: two admins grant this role." in words(answer)
    assert re.search(r'value="decider" required checked', words(answer))


def test_a_form_of_a_while_ago_asks_for_nothing_and_keeps_what_was_typed(cast):
    lena, act = signed_in(cast.lead), act_on("ask_role", person=cast.member.pk)
    before = basis(lena, page_of(cast.member), act)
    asked(cast)
    answer = lena.post(act, {"role": "decider", "identity": "by video", **PROOF, **before})
    assert answer.status_code == 409
    assert "This changed after you opened it." in words(answer)
    assert 'value="by video"' in words(answer)
    assert lena.post(act, {"role": "manager", **PROOF}).status_code == 409  # nor one that says not what it showed
    assert Grant.objects.filter(person=cast.member).count() == 1


@pytest.mark.parametrize("name", ["member", "auditor", "other_reviewer"])
def test_who_manages_nobody_sees_no_lever_on_another_page(cast, name):
    asked(cast)
    browser = signed_in(getattr(cast, name))
    for person in (cast.lead, cast.reviewer) + ((cast.member,) if name != "member" else ()):
        page = main(browser.get(page_of(person)))
        assert "<form" not in page
        assert "<button" not in page
        assert "Only an admin of the team manages its people. Ask one to do it." in page


def test_everybody_gives_up_their_own_role_or_leaves_on_their_own_page(cast):
    browser = signed_in(cast.reviewer)
    page = main(browser.get(page_of(cast.reviewer)))
    own = {act_on("end_role", grant=row.pk) for row in Grant.objects.filter(person=cast.reviewer)}
    assert {*re.findall(r'action="([^"]*)"', page)} == own | {
        act_on("remove_member", person=cast.reviewer.pk),
        act_on("delegate"),
    }
    end = act_on("end_role", grant=held(cast, cast.reviewer, Role.DECIDER).pk)
    assert browser.post(end, basis(browser, page_of(cast.reviewer), end)).status_code == 302
    assert Role.DECIDER not in again(cast.reviewer).roles_by_team[cast.team.pk]


def test_the_only_admin_reads_why_they_stay(cast):
    page = main(signed_in(cast.lead).get(page_of(cast.lead)))
    assert page.count("Lena Brandt is the team&#x27;s only admin. Make somebody else one first.") >= 1
    assert act_on("remove_member", person=cast.lead.pk) not in page
    assert act_on("end_role", grant=held(cast, cast.lead, Role.ADMIN).pk) not in page


def test_a_founder_reads_that_the_second_admin_gets_every_role_this_once(cast):
    nils = join(cast.other_team, by=cast.stranger, username="nils", full_name="Nils Berg", role=Role.MEMBER)
    once = "gets every role with it, this once"
    path = reverse("teams:member", kwargs={"team": "stores", "person": nils.pk})
    assert once in main(signed_in(cast.stranger).get(path))
    give(cast.other_team, nils, Role.ADMIN, by=cast.stranger)
    take(cast.other_team, nils, by=cast.stranger)
    assert once not in main(signed_in(cast.stranger).get(path))


def of_stores(name: str, **of: Any) -> str:
    return reverse(f"teams:{name}", kwargs={"team": "stores"} | of)


ONE_ADMIN, MAKE_ONE = "The team has one admin.", "Open somebody below and make them team admin"


def test_the_only_admin_reads_who_the_second_person_is(cast):
    nils = join(cast.other_team, by=cast.stranger, username="nils", full_name="Nils Berg", role=Role.MEMBER)
    founder = signed_in(cast.stranger)
    page = main(founder.get(of_stores("people")))
    assert ONE_ADMIN in page
    assert MAKE_ONE in page
    give(cast.other_team, nils, Role.ADMIN, by=cast.stranger)
    assert ONE_ADMIN not in main(founder.get(of_stores("people")))
    take(cast.other_team, nils, by=cast.stranger)
    page = main(founder.get(of_stores("people")))
    assert ONE_ADMIN in page
    assert MAKE_ONE not in page
    assert "Until there is another one, another administrator of this Keyturn is the second person." in page


@pytest.mark.parametrize("name", ["reviewer", "member", "auditor"])
def test_who_cannot_make_anybody_an_admin_is_not_told_to(cast, name):
    assert ONE_ADMIN in main(signed_in(cast.lead).get(PEOPLE))
    assert ONE_ADMIN not in main(signed_in(getattr(cast, name)).get(PEOPLE))


# Administrators of the instance


def test_an_administrator_sees_what_waits_and_nothing_else_of_the_team(cast):
    row, browser = asked(cast), signed_in(cast.stranger)
    page = main(browser.get(ASKED))
    for shown in ("佐藤 Mika</bdi>: reviewer", "Payments", "Lena Brandt", "known for years"):
        assert shown in page
    assert "Ruth Okafor" not in page
    deployments = reverse("deployments:list", kwargs={"team": "pay"})
    for path in (PEOPLE, page_of(cast.member), deployments):
        assert browser.get(path).status_code == 404
    act = act_on("grant_role", grant=row.pk)
    assert act in page
    answer = browser.post(act, PROOF, follow=True)
    assert answer.request["PATH_INFO"] == ASKED
    assert "佐藤 Mika is reviewer now." in words(answer)
    assert "Nobody waits" in main(browser.get(ASKED))


def test_an_administrator_declines_what_waits(cast):
    row, browser = asked(cast), signed_in(cast.stranger)
    act = act_on("end_role", grant=row.pk)
    assert "佐藤 Mika is not reviewer yet." in words(browser.post(act, basis(browser, ASKED, f"{act}?"), follow=True))
    assert browser.post(act, {"basis": "x"}).status_code == 404


def test_where_there_is_another_admin_nothing_waits_for_an_administrator(cast):
    give(cast.team, cast.reviewer, Role.ADMIN, by=cast.lead)
    row, browser = asked(cast), signed_in(cast.stranger)
    assert "Nobody waits" in main(browser.get(ASKED))
    for name in ("grant_role", "end_role"):
        assert browser.post(act_on(name, grant=row.pk), {"basis": "x"}).status_code == 404
    ended = held(cast, cast.reviewer, Role.DECIDER)
    assert browser.post(act_on("end_role", grant=ended.pk), {"basis": "x"}).status_code == 404


def test_who_administers_nothing_finds_no_such_page(cast):
    for person in (cast.lead, cast.member, cast.auditor):
        assert signed_in(person).get(ASKED).status_code == 404


def test_an_administrator_does_not_grant_what_they_asked_for(cast):
    nils, ida = begun(cast)
    take(cast.other_team, nils, by=cast.stranger)
    member = Membership.objects.get(user=ida)
    teams.ask_role(member, by=again(cast.stranger), evidence=BY_PASSWORD, role=Role.REVIEWER, identity="in person")
    page = main(signed_in(cast.stranger).get(ASKED))
    assert "Ida Berg" in page
    assert "You asked for this, so another administrator of this Keyturn grants it." in page
    assert "Grant<" not in page


def test_a_grant_that_ended_is_not_found_by_an_administrator(cast):
    row = asked(cast)
    teams.end_role(row, by=again(cast.lead))
    act = act_on("grant_role", grant=row.pk)
    assert signed_in(cast.stranger).post(act, {"basis": "x"}).status_code == 404
    answer = signed_in(cast.lead).post(act, PROOF, follow=True)
    assert "This was ended or declined already. Ask for the role again." in words(answer)


def test_the_page_of_a_member_who_left_is_gone(cast):
    teams.remove_member(member_of(cast, cast.member), by=again(cast.lead))
    assert signed_in(cast.lead).get(page_of(cast.member)).status_code == 404
