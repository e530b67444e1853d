"""Signing, rejecting and revising, as the owners of a matter call it."""

import pytest
from django.db import transaction

from apps.core.errors import NotAllowed, Stale, WrongState
from apps.signoff import commands as signoff
from apps.signoff import permissions
from apps.signoff.models import Contribution, Rejection, Revision, Signature
from apps.signoff.rules import Cause, Meaning
from tests.cast import keyed
from tests.signoff.subjects import FIRST, SECOND, fresh, sign, subject

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]


@pytest.fixture
def cast(people):
    return people


def test_two_people_settle_a_subject(cast):
    it = subject(cast)
    first = sign(it, cast.member)
    second = sign(it, cast.reviewer, meaning=Meaning.VERIFIED)
    assert fresh(it).turned == [first, second]
    assert fresh(it).is_settled
    assert (second.slot, second.name, second.digest, second.revision) == (2, "Ruth Okafor", FIRST, 1)


def test_the_printed_name_is_the_one_at_signing(cast):
    it = subject(cast)
    sign(it, cast.member)
    cast.member.full_name = "Mika Sato-Berg"
    cast.member.save()
    assert fresh(it).turned[0].name == "佐藤 Mika"


def test_the_same_person_cannot_turn_both_keys(cast):
    it = subject(cast)
    sign(it, cast.reviewer)
    with pytest.raises(NotAllowed, match="You have already turned a key here"):
        sign(it, cast.reviewer)


def test_whoever_contributed_performs_but_never_verifies(cast):
    it = subject(cast)
    signoff.contribute(fresh(it), by=cast.reviewer)
    with pytest.raises(NotAllowed, match="You contributed"):
        sign_second(it, cast.reviewer, first=cast.member)
    other = subject(cast)
    signoff.contribute(fresh(other), by=cast.reviewer)
    sign(other, cast.reviewer)
    assert sign(other, cast.other_reviewer).slot == 2


def sign_second(it, by, *, first):
    sign(it, first)
    return sign(it, by)


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        ("member", "Only a reviewer may"),
        ("auditor", "Your role reads only"),
        ("stranger", "Your role reads only"),
    ],
)
def test_only_reviewers_verify(cast, who, reason):
    with pytest.raises(NotAllowed, match=reason):
        sign_second(subject(cast), getattr(cast, who), first=cast.lead)


@pytest.mark.parametrize("who", ["auditor", "stranger"])
def test_who_only_reads_turns_no_key_at_all(cast, who):
    with pytest.raises(NotAllowed, match="Your role reads only"):
        sign(subject(cast), getattr(cast, who))


def test_an_account_that_is_switched_off_turns_no_key(cast):
    cast.reviewer.is_active = False
    cast.reviewer.save()
    with pytest.raises(NotAllowed):
        sign(subject(cast), cast.reviewer)


def test_a_third_key_finds_no_slot(cast):
    it = subject(cast)
    sign_second(it, cast.reviewer, first=cast.member)
    with pytest.raises(WrongState, match="All keys are turned"):
        sign(it, cast.lead)


def test_what_was_shown_must_be_what_is_signed(cast):
    it = subject(cast)
    with pytest.raises(Stale, match="changed after you opened it"):
        signoff.sign(it, shown=SECOND, meaning=Meaning.PERFORMED, **keyed(cast.member))
    assert not Signature.objects.exists()


def test_changed_content_lets_the_keys_fall_out_and_says_why(cast):
    it = subject(cast)
    sign(it, cast.member)
    now = fresh(it)
    signoff.contribute(now, by=cast.lead)
    assert signoff.revise(now, by=cast.lead, digest=SECOND, cause=Cause.TEXT_EDITED) == 1
    assert fresh(it).turned == []
    revision = Revision.objects.get()
    assert (revision.number, revision.digest, revision.invalidated, revision.by) == (2, SECOND, 1, cast.lead)
    assert sign(it, cast.member).digest == SECOND


def test_the_same_content_is_no_revision(cast):
    it = subject(cast)
    sign(it, cast.member)
    assert signoff.revise(fresh(it), by=cast.lead, digest=FIRST, cause=Cause.TEXT_EDITED) == 0
    assert len(fresh(it).turned) == 1
    assert not Revision.objects.exists()


def test_reopening_lets_keys_fall_out_even_over_the_same_content(cast):
    it = subject(cast)
    sign(it, cast.member)
    signoff.contribute(fresh(it), by=cast.lead)
    assert signoff.reopen(fresh(it), by=cast.lead, digest=FIRST, cause=Cause.COMPLETED_AGAIN) == 1
    assert fresh(it).turned == []


def test_a_rejection_begins_a_round_and_forgets_no_contributor(cast):
    it = subject(cast)
    signoff.contribute(fresh(it), by=cast.reviewer)
    sign(it, cast.member)
    rejection = signoff.reject(fresh(it), by=cast.other_reviewer, reason="No log attached")
    now = fresh(it)
    assert (now.revision, now.round, now.turned, now.contributors) == (2, 2, [], {cast.reviewer.pk})
    assert (rejection.revision, rejection.name, rejection.reason) == (1, "عمر الحداد", "No log attached")


@pytest.mark.parametrize(("who", "error"), [("member", NotAllowed), ("auditor", NotAllowed), ("stranger", NotAllowed)])
def test_only_reviewers_reject(cast, who, error):
    it = subject(cast)
    sign(it, cast.lead)
    with pytest.raises(error):
        signoff.reject(fresh(it), by=getattr(cast, who), reason="no")
    assert not Rejection.objects.exists()


def test_a_closed_subject_is_neither_signed_nor_rejected(cast):
    it = subject(cast)
    signoff.close(fresh(it))
    with pytest.raises(WrongState, match="closed"):
        sign(it, cast.lead)
    with pytest.raises(WrongState, match="closed"):
        signoff.reject(fresh(it), by=cast.reviewer, reason="no")


def test_closing_twice_keeps_the_first_moment(cast):
    it = subject(cast)
    signoff.close(fresh(it))
    closed_at = fresh(it).closed_at
    signoff.close(fresh(it))
    assert fresh(it).closed_at == closed_at


def test_contributing_twice_is_remembered_once(cast):
    it = subject(cast)
    for _ in range(2):
        signoff.contribute(fresh(it), by=cast.member)
    assert Contribution.objects.count() == 1


def test_asking_whether_they_may_costs_no_query(cast, django_assert_num_queries):
    it = subject(cast)
    sign(it, cast.member)
    now, person = fresh(it), cast.reviewer
    person.may("read", cast.team.id)
    person.counts_as(cast.team.id)
    with django_assert_num_queries(0):
        assert permissions.sign(person, now)
        assert permissions.reject(person, now)


def test_a_waivers_requester_never_approves_it(cast):
    it = subject(cast, required=1, contributor_keys=0)
    with transaction.atomic():
        signoff.contribute(fresh(it), by=cast.lead)
    with pytest.raises(NotAllowed, match="You contributed"):
        sign(it, cast.lead, meaning=Meaning.APPROVED)
    assert sign(it, cast.reviewer, meaning=Meaning.APPROVED).slot == 1
