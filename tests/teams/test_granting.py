"""Asking for roles, granting and ending them: who does it, what is refused and why, what the ledger keeps of it."""

import json
from functools import partial
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from apps.accounts import commands as accounts
from apps.accounts.models import Grant, Membership, User
from apps.accounts.roles import BY_TWO, GRANTED, Role
from apps.core.errors import NotAllowed, Stale, WrongState
from apps.core.shown import fingerprint
from apps.ledger.commands import SYSTEM
from apps.ledger.models import Entry
from apps.live import publish
from apps.teams import commands as teams
from apps.teams import selectors
from tests.cast import AUDITING, BY_PASSWORD, again, give, join, take
from tests.instance import entries, last_line
from tests.teams.rows import asked, held
from tests.teams.wrong import begun, member_of

pytestmark = pytest.mark.django_db
ONLY_ADMINS = "Only an admin of the team manages its people"
CHANGED = "This changed after you opened it"


@pytest.fixture
def cast(people: SimpleNamespace) -> SimpleNamespace:
    return people


def last_text() -> str:
    return last_line().text


def roles_of(cast: SimpleNamespace, person: User) -> set[str]:
    return {*again(person).roles_by_team.get(cast.team.pk, ())}


def newcomer(cast: SimpleNamespace) -> User:
    """A member of the other team, which has its founder only."""
    return join(cast.other_team, by=cast.stranger, username="nils", full_name="Nils Berg", role=Role.MEMBER)


# Two people


@pytest.mark.parametrize("role", BY_TWO)
def test_what_takes_two_is_asked_for_by_one_and_granted_by_another(cast, role):
    give(cast.team, cast.reviewer, Role.ADMIN, by=cast.lead)
    member = member_of(cast, cast.member)
    (grant,) = teams.ask_role(member, by=again(cast.lead), evidence=BY_PASSWORD, role=role, identity="by video")
    assert last_text() == f"asked to make 佐藤 Mika {role.label.lower()}; who they are: by video"
    assert roles_of(cast, cast.member) == {Role.MEMBER}
    with pytest.raises(NotAllowed, match="You asked for this, so another admin of the team grants it"):
        teams.grant_role(grant, by=again(cast.lead), evidence=BY_PASSWORD)
    granted = teams.grant_role(grant, by=again(cast.reviewer), evidence=BY_PASSWORD)
    assert (granted.granted_by, granted.granted_by_name) == (cast.reviewer, "Ruth Okafor")
    assert last_text() == f"made 佐藤 Mika {role.label.lower()}"
    assert roles_of(cast, cast.member) == {Role.MEMBER, role}


def test_what_does_not_take_two_is_granted_by_asking(cast):
    (grant,) = teams.ask_role(
        member_of(cast, cast.member), by=again(cast.lead), evidence=BY_PASSWORD, role=Role.MANAGER
    )
    assert (grant.granted_by, grant.identity) == (cast.lead, "")
    assert roles_of(cast, cast.member) == {Role.MEMBER, Role.MANAGER}


def test_who_somebody_is_and_is_called_is_committed_not_written(cast):
    teams.ask_role(
        member_of(cast, cast.member),
        by=again(cast.lead),
        evidence=BY_PASSWORD,
        role=Role.REVIEWER,
        identity="passport 4711",
    )
    body = json.loads(Entry.objects.latest("id").body)
    assert "4711" not in json.dumps(body)
    assert "Mika" not in json.dumps(body, ensure_ascii=False)
    assert {"identity", "name"} <= set(body["commit"])


@pytest.mark.parametrize("name", ["reviewer", "member", "auditor", "stranger"])
def test_nobody_but_an_admin_asks(cast, name):
    before = entries()
    with pytest.raises(NotAllowed, match=ONLY_ADMINS):
        teams.ask_role(
            member_of(cast, cast.member), by=again(getattr(cast, name)), evidence=BY_PASSWORD, role=Role.MANAGER
        )
    assert entries() == before


@pytest.mark.parametrize("role", BY_TWO)
def test_what_takes_two_needs_to_be_for_somebody_known(cast, role):
    with pytest.raises(WrongState, match="Say how you made sure who they are: in person, by video, by a document"):
        teams.ask_role(member_of(cast, cast.member), by=again(cast.lead), evidence=BY_PASSWORD, role=role)
    assert not Grant.objects.filter(person=cast.member).exists()


def test_an_auditor_holds_no_role(cast):
    with pytest.raises(WrongState, match="Aude Laurent only reads here"):
        teams.ask_role(member_of(cast, cast.auditor), by=again(cast.lead), evidence=BY_PASSWORD, role=Role.MANAGER)


