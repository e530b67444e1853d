"""What lets somebody else turn keys asks who decides it for proof, and is not done while their signing is suspended."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.commands.parts import suspend_signing
from apps.accounts.models import Delegation, Grant, User
from apps.accounts.roles import Role
from apps.accounts.rules import Suspension
from apps.core.errors import NotAllowed, Refusal, WrongState
from apps.factors import commands as factors
from apps.factors.commands import Evidence
from apps.factors.models import Tries
from apps.signoff.rules import Meaning
from apps.teams import commands as teams
from tests import cast as casting
from tests.cast import BY_PASSWORD, PASSWORD, again, give
from tests.factors.enrolled import code, with_codes
from tests.signoff import subjects
from tests.signoff.subjects import signature, subject
from tests.tampering import lifted
from tests.teams import test_delegations as delegations
from tests.teams import test_judge as grants
from tests.teams.rows import asked, grant, seconded
from tests.teams.wrong import member_of

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]
NOTHING = "hands nothing over for a day"
SUSPENDED = "Until then you hand nothing over that signs"


@pytest.fixture
def cast(stage: SimpleNamespace) -> SimpleNamespace:
    """The lead is no other admin's only second person: the reviewer is an admin too."""
    give(stage.team, stage.reviewer, Role.ADMIN, by=stage.lead)
    return stage


def suspended(person: User) -> User:
    """Somebody whose way in changed a moment ago."""
    with transaction.atomic():
        return suspend_signing(again(person), Suspension.FACTOR_ADDED)


Act = Callable[[Evidence], object]


def delegates(cast: SimpleNamespace) -> tuple[User, Act]:
    day = datetime.now(UTC).date() + timedelta(days=3)
    return cast.other_reviewer, lambda evidence: teams.delegate(
        cast.team, by=again(cast.other_reviewer), evidence=evidence, person=cast.member, last_day=day
    )


def accepts(cast: SimpleNamespace) -> tuple[User, Act]:
    row = delegations.ask(cast)
    return cast.member, lambda evidence: teams.accept_delegation(row, by=again(cast.member), evidence=evidence)


def asks(cast: SimpleNamespace) -> tuple[User, Act]:
    member = member_of(cast, cast.member)
    return cast.lead, lambda evidence: teams.ask_role(
        member, by=again(cast.lead), evidence=evidence, role=Role.REVIEWER, identity="in person"
    )


def seconds(cast: SimpleNamespace) -> tuple[User, Act]:
    row = asked(cast)
    return cast.reviewer, lambda evidence: teams.grant_role(row, by=again(cast.reviewer), evidence=evidence)


ACTS = pytest.mark.parametrize("act", [delegates, accepts, asks, seconds], ids=lambda act: act.__name__)


def standing() -> list[object]:
    return [*Delegation.objects.order_by("pk").values(), *Grant.objects.order_by("pk").values()]


@ACTS
def test_it_takes_proof_and_a_wrong_one_counts(cast, act):
    person, does = act(cast)
    before = standing()
    for evidence in (Evidence(), Evidence(password="wrong")):
        with pytest.raises(WrongState, match="This is not your password"):
            does(evidence)
    assert standing() == before
    assert Tries.objects.get(pk=person.pk).tries == 2
    does(BY_PASSWORD)
    assert standing() != before


@ACTS
def test_who_has_codes_gives_one_and_no_recovery_code(cast, act):
    person, does = act(cast)
    with_codes(person)
    made = factors.make_recovery_codes(Evidence(password=PASSWORD, code=code()), by=again(person))
    User.objects.filter(pk=person.pk).update(signing_suspended_until=None)
    before = standing()
    for typed in ("", made.wrap().get_unused_codes()[0]):
        with pytest.raises(WrongState, match="This does not fit"):
            does(Evidence(password=PASSWORD, code=typed))
    assert standing() == before
    assert len(made.wrap().get_unused_codes()) == 10
    does(Evidence(password=PASSWORD, code=code(steps=1)))
    assert standing() != before


@ACTS
def test_nobody_does_it_whose_way_in_changed_within_a_day(cast, act):
    person, does = act(cast)
    suspended(person)
    before = standing()
    with pytest.raises(WrongState, match=SUSPENDED):
        does(BY_PASSWORD)
    assert standing() == before
    assert not Tries.objects.filter(pk=person.pk, tries__gt=0).exists()


@ACTS
def test_nobody_does_it_who_is_suspended_after_they_proved_who_they_are(cast, act, monkeypatch):
    """Each looks again under its lock."""
    person, does = act(cast)
    before = standing()
    for room in (teams.delegations, teams.members):
        monkeypatch.setattr(room, "require_proof", lambda evidence, *, by: suspended(person))
    with pytest.raises(WrongState, match=SUSPENDED):
        does(BY_PASSWORD)
    assert standing() == before


# The database and the judge


