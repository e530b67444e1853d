"""The two-person rule in the database: it holds when every line of the application is bypassed.

Each wrong signature is stored twice: once against the guards, which refuse it, and once with the
one guard lifted, where it goes through. So the guard, and nothing else, is what refuses it.
"""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.signoff import commands as signoff
from apps.signoff.models import Contribution, Rejection, Revision, Signature, SignOff
from apps.signoff.rules import Cause, Meaning
from tests.cast import proof
from tests.signoff.subjects import FIRST, SECOND, STREAM, Owner, fresh, sign, signature, subject
from tests.signoff.wrong import (
    CONTRIBUTOR,
    NAMES,
    SERIES_OF_ITS_OWN,
    WRONG,
    by_its_authors,
    closed,
    contributor_verifies,
)
from tests.tampering import lifted, settle, sql

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]

RULE = "signoff_two_person_rule"


@pytest.fixture
def cast(people):
    return people


def test_two_authors_who_agree_both_sign(cast):
    it = by_its_authors(cast)
    sign(it, cast.lead, meaning=Meaning.AGREED)
    sign(it, cast.reviewer, meaning=Meaning.AGREED)
    assert fresh(it).is_settled


@pytest.mark.parametrize("way", NAMES)
def test_the_database_refuses_a_wrong_signature(cast, way):
    wrong = NAMES[way](cast)
    count = Signature.objects.count()
    with pytest.raises(IntegrityError, match=WRONG[NAMES[way]]), transaction.atomic():
        wrong.save(force_insert=True)
    assert Signature.objects.count() == count


@pytest.mark.parametrize("way", NAMES)
def test_without_its_guard_the_same_signature_goes_through(cast, way):
    wrong = NAMES[way](cast)
    with lifted(RULE):
        wrong.save(force_insert=True)
    assert Signature.objects.filter(pk=wrong.pk).exists()


def before_its_sign_off(cast):
    """A signature of a sign-off that is stored afterwards: references are checked at commit only."""
    owner: Any = Owner()
    later = signoff.prepare(owner, team=cast.team, stream=STREAM, digest=FIRST)
    wrong = signature(subject(cast), cast.auditor)
    wrong.sign_off = later
    return wrong, later


def test_a_signature_is_not_stored_before_its_sign_off(cast):
    wrong, _ = before_its_sign_off(cast)
    with pytest.raises(IntegrityError, match="there is no such sign-off"), transaction.atomic():
        wrong.save(force_insert=True)


def test_without_its_guard_it_would_be(cast):
    wrong, later = before_its_sign_off(cast)
    with lifted(RULE):
        wrong.save(force_insert=True)
        later.save(force_insert=True)


def test_a_signature_is_not_stored_before_its_series(cast):
    series = proof(cast.member).series
    wrong = signature(subject(cast), cast.member, series_id=series.pk)
    with pytest.raises(IntegrityError, match=SERIES_OF_ITS_OWN), transaction.atomic():
        wrong.save(force_insert=True)
    with lifted(RULE):
        wrong.save(force_insert=True)
        series.save(force_insert=True)


def test_a_temporary_table_of_the_same_name_is_not_asked(cast):
    wrong = contributor_verifies(cast)
    settle()
    sql("CREATE TEMPORARY TABLE signoff_signoff AS SELECT * FROM signoff_signoff WHERE 1 = 0")
    try:
        with pytest.raises(IntegrityError, match=CONTRIBUTOR), transaction.atomic():
            wrong.save(force_insert=True)
    finally:
        sql(
            "DROP TABLE temp.signoff_signoff" if connection.vendor == "sqlite" else "DROP TABLE pg_temp.signoff_signoff"
        )


def test_the_same_person_twice_is_refused_by_an_index_even_without_the_guard(cast):
    it = subject(cast)
    sign(it, cast.reviewer)
    with lifted(RULE), pytest.raises(IntegrityError), transaction.atomic():
        signature(it, cast.reviewer).save(force_insert=True)


