"""Who verifies for another: asked, agreed to, for a while, and one person with them for everything that is signed."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import Delegation, Membership, User
from apps.accounts.roles import Role
from apps.core.errors import NotAllowed
from apps.signoff import commands as signoff
from apps.signoff import permissions
from apps.signoff.models import Signature
from apps.signoff.rules import Meaning
from apps.teams import commands as teams
from tests.cast import BY_PASSWORD, again, take
from tests.signoff.subjects import fresh, sign, signature, subject
from tests.tampering import lifted

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]
NOT_ASKED = "who signs for another was asked to and agreed"
AS_ONE = "who stands in for another counts as one person with them"
NO_REVIEWER = "only people with the role verify"
OUTSIDER = "only active members of the team sign"


@pytest.fixture
def cast(people: SimpleNamespace) -> SimpleNamespace:
    return people


def asked(cast: SimpleNamespace, of: User, to: User) -> Delegation:
    day = datetime.now(UTC).date() + timedelta(days=3)
    return teams.delegate(cast.team, by=again(of), evidence=BY_PASSWORD, person=to, last_day=day)


def handed_over(cast: SimpleNamespace, of: User | None = None, to: User | None = None) -> Delegation:
    """The reviewer asked the member to verify for them, who agreed."""
    to = to or cast.member
    return teams.accept_delegation(asked(cast, of or cast.reviewer, to), by=again(to), evidence=BY_PASSWORD)


def second_key(
    cast: SimpleNamespace, by: User, of: User | None, first: User | None = None, **fields: object
) -> Signature:
    """The second key of something, which somebody turns for another one."""
    it = subject(cast)
    sign(it, again(first or cast.lead))
    behalf = {"on_behalf": of, "on_behalf_name": of.full_name} if of else {}
    return signature(it, by, meaning=Meaning.VERIFIED, **behalf, **fields)


def nobody_asked(cast):
    return second_key(cast, cast.member, cast.reviewer)


def not_agreed_to(cast):
    asked(cast, cast.reviewer, cast.member)
    return second_key(cast, cast.member, cast.reviewer)


def ended(cast):
    teams.end_delegation(handed_over(cast), by=again(cast.reviewer))
    return second_key(cast, cast.member, cast.reviewer)


def over(cast):
    row = handed_over(cast)
    return second_key(cast, cast.member, cast.reviewer, signed_at=row.ends_at + timedelta(seconds=1))


def the_other_way_round(cast):
    handed_over(cast, to=cast.other_reviewer)
    return second_key(cast, cast.reviewer, cast.other_reviewer)


def handed_on(cast):
    handed_over(cast, to=cast.other_reviewer)
    handed_over(cast, of=cast.other_reviewer)
    return second_key(cast, cast.member, cast.reviewer)


def for_who_turned_the_first(cast):
    handed_over(cast)
    return second_key(cast, cast.member, cast.reviewer, first=cast.reviewer)


def for_a_contributor(cast):
    handed_over(cast)
    it = subject(cast)
    signoff.contribute(it, by=cast.reviewer)
    sign(it, again(cast.lead))
    return signature(it, cast.member, meaning=Meaning.VERIFIED, on_behalf=cast.reviewer, on_behalf_name="Ruth Okafor")


def beside_whom_they_stand_in_for(cast):
    handed_over(cast, to=cast.other_reviewer)
    return second_key(cast, cast.other_reviewer, None, first=cast.reviewer)


def beside_who_stands_in_for_them(cast):
    handed_over(cast, to=cast.other_reviewer)
    return second_key(cast, cast.reviewer, None, first=cast.other_reviewer)


def for_one_of_two_who_are_one(cast):
    """The reviewer stands in for the other one, and the member for the reviewer."""
    handed_over(cast, of=cast.other_reviewer, to=cast.reviewer)
    handed_over(cast)
    return second_key(cast, cast.member, cast.reviewer, first=cast.other_reviewer)


def for_one_whose_other_contributed(cast):
    handed_over(cast, of=cast.other_reviewer, to=cast.reviewer)
    handed_over(cast)
    it = subject(cast)
    signoff.contribute(it, by=cast.other_reviewer)
    sign(it, again(cast.lead))
    return signature(it, cast.member, meaning=Meaning.VERIFIED, on_behalf=cast.reviewer, on_behalf_name="Ruth Okafor")


def agreed_to_later(cast):
    row = handed_over(cast)
    return second_key(cast, cast.member, cast.reviewer, signed_at=row.accepted_at - timedelta(seconds=1))


def where_the_other_contributed(cast):
    handed_over(cast, to=cast.other_reviewer)
    it = subject(cast)
    signoff.contribute(it, by=cast.reviewer)
    sign(it, again(cast.lead))
    return signature(it, cast.other_reviewer, meaning=Meaning.VERIFIED)


def after_somebody_signed_for_them(cast):
    row, it = handed_over(cast), subject(cast, required=3)
    sign(it, again(cast.lead))
    sign(it, again(cast.member), meaning=Meaning.VERIFIED)
    teams.end_delegation(row, by=again(cast.member))
    return signature(it, cast.reviewer, meaning=Meaning.VERIFIED)


def by_a_role_that_ended(cast):
    handed_over(cast)
    take(cast.team, cast.reviewer, Role.REVIEWER, by=cast.lead)
    return second_key(cast, cast.member, cast.reviewer)


def by_somebody_who_left(cast):
    handed_over(cast)
    wrong = second_key(cast, cast.member, cast.reviewer)
    Membership.objects.get(user=cast.member).delete()
    return wrong


WRONG = {
    nobody_asked: NOT_ASKED,
    not_agreed_to: NOT_ASKED,
    ended: NOT_ASKED,
    over: NOT_ASKED,
    the_other_way_round: NOT_ASKED,
    handed_on: NOT_ASKED,
    for_who_turned_the_first: AS_ONE,
    for_a_contributor: AS_ONE,
    beside_whom_they_stand_in_for: AS_ONE,
    beside_who_stands_in_for_them: AS_ONE,
    where_the_other_contributed: AS_ONE,
    for_one_of_two_who_are_one: AS_ONE,
    for_one_whose_other_contributed: AS_ONE,
    agreed_to_later: NOT_ASKED,
    after_somebody_signed_for_them: AS_ONE,
    by_a_role_that_ended: NO_REVIEWER,
    by_somebody_who_left: OUTSIDER,
}


@pytest.mark.parametrize("way", WRONG, ids=lambda way: way.__name__)
def test_the_database_refuses_a_key_for_another_that_breaks_the_rule(cast, way):
    wrong = way(cast)
    with pytest.raises(IntegrityError, match=WRONG[way]), transaction.atomic():
        wrong.save(force_insert=True)
    with lifted("signoff_two_person_rule"):
        wrong.save(force_insert=True)


def test_who_agreed_verifies_by_the_role_of_who_asked_and_the_key_names_both(cast):
    handed_over(cast)
    it = subject(cast)
    sign(it, again(cast.lead))
    key = sign(it, again(cast.member), meaning=Meaning.VERIFIED)
    assert (key.signer, key.name, key.on_behalf_id, key.on_behalf_name) == (
        cast.member,
        "佐藤 Mika for Ruth Okafor",
        cast.reviewer.pk,
        "Ruth Okafor",
    )
    assert key.initials == cast.member.initials


def test_who_verifies_by_their_own_role_does_so_in_their_own_name(cast):
    handed_over(cast, to=cast.other_reviewer)
    it = subject(cast)
    sign(it, again(cast.lead))
    assert sign(it, again(cast.other_reviewer), meaning=Meaning.VERIFIED).on_behalf_id is None


def test_a_first_key_is_nobody_elses(cast):
    handed_over(cast)
    assert sign(subject(cast), again(cast.member)).on_behalf_id is None


@pytest.mark.parametrize("turned", ["reviewer", "member"])
def test_the_two_are_one_person_and_read_why(cast, turned):
    handed_over(cast)
    it = subject(cast)
    sign(it, again(getattr(cast, turned)))
    other = cast.member if turned == "reviewer" else cast.reviewer
    name = getattr(cast, turned).full_name
    with pytest.raises(NotAllowed, match=f"{name}.* turned a key here, and one of you stands in for the other"):
        sign(it, again(other), meaning=Meaning.VERIFIED)
    assert permissions.sign(again(cast.other_reviewer), fresh(it))


def test_what_the_other_worked_on_neither_verifies(cast):
    handed_over(cast)
    it = subject(cast)
    signoff.contribute(it, by=cast.reviewer)
    sign(it, again(cast.lead))
    with pytest.raises(NotAllowed, match="contributed to this, and one of you stands in for the other"):
        sign(it, again(cast.member), meaning=Meaning.VERIFIED)


def test_who_stands_in_does_not_send_back(cast):
    handed_over(cast)
    it = subject(cast)
    sign(it, again(cast.lead))
    with pytest.raises(NotAllowed, match="Only a reviewer may reject"):
        signoff.reject(fresh(it), by=again(cast.member), reason="No")


def test_afterwards_they_are_two_again(cast):
    row, it = handed_over(cast), subject(cast)
    sign(it, again(cast.member))
    teams.end_delegation(row, by=again(cast.member))
    assert sign(it, again(cast.reviewer), meaning=Meaning.VERIFIED)


@pytest.mark.parametrize("does", ["turned a key here", "contributed to this"])
def test_a_chain_of_those_who_stand_in_is_one_person_for_who_verifies_at_its_end(cast, does):
    """The reviewer stands in for the other one, and the member for the reviewer."""
    handed_over(cast, of=cast.other_reviewer, to=cast.reviewer)
    handed_over(cast)
    it = subject(cast)
    if does == "contributed to this":
        signoff.contribute(it, by=cast.other_reviewer)
    sign(it, again(cast.lead if "contributed" in does else cast.other_reviewer))
    with pytest.raises(NotAllowed, match=f"{cast.other_reviewer.full_name}.* {does}, and one of you stands in"):
        sign(it, again(cast.member), meaning=Meaning.VERIFIED)
    assert again(cast.member).counts_as(cast.team.pk) == {cast.reviewer.pk: "Ruth Okafor"}


def test_a_key_that_names_two_is_one_key(cast):
    handed_over(cast)
    it = subject(cast, required=3)
    sign(it, again(cast.lead))
    sign(it, again(cast.member), meaning=Meaning.VERIFIED)
    assert sign(it, again(cast.other_reviewer), meaning=Meaning.VERIFIED).slot == 3
    assert fresh(it).is_settled
