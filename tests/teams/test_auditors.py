"""An auditor reads until a day: it is required, at most a year away, and afterwards nothing of the team is there."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.accounts import commands as accounts
from apps.accounts.commands import Account
from apps.accounts.models import Invitation, Membership, Team, User
from apps.accounts.roles import LONGEST_READING, Role, why_not_read_until
from apps.boards.selectors.live import Listener
from apps.core.errors import WrongState
from apps.core.wording import day
from apps.deployments.models import Deployment
from apps.ledger.commands import SYSTEM
from apps.records.models import Record
from apps.teams import commands as teams
from apps.teams import selectors
from tests.cast import AUDITING, PASSWORD, READS_UNTIL, again, basis, signed_in, words
from tests.house.source import ROOT
from tests.instance import invitation_of, last_line
from tests.teams.wrong import member_of

pytestmark = pytest.mark.django_db
TODAY = datetime.now(UTC).date()
PEOPLE = reverse("teams:people", kwargs={"team": "pay"})


@pytest.fixture
def cast(stage: SimpleNamespace) -> SimpleNamespace:
    return stage


def ran_out(cast: SimpleNamespace) -> None:
    """The auditor's last day was yesterday."""
    Membership.objects.filter(pk=member_of(cast, cast.auditor).pk).update(reads_until=TODAY - timedelta(days=1))


def extend(cast: SimpleNamespace, last_day: date | None, by: User | None = None) -> Membership:
    member = member_of(cast, cast.auditor)
    return teams.change_role(member, by=again(by or cast.lead), role=Role.AUDITOR, reads_until=last_day)


@pytest.mark.parametrize(
    ("last_day", "why"),
    [
        (None, "Say until which day"),
        (date(2026, 11, 29), "That day is over"),
        (date(2026, 11, 30), ""),
        (date(2026, 11, 30) + LONGEST_READING, ""),
        (date(2027, 12, 2), "a year at most, so until 1 Dec 2027"),
    ],
)
def test_an_auditor_reads_from_today_for_a_year_at_most(last_day, why):
    found = why_not_read_until(last_day, date(2026, 11, 30))
    assert (why in found) if why else found == ""


@pytest.mark.parametrize("last_day", [None, TODAY - timedelta(days=1), TODAY + timedelta(days=367)])
def test_no_command_makes_an_auditor_without_a_day_or_with_one_too_far(cast, last_day):
    for act in (
        lambda: teams.invite_person(cast.team, by=again(cast.lead), role=Role.AUDITOR, reads_until=last_day),
        lambda: teams.change_role(
            member_of(cast, cast.member), by=again(cast.lead), role=Role.AUDITOR, reads_until=last_day
        ),
        lambda: extend(cast, last_day),
    ):
        with pytest.raises(WrongState):
            act()
    assert member_of(cast, cast.auditor).reads_until == READS_UNTIL


@pytest.mark.unrecorded
@pytest.mark.parametrize("values", [{"reads_until": None}, {"role": Role.MEMBER}], ids=str)
def test_the_database_knows_no_auditor_without_a_day_and_no_member_with_one(cast, values):
    teams.invite_person(cast.team, by=again(cast.lead), **AUDITING)
    for rows in (
        Membership.objects.filter(pk=member_of(cast, cast.auditor).pk),
        Invitation.objects.filter(accepted_at=None, team=cast.team),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**values)


@pytest.mark.unrecorded
def test_after_their_last_day_nothing_of_the_team_is_there(stage):
    aude = again(stage.auditor)
    assert Deployment.objects.visible_to(aude).exists()
    Membership.objects.filter(pk=member_of(stage, aude).pk).update(reads_until=TODAY)
    assert again(aude).roles_by_team == {stage.team.pk: {Role.AUDITOR}}
    assert signed_in(aude).get(PEOPLE).status_code == 200
    ran_out(stage)
    aude = again(aude)
    assert (aude.roles_by_team, aude.teams) == ({}, [])
    for model in (Team, Deployment, Membership, Invitation, Record):
        assert not model.objects.visible_to(aude).exists(), model
    browser = signed_in(aude)
    for path in (PEOPLE, reverse("deployments:list", kwargs={"team": "pay"})):
        assert browser.get(path).status_code == 404
    account = words(browser.get(reverse("accounts:account")))
    assert "which you read until" in account
    assert PEOPLE not in account