def test_two_second_keys_are_refused_by_an_index_even_without_the_guard(cast):
    it = subject(cast)
    sign(it, cast.member)
    sign(it, cast.reviewer)
    with lifted(RULE), pytest.raises(IntegrityError), transaction.atomic():
        signature(it, cast.lead, slot=2).save(force_insert=True)


@pytest.mark.parametrize(
    "fields",
    [
        {"slot": 0},
        {"slot": 5},
        {"name": ""},
        {"digest": ""},
        {"meaning": "glanced"},
        {"means": "hearsay"},
        {"means": "passkey"},
    ],
    ids=str,
)
def test_a_signature_that_says_nothing_is_refused_by_constraints(cast, fields):
    it = subject(cast, required=4)
    with lifted(RULE), pytest.raises(IntegrityError), transaction.atomic():
        signature(it, cast.member, **fields).save(force_insert=True)


def test_one_intent_is_one_signature(cast):
    it, other, intent = subject(cast), subject(cast), uuid.uuid4()
    sign(it, cast.member, intent=intent)
    with pytest.raises(IntegrityError), transaction.atomic():
        signature(other, cast.member, intent=intent).save(force_insert=True)


def everything(cast):
    """A matter with a row in every table of the app."""
    it = subject(cast)
    signoff.contribute(it, by=cast.member)
    sign(it, cast.member)
    now = fresh(it)
    signoff.reject(now, by=cast.reviewer, reason="no")
    signoff.revise(now, by=cast.member, digest=SECOND, cause=Cause.TEXT_EDITED)
    sign(it, cast.member)
    return it


EVERYWHERE = {
    "change who signed": (
        "UPDATE signoff_signature SET signer_id = (SELECT id FROM accounts_user WHERE username = 'lena')"
    ),
    "change the printed name": "UPDATE signoff_signature SET name = 'Somebody'",
    "change what it means": "UPDATE signoff_signature SET meaning = 'verified'",
    "change when": "UPDATE signoff_signature SET signed_at = '2020-01-01 00:00:00'",
    "move it to another digest": "UPDATE signoff_signature SET digest = 'x'",
    "take a signature back": "DELETE FROM signoff_signature",
    "forget a contribution": "DELETE FROM signoff_contribution",
    "move a contribution to another round": "UPDATE signoff_contribution SET round = 9",
    "change a reason": "UPDATE signoff_rejection SET reason = 'fine'",
    "forget a rejection": "DELETE FROM signoff_rejection",
    "forget that keys were invalidated": "UPDATE signoff_revision SET invalidated = 9",
    "forget a revision": "DELETE FROM signoff_revision",
    "need fewer keys": "UPDATE signoff_signoff SET required = 1",
    "let contributors verify": "UPDATE signoff_signoff SET contributor_keys = 1 - contributor_keys",
    "change the digest under turned keys": "UPDATE signoff_signoff SET digest = 'x'",
    "go back to an earlier revision": "UPDATE signoff_signoff SET revision = revision - 1",
    "skip a revision": "UPDATE signoff_signoff SET revision = revision + 2",
    "begin a round without a revision": "UPDATE signoff_signoff SET round = round + 1",
    "begin a round without a rejection": "UPDATE signoff_signoff SET round = round + 1, revision = revision + 1",
    "skip a round": "UPDATE signoff_signoff SET round = round + 2, revision = revision + 1",
    "move it to another team": (
        "UPDATE signoff_signoff SET team_id = (SELECT id FROM accounts_team WHERE slug = 'stores')"
    ),
    "move it to another stream": "UPDATE signoff_signoff SET stream = 'instance'",
    "make it another subject's": "UPDATE signoff_signoff SET subject = 'item:0'",
    "take its opening back": "UPDATE signoff_signoff SET opened_at = NULL",
    "open it at another time": "UPDATE signoff_signoff SET opened_at = '2020-01-01 00:00:00+00:00'",
    "delete a matter": "DELETE FROM signoff_signoff",
}
ONE_ENGINE = {
    "sqlite": [
        "INSERT OR REPLACE INTO signoff_signature SELECT * FROM signoff_signature",
        "REPLACE INTO signoff_contribution SELECT * FROM signoff_contribution",
        "INSERT OR REPLACE INTO signoff_rejection SELECT * FROM signoff_rejection",
        "INSERT OR REPLACE INTO signoff_revision SELECT * FROM signoff_revision",
        "INSERT OR REPLACE INTO signoff_signoff SELECT * FROM signoff_signoff",
        "UPDATE OR REPLACE signoff_signature SET slot = 1",
    ],
    "postgresql": [
        "TRUNCATE signoff_signature CASCADE",
        "TRUNCATE signoff_contribution",
        "TRUNCATE signoff_rejection",
        "TRUNCATE signoff_revision",
        "TRUNCATE signoff_signoff CASCADE",
    ],
}


