"""Who signed proved who they are: judged once more by what the chains show, where no trigger stood in the way."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.commands.parts import suspend_signing
from apps.accounts.events import SignedOut
from apps.accounts.rules import Suspension
from apps.factors import commands as factors
from apps.factors.commands import keeping
from apps.factors.models import Factor, SigningSeries
from apps.factors.rules import SERIES, STATEMENT, Means
from apps.ledger import commands as ledger
from apps.ledger.commands import SYSTEM
from apps.signoff.models import Assertion
from tests.cast import again
from tests.factors.authenticator import SoftAuthenticator
from tests.factors.enrolled import with_codes, with_passkey
from tests.ledger.forced import force_key, found
from tests.signoff.subjects import proved_series
from tests.tampering import lifted, sql

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]
WENT_ON = "what somebody proves themselves by changed, and they went on signing"


def recorded(*rows, by, removed=()):
    """An entry that says little and proves these rows."""
    ledger.record(ledger.INSTANCE, SignedOut(), by=by, rows=rows, removed=removed)


def series(person, *, began, lasts=SERIES):
    """A series of signings that began at a moment, whatever the guard says."""
    row = SigningSeries(person=person, person_name="x", session="0" * 64, means=Means.PASSWORD)
    row.began_at, row.ends_at = began, began + lasts
    with lifted("factors_signingseries_begins"):
        row.save(force_insert=True)
    recorded(row, by=person)
    return row


def of_another(cast):
    return {"series": proved_series(cast.reviewer)}


def over(cast):
    return {"series": series(cast.member, began=timezone.now() - 2 * SERIES)}


def later(cast):
    return {"series": series(cast.member, began=timezone.now() + SERIES)}


def of_a_day(cast):
    return {"series": series(cast.member, began=timezone.now() - SERIES, lasts=timedelta(days=1))}


def suspended(cast):
    recorded(suspend_signing(again(cast.member), Suspension.PASSWORD_SET), by=SYSTEM)
    return {}


def a_tick(cast):
    with_codes(cast.member)
    return {"means": Means.TICK}


def a_password_beside_codes(cast):
    with_codes(cast.member)
    return {}


def a_code_of_nobody(cast):
    return {"means": Means.PASSWORD_AND_CODE}


def a_code_beside_a_passkey_alone(cast):
    with_passkey(cast.member, SoftAuthenticator())
    return {"means": Means.CODE}


def asserted(person, credential):
    now = timezone.now()
    row = Assertion.objects.create(
        person=person, person_name="x", statement="{}", answer="{}", issued_at=now, expires_at=now + STATEMENT,
        credential=credential["id"], public_key=credential["key"],
    )  # fmt: skip
    recorded(row, by=person)
    return {"means": Means.PASSKEY, "assertion": row}


def a_passkey_that_is_not_theirs(cast):
    return asserted(cast.member, {"id": "00", "key": "00"})


def a_passkey_that_was_taken_away(cast):
    factor = with_passkey(cast.member, SoftAuthenticator())
    credential = factor.passkey
    factors.remove_factors(cast.member, by=SYSTEM)
    return asserted(cast.member, credential)


WRONG = {
    of_another: "a key was turned in no series of signings of its own person",
    over: "a key was turned before its series of signings began, or after it ended",
    later: "a key was turned before its series of signings began, or after it ended",
    of_a_day: "a series of signings was longer than a quarter of an hour",
    suspended: "whose way in had changed signed within a day of it",
    a_tick: "who could prove who they are only confirmed it",
    a_password_beside_codes: "a password alone stood in for a factor",
    a_code_of_nobody: "a key was turned by a code of somebody who had none",
    a_code_beside_a_passkey_alone: "a key was turned by a code of somebody who had none",
    a_passkey_that_is_not_theirs: "a passkey signed that was not theirs",
    a_passkey_that_was_taken_away: "a passkey signed that was not theirs",
}
NAMES = {way.__name__: way for way in WRONG}


@pytest.mark.parametrize("way", NAMES)
def test_a_key_that_nobody_proved_is_found(stage, way):
    force_key(stage.items[0], again(stage.member), 1, **NAMES[way](stage))
    assert f"item 1: {WRONG[NAMES[way]]}" in found()


def test_a_proper_one_is_not(stage):
    force_key(stage.items[0], again(stage.member), 1)
    assert found() == []


def add_a_passkey(cast):
    with_passkey(cast.other_reviewer, SoftAuthenticator())  # a proper one, which is copied
    own = Factor.objects.get(user=cast.other_reviewer)
    planted = Factor.objects.create(user=cast.member, type=own.type, data=own.data)
    recorded(planted, by=cast.member)


def replace_the_codes(cast):
    factor = with_codes(cast.member)
    factor.data = {"secret": "another"}
    factor.save()
    recorded(factor, by=cast.member)


def take_the_codes_away(cast):
    factor = with_codes(cast.member)
    recorded(by=cast.member, removed=[factor])
    Factor.objects.filter(pk=factor.pk).delete()


def suspend_for_an_hour(cast):
    factor = with_codes(cast.member)
    person = again(cast.member)
    person.signing_suspended_until += timedelta(hours=1)
    person.save()
    factor.data = {"secret": "another"}
    factor.save()
    recorded(factor, by=cast.member)


@pytest.mark.parametrize(
    "act", [add_a_passkey, replace_the_codes, take_the_codes_away, suspend_for_an_hour], ids=lambda act: act.__name__
)
def test_a_factor_that_changed_without_a_day_of_rest_is_found(stage, act):
    act(stage)
    assert WENT_ON in found()


def test_a_day_of_rest_that_ends_early_is_found(stage):
    with_codes(stage.member)
    sql("UPDATE accounts_user SET signing_suspended_until = NULL WHERE username = 'mika'")
    recorded(again(stage.member), by=SYSTEM)
    assert found() == ["whose way in had changed was let sign before the day was over"]


def test_codes_that_another_key_encrypts_are_the_same(stage, tmp_path, settings):
    with_codes(stage.member)
    (tmp_path / "second").write_text(bytes(range(100, 132)).hex())
    settings.KEYTURN_SECRETS_KEYS = [str(tmp_path / "second"), *settings.KEYTURN_SECRETS_KEYS]
    assert keeping.encrypt_codes_again(by=SYSTEM, most=9) == (1, 0)
    assert found() == []