def test_a_role_is_asked_for_once(cast):
    asked(cast)
    for person in (cast.member, cast.reviewer):
        with pytest.raises(WrongState, match="holds this role, or it was asked for already"):
            asked(cast, person=person)


def test_an_administrator_of_the_instance_is_the_second_person_only_where_the_team_has_no_other(cast):
    first, later = asked(cast), asked(cast, Role.AUTHOR)
    teams.grant_role(first, by=again(cast.stranger), evidence=BY_PASSWORD)
    give(cast.team, cast.reviewer, Role.ADMIN, by=cast.lead)
    with pytest.raises(NotAllowed, match=ONLY_ADMINS):
        teams.grant_role(later, by=again(cast.stranger), evidence=BY_PASSWORD)
    with pytest.raises(NotAllowed, match=ONLY_ADMINS):
        teams.end_role(later, by=again(cast.stranger))
    take(cast.team, cast.reviewer, Role.ADMIN, by=cast.lead)
    teams.end_role(later, by=again(cast.stranger))
    assert last_text() == "declined to make 佐藤 Mika template author"


def test_a_second_account_grants_nothing_and_an_administrator_not_what_they_asked_for(cast):
    twin = join(cast.team, by=cast.lead, username="lena2", full_name="Lena Two", role=Role.MEMBER)
    with pytest.raises(NotAllowed, match=ONLY_ADMINS):
        teams.grant_role(asked(cast, Role.ADMIN, twin), by=again(twin), evidence=BY_PASSWORD)
    nils, ida = begun(cast)
    take(cast.other_team, nils, by=cast.stranger)
    (grant,) = teams.ask_role(
        Membership.objects.get(user=ida),
        by=again(cast.stranger),
        evidence=BY_PASSWORD,
        role=Role.ADMIN,
        identity="in person",
    )
    with pytest.raises(NotAllowed, match="so another administrator of this Keyturn grants it"):
        teams.grant_role(grant, by=again(cast.stranger), evidence=BY_PASSWORD)


def test_who_stopped_to_administer_the_instance_while_they_granted_hears_a_refusal(cast):
    """They did when their request began."""
    row, acting = asked(cast), again(cast.stranger)
    accounts.change_administrator(cast.reviewer, by=SYSTEM, is_admin=True)
    accounts.change_administrator(cast.stranger, by=SYSTEM, is_admin=False)
    for act in (partial(teams.grant_role, evidence=BY_PASSWORD), teams.end_role):
        with pytest.raises(NotAllowed, match=ONLY_ADMINS):
            act(row, by=acting)
    assert Grant.objects.get(pk=row.pk).ended_at is None


def test_who_is_the_only_admin_and_the_only_administrator_reads_how_there_is_another(cast):
    nils, ida = begun(cast)
    take(cast.other_team, nils, by=cast.stranger)
    (row,) = teams.ask_role(
        Membership.objects.get(user=ida),
        by=again(cast.stranger),
        evidence=BY_PASSWORD,
        role=Role.REVIEWER,
        identity="in person",
    )
    with pytest.raises(NotAllowed, match="makes one: python manage"):
        teams.grant_role(row, by=again(cast.stranger), evidence=BY_PASSWORD)
    call_command("administrator", "ruth")
    teams.grant_role(row, by=again(cast.reviewer), evidence=BY_PASSWORD)


# Where a team begins


def test_a_founder_names_one_second_admin_alone_who_gets_every_role(cast):
    nils = newcomer(cast)
    member = Membership.objects.get(user=nils)
    given = teams.ask_role(member, by=again(cast.stranger), evidence=BY_PASSWORD, role=Role.ADMIN)
    assert [grant.role for grant in given] == [*GRANTED]
    assert again(nils).roles_by_team == {cast.other_team.pk: {Role.MEMBER, *GRANTED}}
    assert last_text() == "made Nils Berg team admin, decider, release manager, template author and reviewer"
    assert {grant.identity for grant in given} == {"at the beginning of the team"}


def test_how_a_founder_made_sure_who_the_second_admin_is_stands_with_every_role(cast):
    member = Membership.objects.get(user=newcomer(cast))
    given = teams.ask_role(member, by=again(cast.stranger), evidence=BY_PASSWORD, role=Role.ADMIN, identity="by video")
    assert {grant.identity for grant in given} == {"by video"}


def test_once_there_was_a_second_admin_a_third_takes_two(cast):
    nils, ida = begun(cast)
    teams.remove_member(Membership.objects.get(user=nils), by=again(nils))
    member = Membership.objects.get(user=ida)
    with pytest.raises(WrongState, match="Say how you made sure"):
        teams.ask_role(member, by=again(cast.stranger), evidence=BY_PASSWORD, role=Role.ADMIN)
    (grant,) = teams.ask_role(
        member, by=again(cast.stranger), evidence=BY_PASSWORD, role=Role.ADMIN, identity="in person"
    )
    assert grant.granted_at is None
    assert cast.other_team.admins() == {cast.stranger.pk}