@pytest.mark.parametrize("what", EVERYWHERE)
def test_the_database_refuses_to(cast, what):
    everything(cast)
    settle()
    with pytest.raises(IntegrityError), transaction.atomic():
        sql(EVERYWHERE[what])


def test_each_engine_refuses_its_own_ways_around(cast, engine):
    everything(cast)
    for statement in ONE_ENGINE[engine]:
        settle()
        with pytest.raises(IntegrityError), transaction.atomic():
            sql(statement)
    assert [model.objects.count() for model in (Signature, Contribution, Rejection, Revision)] == [2, 1, 1, 2]


@pytest.mark.parametrize("what", [what for what in EVERYWHERE if "DELETE FROM signoff_signoff" not in EVERYWHERE[what]])
def test_without_the_guards_the_same_statement_goes_through(cast, what):
    everything(cast)
    with lifted():
        assert sql(EVERYWHERE[what]) > 0


def test_a_closed_subject_stays_closed(cast):
    it = subject(cast)
    signoff.close(it)
    for change in ({"closed_at": None}, {"closed_at": datetime(2020, 1, 1, tzinfo=UTC)}, {"revision": 2}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SignOff.objects.filter(pk=it.pk).update(**change)


def test_signing_by_sql_alone_is_refused_too(cast):
    it = subject(cast)
    sign(it, cast.reviewer)
    columns = "sign_off_id, revision, slot, signer_id, name, meaning, digest, signed_at, browser, means, series_id"
    with pytest.raises(IntegrityError), transaction.atomic():
        sql(
            f"INSERT INTO signoff_signature (id, intent, {columns}) "
            "SELECT sign_off_id, sign_off_id, sign_off_id, revision, 2, signer_id, name, meaning, digest, signed_at, "
            "browser, means, series_id FROM signoff_signature"
        )


REJECTIONS = {
    "an auditor": (lambda cast, it: {"person": cast.auditor}, "only people with the role reject"),
    "a member": (lambda cast, it: {"person": cast.member}, "only people with the role reject"),
    "a lead of another team": (lambda cast, it: {"person": cast.stranger}, "only people with the role reject"),
    "another revision": (lambda cast, it: {"revision": it.revision + 1}, "not what stands there now"),
    "before it is open": (
        lambda cast, it: {"sign_off": subject(cast, is_open=False)},
        "only what is open is sent back",
    ),
    "after it was closed": (lambda cast, it: {"sign_off": closed(cast).sign_off}, "only what is open is sent back"),
}


@pytest.mark.parametrize("way", REJECTIONS)
def test_the_database_refuses_a_wrong_rejection(cast, way):
    fields, answer = REJECTIONS[way]
    it = subject(cast)
    right = {"sign_off": it, "revision": it.revision, "person": cast.reviewer, "name": "x", "reason": "x"}
    wrong = Rejection(**(right | fields(cast, it)), rejected_at=datetime.now(UTC))
    with pytest.raises(IntegrityError, match=answer), transaction.atomic():
        wrong.save(force_insert=True)
    with lifted("signoff_rejected_by_reviewers"):
        wrong.save(force_insert=True)
