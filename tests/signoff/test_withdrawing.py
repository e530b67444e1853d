"""Taking one's own key back: who may, what falls out, what the judge finds, what people see."""

import uuid
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from apps.accounts.models import Membership, User
from apps.core.errors import NotAllowed, Stale, WrongState
from apps.core.wording import without_isolates
from apps.deployments import commands as deployments
from apps.deployments.models import Item
from apps.deployments.selectors import readiness
from apps.deployments.states import ItemState
from apps.factors.rules import Means
from apps.ledger.models import Entry
from apps.signoff import commands as signoff
from apps.signoff.models import Signature, Withdrawal
from apps.signoff.rules import Cause
from apps.teams import commands as teams
from project import verification
from tests import cast as casting
from tests.cast import AUDITING, PASSWORD, again, keyed, proof, signed_in, words
from tests.ledger.test_judge import record, revision
from tests.signoff.subjects import SECOND, series_of
from tests.signoff.test_withdrawing_guards import BEGINS, GUARD, REASON, withdrawal
from tests.tampering import lifted

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]


@pytest.fixture
def made(stage):
    casting.sign(stage.items[0], stage.member)
    casting.sign(stage.items[0], stage.reviewer)
    return stage


def state_of(item: Item) -> ItemState:
    return Item.objects.with_everything().get(pk=item.pk).state


def found() -> list[str]:
    return [fault.what for fault in verification.verify().faults if "the guard" not in fault.what]


def test_every_key_falls_out_and_the_signature_stays(made):
    item = casting.withdraw(made.items[0], made.reviewer)
    now = casting.load(item).sign_off
    assert (now.turned, now.revision) == ([], 2)
    assert Signature.objects.filter(sign_off=now).count() == 2
    taken = Withdrawal.objects.get(sign_off=now)
    assert (taken.signature.slot, taken.name, taken.reason) == (2, made.reviewer.full_name, REASON)
    assert state_of(item) is ItemState.INVALIDATED
    assert f"withdrew their key: {REASON}" in next(
        blocker.reason for blocker in readiness(made.deployment).blockers if blocker.item == 1
    )
    assert found() == []


def test_the_first_key_is_withdrawn_alike_and_everybody_signs_again(made):
    casting.withdraw(made.items[0], made.member)
    with pytest.raises(Stale, match="keys fell out meanwhile"):
        deployments.sign_item(
            casting.load(made.items[0]), shown=casting.load(made.items[0]).sign_off.digest, slot=2,
            **keyed(made.reviewer),
        )  # fmt: skip
    casting.sign(made.items[0], made.member)
    casting.sign(made.items[0], made.other_reviewer)
    assert casting.load(made.items[0]).sign_off.is_settled
    assert found() == []


def test_it_makes_nobody_a_contributor(made):
    casting.withdraw(made.items[0], made.reviewer)
    casting.sign(made.items[0], made.member)
    casting.sign(made.items[0], made.reviewer)
    assert casting.load(made.items[0]).sign_off.is_settled


def test_the_same_click_twice_is_one_withdrawal(made):
    intent = uuid.uuid4()
    casting.withdraw(made.items[0], made.reviewer, intent=intent)
    now = casting.load(made.items[0]).sign_off
    terms: dict[str, Any] = {"reason": REASON, "shown": now.digest, "revision": 1, **keyed(made.reviewer, intent)}
    deployments.withdraw_key(made.items[0], **terms)
    assert Withdrawal.objects.count() == 1


def test_nobody_withdraws_the_key_of_another(made):
    for person in (made.other_reviewer, made.lead):
        with pytest.raises(NotAllowed, match="You turned no key here that counts now"):
            casting.withdraw(made.items[0], person)


def test_for_whom_somebody_signed_does_not_withdraw_it(stage):
    """B turned it, for A: it is the word of B."""
    casting.hand_over(stage.team, of=stage.reviewer, to=stage.member)
    casting.sign(stage.items[0], stage.lead)
    casting.sign(stage.items[0], stage.member)
    with pytest.raises(NotAllowed, match="Only whoever turned a key withdraws it"):
        casting.withdraw(stage.items[0], stage.reviewer)
    casting.withdraw(stage.items[0], stage.member)
    assert found() == []


def test_an_auditor_who_was_a_member_withdraws_nothing(made):
    teams.change_role(Membership.objects.get(user=made.member), by=again(made.lead), **AUDITING)
    with pytest.raises(NotAllowed, match="Your role reads only"):
        casting.withdraw(made.items[0], made.member)


def test_a_key_that_fell_out_is_not_withdrawn(made):
    casting.fill_in(made.items[0], made.lead)
    with pytest.raises(NotAllowed, match="counts now"):
        casting.withdraw(made.items[0], made.reviewer)


def test_what_was_shown_is_what_is_withdrawn(made):
    now = casting.load(made.items[0])
    casting.withdraw(now, made.member)
    casting.sign(now, made.member)
    terms: dict[str, Any] = {"reason": REASON, "shown": now.sign_off.digest, "revision": 1}
    with pytest.raises(Stale, match=r"fell out after you opened it.*Nothing was withdrawn"):
        deployments.withdraw_key(now, **terms, **keyed(made.member))


