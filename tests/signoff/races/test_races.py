"""Two people at the same moment, in two threads with their own connections. Each race has one allowed end."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from apps.accounts.models import Grant, Membership, User
from apps.accounts.roles import Capability, Role
from apps.core.errors import NotAllowed, Refusal, Stale
from apps.core.shown import fingerprint
from apps.deployments import commands as deployments
from apps.deployments.models import Deployment
from apps.ledger.models import Entry
from apps.signoff import commands as signoff
from apps.signoff.models import Rejection, Signature, SignOff
from apps.signoff.rules import Meaning
from apps.teams import commands as teams
from project import verification
from tests import cast as casting
from tests.cast import AUDITING, again, keyed, people, stage
from tests.signoff.races.at_once import at_once, refusals, signing
from tests.signoff.subjects import fresh, subject

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.unrecorded]


def signed(cast, item):
    """The keys that count now; whatever was turned stands in the tables and in the ledger alike."""
    notified = Entry.objects.filter(stream=cast.deployment.stream, item=item.pk, kind="item.signed").count()
    assert Signature.objects.filter(sign_off=item.sign_off_id).count() == notified
    assert verification.verify().faults == []
    return casting.load(item).sign_off.turned


def test_two_second_keys_one_is_turned_and_the_other_hears_why():
    cast = stage()
    item = cast.items[0]
    casting.sign(item, cast.member)
    ends = at_once(signing(item, cast.reviewer), signing(item, cast.other_reviewer))
    (refusal,) = refusals(ends)
    assert "turned" in str(refusal)
    assert len(signed(cast, item)) == 2


def test_the_same_person_in_two_tabs_turns_one_key():
    cast = stage()
    item = cast.items[4]
    ends = at_once(signing(item, cast.lead), signing(item, cast.lead))
    assert len(refusals(ends)) == 1
    assert len(signed(cast, item)) == 1


def test_the_same_click_twice_is_one_signature_and_no_error():
    cast = stage()
    item, intent = cast.items[4], uuid.uuid4()
    assert refusals(at_once(*[signing(item, cast.lead, intent=intent)] * 2)) == []
    assert len(signed(cast, item)) == 1


def test_signing_while_somebody_edits_never_covers_what_was_not_shown():
    cast = stage()
    item = cast.items[4]
    editor = again(cast.member)
    at_once(
        signing(item, cast.lead),
        lambda: deployments.edit_item(item, by=editor, title="Other", text="words"),
    )
    assert signed(cast, item) == []


def test_signing_while_it_closes_counts_or_is_refused():
    cast = stage()
    item, canceller = cast.items[4], again(cast.lead)
    ends = at_once(
        signing(item, cast.reviewer),
        lambda: deployments.cancel_deployment(cast.deployment, by=canceller, reason="Not today"),
    )
    assert Deployment.objects.get(pk=cast.deployment.pk).state == "closed"
    assert len(signed(cast, item)) == 1 - len(refusals(ends))


def test_signing_while_they_are_taken_out_of_the_team_comes_before_or_not_at_all():
    cast = stage()
    item = cast.items[4]
    membership, lead = Membership.objects.get(user=cast.reviewer), again(cast.lead)
    ends = at_once(signing(item, cast.reviewer), lambda: teams.remove_member(membership, by=lead) or "removed")
    assert len(signed(cast, item)) == 1 - len(refusals(ends))


def ends_role(cast):
    """The lead ends what the reviewer verifies by."""
    held = Grant.objects.held().get(team=cast.team, person=cast.reviewer, role=Role.REVIEWER)
    lead = again(cast.lead)
    return lambda: teams.end_role(held, by=lead)


def makes_auditor(cast):
    membership, lead = Membership.objects.get(user=cast.reviewer), again(cast.lead)
    return lambda: teams.change_role(membership, by=lead, **AUDITING)


@pytest.mark.parametrize("ending", [ends_role, makes_auditor])
def test_verifying_while_the_role_ends_comes_before_or_not_at_all(ending):
    cast = stage()
    item = cast.items[0]
    casting.sign(item, cast.member)
    ends = at_once(signing(item, cast.reviewer), ending(cast))
    assert not isinstance(ends[1], Refusal)
    assert len(signed(cast, item)) == 2 - len(refusals(ends))


@pytest.mark.parametrize("ending", [ends_role, makes_auditor])
def test_rejecting_while_the_role_ends_comes_before_or_not_at_all(ending):
    cast = stage()
    item = cast.items[0]
    casting.sign(item, cast.member)
    now, rejecter = casting.load(item), again(cast.reviewer)
    shown = fingerprint(now.sign_off.standing)
    ends = at_once(lambda: deployments.reject_item(now, by=rejecter, reason="no", shown=shown), ending(cast))
    assert not isinstance(ends[1], Refusal)
    assert Rejection.objects.count() == 1 - len(refusals(ends))
    assert verification.verify().faults == []


@pytest.mark.parametrize("ending", [ends_role, makes_auditor])
def test_a_role_that_ended_after_the_page_was_opened_verifies_nothing(ending):
    cast = stage()
    item, remembered = cast.items[0], again(cast.reviewer)
    casting.sign(item, cast.member)
    assert remembered.may(Capability.REVIEW, cast.team.pk)
    ending(cast)()
    now = casting.load(item)
    with pytest.raises(Stale, match="Nothing was signed: only"):
        deployments.sign_item(now, shown=now.sign_off.digest, slot=2, **keyed(remembered) | {"by": remembered})
    assert len(signed(cast, item)) == 1


@pytest.mark.parametrize("ending", [ends_role, makes_auditor])
def test_a_role_that_ended_after_the_page_was_opened_rejects_nothing(ending):
    cast = stage()
    item, remembered = cast.items[0], again(cast.reviewer)
    casting.sign(item, cast.member)
    assert remembered.may(Capability.REVIEW, cast.team.pk)
    ending(cast)()
    now = casting.load(item)
    with pytest.raises(Stale, match="Nothing was sent back: only people with the role reject"):
        deployments.reject_item(now, by=remembered, reason="no", shown=fingerprint(now.sign_off.standing))
    assert not Rejection.objects.exists()
    assert len(signed(cast, item)) == 1


def test_of_two_first_keys_one_is_turned_and_the_other_hears_that_theirs_means_something_else():
    cast = stage()
    item = cast.items[4]
    (refusal,) = refusals(at_once(signing(item, cast.reviewer), signing(item, cast.other_reviewer)))
    assert "turned key 1 meanwhile, so your key means something else now" in str(refusal)
    assert [key.slot for key in signed(cast, item)] == [1]


def test_a_role_that_ended_after_the_page_was_opened_is_refused_by_the_database_in_a_sentence():
    cast = stage()
    item, remembered = cast.items[4], again(cast.reviewer)
    assert remembered.may(Capability.EDIT, cast.team.pk)
    teams.remove_member(Membership.objects.get(user=cast.reviewer), by=again(cast.lead))
    now = casting.load(item)
    with pytest.raises(Stale, match="Nothing was signed: only active members of the team sign"):
        deployments.sign_item(now, shown=now.sign_off.digest, slot=1, **keyed(remembered) | {"by": remembered})
    assert signed(cast, item) == []


def test_without_the_owners_lock_an_index_still_keeps_the_keys_apart():
    cast = people()
    it = subject(cast)
    seen = [fresh(it), fresh(it)]

    def sign(sign_off: SignOff, by: User) -> Callable[[], Signature]:
        def act() -> Signature:
            with transaction.atomic():
                return signoff.sign(sign_off, shown=sign_off.digest, meaning=Meaning.PERFORMED, **keyed(by))

        return act

    ends = at_once(sign(seen[0], again(cast.lead)), sign(seen[1], again(cast.member)))
    (refusal,) = refusals(ends)
    assert isinstance(refusal, Stale)
    assert str(refusal).startswith("Nothing was signed")
    assert len(fresh(it).turned) == 1


def test_nobody_is_refused_for_what_they_may_do():
    cast = stage()
    items = cast.items[:1] + cast.items[3:]
    ends = at_once(
        *(signing(item, by) for item, by in zip(items, (cast.lead, cast.member, cast.reviewer), strict=True))
    )
    assert [end for end in ends if isinstance(end, NotAllowed | Refusal)] == []


def test_two_teams_that_send_one_intent_at_once_get_a_deployment_each():
    """A copied form, or a colliding browser: the second intent is worth nothing, and is no error either."""
    cast, intent = stage(), uuid.uuid4()
    other_version = cast.other_deployment.template_version

    def creating(team, version, by):
        person = again(by)
        named: dict[str, Any] = {"service": "s", "version": "1", "environment": "test"}
        return lambda: deployments.create_deployment(team, by=person, template_version=version, intent=intent, **named)

    ends: list[Any] = at_once(
        creating(cast.team, cast.version, cast.lead), creating(cast.other_team, other_version, cast.stranger)
    )
    assert refusals(ends) == []
    assert len({end.pk for end in ends}) == 2
    assert {end.team_id for end in ends} == {cast.team.pk, cast.other_team.pk}
    assert verification.verify().faults == []