def test_a_founder_gives_nobody_else_alone_what_takes_two(cast):
    member = Membership.objects.get(user=newcomer(cast))
    (grant,) = teams.ask_role(
        member, by=again(cast.stranger), evidence=BY_PASSWORD, role=Role.REVIEWER, identity="in person"
    )
    assert grant.granted_at is None


def test_what_waited_for_the_second_admin_waits_on(cast):
    """It was asked for already, and is granted by another than who asked."""
    nils = newcomer(cast)
    member = Membership.objects.get(user=nils)
    (grant,) = teams.ask_role(
        member, by=again(cast.stranger), evidence=BY_PASSWORD, role=Role.REVIEWER, identity="in person"
    )
    given = teams.ask_role(member, by=again(cast.stranger), evidence=BY_PASSWORD, role=Role.ADMIN)
    assert {each.role for each in given} == {*GRANTED} - {Role.REVIEWER}
    with pytest.raises(NotAllowed, match="You asked for this, so another admin of the team grants it"):
        teams.grant_role(grant, by=again(cast.stranger), evidence=BY_PASSWORD)
    teams.grant_role(grant, by=again(nils), evidence=BY_PASSWORD)


def test_what_the_second_admin_held_and_lost_takes_two_again(cast):
    """A role that somebody took from them does not come back by one person, whom the database would refuse."""
    nils = newcomer(cast)
    member = Membership.objects.get(user=nils)
    accounts.change_administrator(cast.reviewer, by=SYSTEM, is_admin=True)
    (grant,) = teams.ask_role(
        member, by=again(cast.stranger), evidence=BY_PASSWORD, role=Role.REVIEWER, identity="in person"
    )
    teams.grant_role(grant, by=again(cast.reviewer), evidence=BY_PASSWORD)
    (released,) = teams.ask_role(member, by=again(cast.stranger), evidence=BY_PASSWORD, role=Role.MANAGER)
    for held_before in (grant, released):
        teams.end_role(held_before, by=again(cast.stranger))
    given = teams.ask_role(member, by=again(cast.stranger), evidence=BY_PASSWORD, role=Role.ADMIN)
    assert {each.role for each in given} == {*GRANTED} - {Role.REVIEWER}


# Ending


def test_an_admin_ends_a_role_and_its_keys_stay(cast):
    teams.end_role(held(cast, cast.reviewer, Role.REVIEWER), by=again(cast.lead))
    assert last_text() == "ended that Ruth Okafor is reviewer"
    assert Role.REVIEWER not in roles_of(cast, cast.reviewer)


def test_everybody_gives_up_their_own_and_nobody_ends_anothers(cast):
    teams.end_role(held(cast, cast.reviewer, Role.AUTHOR), by=again(cast.reviewer))
    for person in (cast.other_reviewer, cast.member, cast.auditor, cast.stranger):
        with pytest.raises(NotAllowed, match=ONLY_ADMINS):
            teams.end_role(held(cast, cast.reviewer, Role.REVIEWER), by=again(person))


def test_who_asked_takes_it_back_and_asks_again(cast):
    grant = asked(cast)
    teams.end_role(grant, by=again(cast.lead))
    assert last_text() == "declined to make 佐藤 Mika reviewer"
    assert asked(cast).pk != grant.pk


@pytest.mark.parametrize("act", ["auditor", "removed", "left"])
def test_who_stops_being_a_member_holds_no_role_any_more(cast, act):
    asked(cast, Role.ADMIN, cast.reviewer)
    member = member_of(cast, cast.reviewer)
    if act == "auditor":
        teams.change_role(member, by=again(cast.lead), **AUDITING)
    else:
        teams.remove_member(member, by=again(cast.lead if act == "removed" else cast.reviewer))
    assert roles_of(cast, cast.reviewer) == ({Role.AUDITOR} if act == "auditor" else set())
    mine = Grant.objects.filter(team=cast.team, person=cast.reviewer)
    assert not mine.standing().exists()
    by = cast.reviewer if act == "left" else cast.lead
    assert {*mine.values_list("ended_by", "ended_by_name")} == {(by.pk, by.full_name)}


def test_who_comes_back_begins_as_a_member(cast):
    teams.change_role(member_of(cast, cast.reviewer), by=again(cast.lead), **AUDITING)
    teams.change_role(member_of(cast, cast.reviewer), by=again(cast.lead), role=Role.MEMBER)
    assert roles_of(cast, cast.reviewer) == {Role.MEMBER}


# Second tabs, double clicks, pages of a while ago