def test_after_closing_nothing_is_withdrawn(made):
    casting.close(made, answer=casting.Answer.NO)
    with pytest.raises(WrongState, match="closed"):
        casting.withdraw(made.items[0], made.reviewer)
    sign_off = casting.load(made.items[0]).sign_off
    with pytest.raises(WrongState, match="no key is withdrawn any more"), transaction.atomic():
        signoff.withdraw(sign_off, reason=REASON, **keyed(made.reviewer))


def test_a_passkey_that_signed_something_else_withdraws_nothing(made):
    other: Any = type("Asserted", (), {"turns": [{"sign_off": "another"}], "id": uuid.uuid4()})()
    shown = casting.load(made.items[0]).sign_off
    stolen = casting.Proof(
        again(made.reviewer), Means.PASSKEY, proof(made.reviewer).series, other, {"id": "", "key": ""}
    )
    with pytest.raises(Stale, match="passkey was asked"):
        deployments.withdraw_key(
            made.items[0], by=again(made.reviewer), reason=REASON, shown=shown.digest, revision=1,
            intent=uuid.uuid4(), proof=stolen,
        )  # fmt: skip


# The judge, who reads the chains alone.


def forced(made, *, by: User, recorded_by: User | None = None, counting: bool = False, digest: str = "") -> None:
    """A withdrawal of the second key of item 1 by somebody, whatever the rules say, with its proper entry."""
    item = casting.load(made.items[0])
    it = item.sign_off
    taken = withdrawal(it, it.turned[1], by, series=series_of(by))
    rows: list[Any] = [taken.series, taken]
    with lifted(GUARD, BEGINS, "signoff_signoff_fixed"):
        if not counting:
            it.revision, it.digest = it.revision + 1, digest or it.digest
            it.save()
            rows += [it, revision(it, recorded_by or by, Cause.KEY_WITHDRAWN)]
        taken.save(force_insert=True)
    record(item, recorded_by or by, rows)


def test_a_key_withdrawn_by_another_is_found(made):
    forced(made, by=made.lead)
    assert "item 1: a key was withdrawn that its person had not turned" in found()


def test_a_withdrawal_in_anothers_name_is_found(made):
    forced(made, by=made.reviewer, recorded_by=made.lead)
    assert "item 1: a key was withdrawn in another’s name" in found()
    assert "item 1: keys fell out for one that nobody withdrew" in found()


def test_a_withdrawn_key_that_counts_on_is_found(made):
    forced(made, by=made.reviewer, counting=True)
    assert "item 1: a withdrawn key went on counting" in found()


def test_a_withdrawal_that_changes_what_is_signed_is_found(made):
    forced(made, by=made.reviewer, digest=SECOND)
    assert "item 1: withdrawing a key changed what is signed" in found()


def test_a_withdrawal_after_closing_is_found(made):
    casting.close(made, answer=casting.Answer.NO)
    forced(made, by=made.reviewer)
    assert "item 1: a key was withdrawn before it was open, or after it was closed" in found()


def test_an_auditor_who_withdrew_is_found(made):
    teams.change_role(Membership.objects.get(user=made.reviewer), by=again(made.lead), **AUDITING)
    forced(made, by=made.reviewer)
    assert "item 1: who withdrew a key had no place in the team" in found()


def test_keys_that_fell_out_for_a_withdrawal_nobody_made_are_found(made):
    item = casting.load(made.items[0])
    it = item.sign_off
    with lifted("signoff_signoff_fixed", BEGINS):
        it.revision += 1
        it.save()
        row = revision(it, made.reviewer, Cause.KEY_WITHDRAWN)
    record(item, made.reviewer, [it, row])
    assert "item 1: keys fell out for one that nobody withdrew" in found()


# What people see.


def page(person: User, item: Item) -> str:
    shown = words(signed_in(again(person)).get(reverse("deployments:item", args=[*where(item)])))
    return without_isolates(shown)


def where(item: Item) -> tuple[Any, ...]:
    return item.deployment.team.slug, item.deployment.number, item.number


def test_the_form_says_what_it_costs_before(made):
    shown = page(made.reviewer, made.items[0])
    assert "2 keys will fall out: yours and 佐藤 Mika’s. They are told, and sign again." in shown
    assert "Withdraw your key" not in page(made.other_reviewer, made.items[0])


def test_who_holds_the_only_key_loses_that_alone(stage):
    casting.sign(stage.items[0], stage.member)
    assert "1 key will fall out: yours." in page(stage.member, stage.items[0])


def post(made, **fields: Any) -> Any:
    now = casting.load(made.items[0]).sign_off
    right = {"reason": REASON, "shown": now.digest, "revision": 1, "intent": uuid.uuid4(), "password": PASSWORD}
    act = reverse("deployments:withdraw_key", args=[*where(made.items[0])])
    return signed_in(again(made.reviewer)).post(act, right | fields)


def test_it_takes_who_one_is_and_a_reason(made):
    for wrong in ({"password": "guessed"}, {"password": ""}, {"reason": "Oops"}):
        answer = post(made, **wrong)
        assert answer.status_code == 422
        assert "Withdraw your key" in answer.content.decode()
    assert not Withdrawal.objects.exists()
    assert post(made).status_code == 302
    shown = page(made.reviewer, made.items[0])
    assert f"{made.reviewer.full_name} withdrew their key: {REASON}" in shown.replace("\u2068", "").replace(
        "\u2069", ""
    )
    assert Entry.objects.filter(kind="item.key_withdrawn", item=made.items[0].pk).exists()