def stored_delegation(cast: SimpleNamespace) -> Callable[[], object]:
    suspended(cast.reviewer)
    row = delegations.row_of(cast)
    return lambda: row.save(force_insert=True)


def accepted_delegation(cast: SimpleNamespace) -> Callable[[], object]:
    row = delegations.ask(cast)
    suspended(cast.member)
    return lambda: Delegation.objects.filter(pk=row.pk).update(accepted_at=timezone.now())


def asked_grant(cast: SimpleNamespace) -> Callable[[], object]:
    suspended(cast.lead)
    row = grant(cast.team, cast.member, Role.REVIEWER, by=cast.lead)
    return lambda: row.save(force_insert=True)


def seconded_grant(cast: SimpleNamespace) -> Callable[[], object]:
    row = asked(cast)
    suspended(cast.reviewer)
    return lambda: seconded(row, cast.reviewer)


GUARDS = {
    stored_delegation: "accounts_delegation_begins",
    accepted_delegation: "accounts_delegation_changes",
    asked_grant: "accounts_grant_begins",
    seconded_grant: "accounts_grant_changes",
}


@pytest.mark.parametrize("way", GUARDS, ids=lambda way: way.__name__)
def test_the_database_refuses_it_and_its_guard_alone(cast, way):
    act, before = way(cast), standing()
    with pytest.raises(IntegrityError, match=NOTHING), transaction.atomic():
        act()
    with lifted(GUARDS[way]):
        act()
    assert standing() != before


def test_the_judge_finds_who_handed_over_or_agreed(cast):
    fault = "who asked for {} or agreed to it had changed their way in within a day before"
    asked_for = delegations.ask(cast)
    with_codes(cast.member)
    with_codes(cast.other_reviewer)
    agreed = delegations.altered(asked_for, cast.member, accepted_at=timezone.now())
    other = {"delegator": cast.other_reviewer, "delegator_name": cast.other_reviewer.full_name, "delegate": cast.lead}
    made = delegations.store(cast.other_reviewer, delegations.row_of(cast, **other))
    assert delegations.found() == [fault.format(agreed), fault.format(made)]


def test_the_judge_finds_who_asked_for_a_role_or_granted_it(cast):
    fault = "who asked for {} or granted it had changed their way in within a day before"
    row = asked(cast)
    with_codes(cast.reviewer)
    granted = grants.change(row, cast.reviewer, **grants.granted_by(cast.reviewer))
    made = grants.store(cast.reviewer, grant(cast.team, cast.member, Role.DECIDER, by=cast.reviewer))
    assert grants.found() == [fault.format(granted), fault.format(made)]


# Keys for somebody


def handed_over_by(cast: SimpleNamespace) -> None:
    casting.hand_over(cast.team, of=cast.reviewer, to=cast.member)


def closed(person: User) -> User:
    User.objects.filter(pk=person.pk).update(is_active=False)
    return person


IN_THE_WAY = {
    suspended: "nobody signs for whose way in changed within a day",
    closed: "nobody signs for whose account is closed",
}


@pytest.mark.parametrize("way", IN_THE_WAY, ids=lambda way: way.__name__)
def test_nobody_verifies_for_who_could_not_themselves(cast, way):
    handed_over_by(cast)
    it = subject(cast)
    subjects.sign(it, again(cast.lead))
    way(cast.reviewer)
    with pytest.raises(NotAllowed, match="Only a reviewer may turn this key"):
        subjects.sign(it, again(cast.member), meaning=Meaning.VERIFIED)
    assert again(cast.member).counts_as(cast.team.pk) == {cast.reviewer.pk: "Ruth Okafor"}
    behalf = {"on_behalf": cast.reviewer, "on_behalf_name": "Ruth Okafor"}
    key = signature(it, cast.member, meaning=Meaning.VERIFIED, **behalf)
    with pytest.raises(IntegrityError, match=IN_THE_WAY[way]), transaction.atomic():
        key.save(force_insert=True)
    with lifted("signoff_two_person_rule"):
        key.save(force_insert=True)


def test_the_judge_finds_a_key_for_whose_way_in_had_changed(cast):
    handed_over_by(cast)
    with_codes(cast.reviewer)
    delegations.forced(cast, cast.member, cast.reviewer, cast.lead)
    what = "item 1: a key was turned for somebody whose way in had changed within a day of it"
    assert delegations.found() == [what]


def test_a_suspended_admin_sees_why_instead_of_a_form(cast):
    suspended(cast.lead)
    browser = casting.signed_in(cast.lead)
    page = casting.words(browser.get(f"/t/pay/people/{cast.lead.pk}/"))
    assert page.count("you hand nothing over that signs") == 2  # no role is asked for, and nobody to stand in
    with pytest.raises(Refusal):
        teams.ask_role(member_of(cast, cast.member), by=again(cast.lead), evidence=BY_PASSWORD, role=Role.MANAGER)