def shown(grant: Grant) -> str:
    return fingerprint(grant.standing)


def test_a_page_of_before_asks_for_nothing(cast):
    member = member_of(cast, cast.member)
    basis = selectors.member_page(member, again(cast.lead))["shown"]
    asked(cast)
    with pytest.raises(Stale, match=CHANGED):
        teams.ask_role(
            member, by=again(cast.lead), evidence=BY_PASSWORD, role=Role.AUTHOR, identity="in person", shown=basis
        )
    now = selectors.member_page(member, again(cast.lead))["shown"]
    teams.ask_role(member, by=again(cast.lead), evidence=BY_PASSWORD, role=Role.AUTHOR, identity="in person", shown=now)


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (partial(teams.grant_role, evidence=BY_PASSWORD), "granted already"),
        (teams.end_role, "ended or declined already. Ask for the role again"),
    ],
    ids=["grant", "end"],
)
def test_a_second_click_hears_that_it_is_done(cast, act, why):
    grant = asked(cast)
    act(grant, by=again(cast.stranger))
    before = entries()
    with pytest.raises(WrongState, match=why):
        act(grant, by=again(cast.stranger))
    assert entries() == before


def test_what_was_granted_meanwhile_is_not_ended_by_who_would_decline_it(cast):
    grant = asked(cast)
    basis = shown(grant)
    teams.grant_role(grant, by=again(cast.stranger), evidence=BY_PASSWORD)
    with pytest.raises(Stale, match=CHANGED):
        teams.end_role(grant, by=again(cast.lead), shown=basis)
    assert roles_of(cast, cast.member) == {Role.MEMBER, Role.REVIEWER}


def test_a_page_that_says_not_what_it_showed_ends_nothing(cast):
    grant = asked(cast)
    with pytest.raises(Stale, match="did not say what its page showed"):
        teams.end_role(grant, by=again(cast.stranger), shown="")
    assert Grant.objects.get(pk=grant.pk).ended_at is None


def test_a_membership_that_changed_meanwhile_is_neither_changed_nor_removed(cast):
    member = member_of(cast, cast.auditor)
    basis = selectors.member_page(member, again(cast.lead))["shown"]
    teams.change_role(member, by=again(cast.lead), role=Role.MEMBER)
    with pytest.raises(Stale, match=CHANGED):
        teams.remove_member(member, by=again(cast.lead), shown=basis)
    assert roles_of(cast, cast.auditor) == {Role.MEMBER}


@pytest.mark.parametrize("act", ["ask", "auditor", "remove"])
def test_who_acts_on_somebody_who_just_left_hears_that(cast, act):
    member = member_of(cast, cast.member)
    teams.remove_member(member_of(cast, cast.member), by=again(cast.member))
    acts = {
        "ask": lambda: teams.ask_role(member, by=again(cast.lead), evidence=BY_PASSWORD, role=Role.MANAGER),
        "auditor": lambda: teams.change_role(member, by=again(cast.lead), **AUDITING),
        "remove": lambda: teams.remove_member(member, by=again(cast.lead)),
    }
    with pytest.raises(Stale, match="佐藤 Mika is no longer in Payments"):
        acts[act]()


def test_a_member_who_holds_more_than_was_shown_is_neither_removed_nor_made_auditor(cast):
    """Both end every role, so whoever does it has seen them all."""
    member = member_of(cast, cast.member)
    page = selectors.member_page(member, again(cast.lead))
    give(cast.team, cast.member, Role.REVIEWER, by=cast.lead)
    for act in (
        lambda: teams.remove_member(member, by=again(cast.lead), shown=page["shown"]),
        lambda: teams.change_role(member, by=again(cast.lead), **AUDITING, shown=page["shown"]),
    ):
        with pytest.raises(Stale, match="after you opened"):
            act()
    assert roles_of(cast, cast.member) == {Role.MEMBER, Role.REVIEWER}


@pytest.mark.parametrize("act", ["ask", "grant", "end", "auditor"])
def test_open_pages_hear_of_it(cast, act, monkeypatch, django_capture_on_commit_callbacks):
    topics: list[str] = []
    grant = asked(cast)
    monkeypatch.setattr(publish, "_publish", lambda message: topics.append(json.loads(message)["topic"]))
    acts = {
        "ask": lambda: asked(cast, Role.AUTHOR),
        "grant": lambda: teams.grant_role(grant, by=again(cast.stranger), evidence=BY_PASSWORD),
        "end": lambda: teams.end_role(grant, by=again(cast.lead)),
        "auditor": lambda: teams.change_role(member_of(cast, cast.member), by=again(cast.lead), **AUDITING),
    }
    with django_capture_on_commit_callbacks(execute=True):
        acts[act]()
    assert publish.PEOPLE in topics