@pytest.mark.unrecorded
def test_a_page_that_is_open_hears_nothing_after_the_last_day(stage):
    browser = signed_in(stage.auditor)
    listener = Listener(
        again(stage.auditor), browser.session.session_key, stage.deployment.pk, stage.team.pk, stage.deployment.stream
    )
    assert listener.may_listen()
    ran_out(stage)
    assert not listener.may_listen()


def test_an_admin_extends_it_and_the_ledger_says_so(cast):
    later = TODAY + timedelta(days=200)
    extend(cast, later)
    assert member_of(cast, cast.auditor).reads_until == later
    assert last_line().text == f"made Aude Laurent auditor until {day(later)}"
    teams.change_role(member_of(cast, cast.auditor), by=again(cast.lead), role=Role.MEMBER)
    assert member_of(cast, cast.auditor).reads_until is None
    assert last_line().text == "made Aude Laurent member, before auditor"


def test_who_joins_by_an_invitation_reads_as_long_as_it_says(cast):
    token = teams.invite_person(cast.team, by=again(cast.lead), role=Role.AUDITOR, reads_until=TODAY, note="Nora")
    assert last_line().text == f"invited Nora as auditor until {day(TODAY)}"
    account = Account(username="nora", full_name="Nora Lind", password=PASSWORD)
    member = accounts.accept_invitation(invitation_of(token), by=SYSTEM, account=account)
    assert (member.role, member.reads_until) == (Role.AUDITOR, TODAY)
    assert last_line().text == f"joined as Nora Lind, auditor until {day(TODAY)}"


@pytest.mark.unrecorded
def test_an_invitation_whose_last_day_is_over_lets_nobody_in(cast):
    token = teams.invite_person(cast.team, by=again(cast.lead), role=Role.AUDITOR, reads_until=TODAY)
    late = invitation_of(token)
    late.reads_until = TODAY - timedelta(days=1)
    with pytest.raises(WrongState, match="It let an auditor read until"):
        accounts.accept_invitation(late, by=again(cast.stranger))


@pytest.mark.unrecorded
def test_whose_time_is_over_is_extended_and_not_invited_again(cast):
    ran_out(cast)
    token = teams.invite_person(cast.team, by=again(cast.lead), **AUDITING)
    with pytest.raises(WrongState, match="your time is over"):
        accounts.accept_invitation(invitation_of(token), by=again(cast.auditor))
    extend(cast, READS_UNTIL)
    assert Team.objects.visible_to(again(cast.auditor)).exists()


@pytest.mark.unrecorded
def test_the_page_of_people_says_until_when(cast):
    assert f"auditor, reads until {day(READS_UNTIL)}" in words(signed_in(cast.lead).get(PEOPLE))
    ran_out(cast)
    assert f"auditor, read until {day(TODAY - timedelta(days=1))}" in words(signed_in(cast.lead).get(PEOPLE))


def test_an_admin_extends_it_on_the_page_of_the_auditor(cast):
    browser, later = signed_in(cast.lead), TODAY + timedelta(days=300)
    page, act = (
        reverse(f"teams:{name}", kwargs={"team": "pay", "person": cast.auditor.pk})
        for name in ("member", "change_role")
    )
    answer = browser.post(act, {"role": "auditor", **basis(browser, page, act)})
    assert "Say until which day they read" in words(answer)
    sent = {"role": "auditor", "reads_until": str(later), **basis(browser, page, act)}
    assert f"Aude Laurent is auditor until {day(later)} now." in words(browser.post(act, sent, follow=True))
    assert member_of(cast, cast.auditor).reads_until == later
    answer = browser.post(act, {**sent, "reads_until": str(READS_UNTIL)})
    assert answer.status_code == 409  # the page showed another day
    assert selectors.member_page(member_of(cast, cast.auditor), again(cast.lead))["reads"].endswith(day(later))


def test_whose_team_something_is_of_is_asked_in_one_place():
    """Whatever asks by itself would be read after the last day. A name is taken in teams of before too."""
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "apps").rglob("*.py")
        if "memberships__user=" in path.read_text()
    }
    assert found == {"apps/accounts/commands/people.py"}
