"""Several keys by one answer: a passkey names each of them, and two people at once leave no key twice and none half."""

import uuid
from types import SimpleNamespace

import pytest

from apps.core.errors import Refusal
from apps.deployments import commands
from apps.deployments.commands.signing import Offered, SeriesStopped
from apps.factors.commands import Proof, prove
from apps.factors.rules import Means
from apps.ledger.models import Entry
from apps.signoff.models import Assertion, Signature
from apps.signoff.rules import Meaning, content_digest, turn_of
from project import verification
from tests import cast as casting
from tests.cast import again, keyed
from tests.factors.people import answered, asked, give_passkey
from tests.signoff.races.at_once import at_once

# A passkey of these tests comes without the day that its owner would wait, which the judge finds and nobody asks here.
pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]
WAITS = "what somebody proves themselves by changed, and they went on signing"
ITEMS = (1, 4, 5)


@pytest.fixture
def half(stage: SimpleNamespace) -> SimpleNamespace:
    """The stage with first keys on three items."""
    for number in ITEMS:
        casting.sign(stage.items[number - 1], stage.member)
    return stage


def faults():
    return [fault.what for fault in verification.verify().faults if fault.what != WAITS]


def offered(made, *numbers):
    """The keys as a page offers them now."""
    found = []
    for number in numbers:
        now = casting.load(made.items[number - 1])
        shown = content_digest(now.content(pinned=now.run_to_pin))
        found.append(Offered(number, len(now.sign_off.turned) + 1, shown))
    return found


def turns(made, *keys):
    """The same as a passkey's statement names them."""
    ids = {item.number: item.sign_off_id for item in made.items}
    return [turn_of(ids[key.number], key.shown, key.slot, Meaning.VERIFIED) for key in keys]


def by_passkey(person, phone, named) -> Proof:
    """That it is them, by a statement over the keys `named`."""
    return prove(by=person, purpose="series", **answered(asked(person, *named), phone))


def test_a_passkey_signs_all_keys_of_a_series_by_one_statement(half):
    phone, person = give_passkey(half.reviewer), again(half.reviewer)
    keys = offered(half, *ITEMS)
    proof = by_passkey(person, phone, turns(half, *keys))
    commands.sign_items(half.deployment, by=person, offered=keys, intent=uuid.uuid4(), proof=proof)
    signed = Signature.objects.filter(signer=half.reviewer)
    assert {(key.means, key.assertion_id) for key in signed} == {(Means.PASSKEY, Assertion.objects.get().pk)}
    assert signed.count() == len(ITEMS)
    assert faults() == []


def test_a_statement_over_fewer_keys_turns_none(half):
    phone, person = give_passkey(half.reviewer), again(half.reviewer)
    keys = offered(half, *ITEMS)
    proof = by_passkey(person, phone, turns(half, *keys[:2]))
    with pytest.raises(SeriesStopped, match="because of item 5") as stop:
        commands.sign_items(half.deployment, by=person, offered=keys, intent=uuid.uuid4(), proof=proof)
    assert stop.value.number == 5
    assert not Signature.objects.filter(signer=half.reviewer).exists()
    assert not Assertion.objects.exists()


def test_first_and_second_keys_stand_in_one_series(half):
    keys = offered(half, 3, 5)
    commands.sign_items(half.deployment, offered=keys, **keyed(half.reviewer))
    found = Signature.objects.filter(signer=half.reviewer).order_by("slot").values_list("slot", "meaning")
    assert [*found] == [(1, Meaning.PERFORMED), (2, Meaning.VERIFIED)]


@pytest.mark.django_db(transaction=True)
def test_two_overlapping_series_at_once_end_without_a_half_signed_one():
    made = casting.stage()
    for number in ITEMS:
        casting.sign(made.items[number - 1], made.member)
    mine, theirs = offered(made, 1, 4), offered(made, 5, 4)
    ends = at_once(
        lambda: commands.sign_items(made.deployment, offered=mine, **keyed(made.reviewer)),
        lambda: commands.sign_items(made.deployment, offered=theirs, **keyed(made.other_reviewer)),
    )
    (stopped,) = [end for end in ends if isinstance(end, Refusal)]
    assert isinstance(stopped, SeriesStopped)
    assert stopped.number == 4
    seconds = Signature.objects.filter(sign_off__in=[item.sign_off_id for item in made.items], slot=2)
    assert seconds.count() == 2
    assert len({key.signer_id for key in seconds}) == 1
    assert Entry.objects.filter(stream=made.deployment.stream, kind="item.signed").count() == len(ITEMS) + 2
    assert faults() == []
