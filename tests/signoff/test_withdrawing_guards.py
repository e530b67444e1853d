"""What the database refuses where a key is withdrawn, with the application bypassed; without its guard it passes."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import Membership, User
from apps.factors.rules import Means
from apps.signoff import commands as signoff
from apps.signoff.models import Signature, Withdrawal
from apps.signoff.rules import Cause, Meaning
from apps.teams import commands as teams
from tests.cast import AUDITING, again
from tests.signoff.subjects import FIRST, SECOND, fresh, series_of, sign, subject
from tests.tampering import lifted

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]

GUARD, BEGINS = "signoff_withdrawn_by_signers", "signoff_revision_begins"
OWN = "only who turned a key withdraws it"
COUNTS_ON = "a key that is withdrawn counts no more"
REASON = "I read the wrong log"


def turned(cast):
    it = subject(cast)
    sign(it, cast.member)
    return it, sign(it, cast.reviewer, meaning=Meaning.VERIFIED)


def moved(it, by: User, **fields: Any):
    """The revision that a withdrawal begins, stored."""
    now = fresh(it)
    signoff.reopen(now, by=by, **({"digest": now.digest, "cause": Cause.KEY_WITHDRAWN} | fields))


def withdrawal(it, key: Signature, by: User, **fields: Any) -> Withdrawal:
    """A withdrawal made by hand, not stored: right in every field that `fields` does not replace."""
    right: dict[str, Any] = {
        "sign_off": it, "signature": key, "revision": key.revision, "person": by, "name": by.full_name,
        "reason": REASON, "withdrawn_at": timezone.now(), "means": Means.PASSWORD,
    }  # fmt: skip
    if "series" not in fields:
        right["series"] = series_of(by)
    return Withdrawal(**(right | fields))


def of_another(cast):
    it, key = turned(cast)
    moved(it, cast.reviewer)
    return withdrawal(it, key, cast.member)


def of_anothers_key(cast):
    it, _ = turned(cast)
    key = fresh(it).turned[0]
    moved(it, cast.reviewer)
    return withdrawal(it, key, cast.reviewer)


def that_leaves_it_counting(cast):
    it, key = turned(cast)
    return withdrawal(it, key, cast.reviewer)


def after_another_change(cast):
    it, key = turned(cast)
    signoff.contribute(it, by=cast.reviewer)
    moved(it, cast.reviewer, cause=Cause.TEXT_EDITED, digest=SECOND)
    return withdrawal(it, key, cast.reviewer)


def from_what_is_closed(cast):
    it, key = turned(cast)
    moved(it, cast.reviewer)
    signoff.close(fresh(it))
    return withdrawal(it, key, cast.reviewer)


def by_whoever_left(cast):
    it, key = turned(cast)
    moved(it, cast.reviewer)
    teams.change_role(Membership.objects.get(user=cast.reviewer), by=again(cast.lead), **AUDITING)
    return withdrawal(it, key, cast.reviewer)


def in_a_series_of_another(cast):
    it, key = turned(cast)
    moved(it, cast.reviewer)
    return withdrawal(it, key, cast.reviewer, series=series_of(cast.member))


def by_a_tick(cast):
    it, key = turned(cast)
    moved(it, cast.reviewer)
    return withdrawal(it, key, cast.reviewer, means=Means.TICK)


WRONG = {
    of_another: COUNTS_ON,
    of_anothers_key: OWN,
    that_leaves_it_counting: COUNTS_ON,
    after_another_change: COUNTS_ON,
    from_what_is_closed: "a key is withdrawn from what is open",
    by_whoever_left: "only active members of the team withdraw a key",
    in_a_series_of_another: "a key is turned in a series of signings of its own person",
    by_a_tick: "who can prove who they are does",
}


@pytest.mark.parametrize("way", WRONG, ids=lambda way: way.__name__)
def test_the_database_refuses_a_wrong_withdrawal(people, way):
    wrong = way(people)
    with pytest.raises(IntegrityError, match=WRONG[way]), transaction.atomic():
        wrong.save(force_insert=True)
    with lifted(GUARD):
        wrong.save(force_insert=True)


@pytest.mark.parametrize(("who", "digest"), [("lead", FIRST), ("reviewer", SECOND)])
def test_a_revision_is_called_withdrawn_only_by_who_had_turned_a_key_of_it(people, who, digest):
    it, _ = turned(people)
    with pytest.raises(IntegrityError, match=OWN), transaction.atomic():
        moved(it, getattr(people, who), digest=digest)
    with lifted(BEGINS):
        moved(it, getattr(people, who), digest=digest)


def test_a_withdrawal_says_why(people):
    it, key = turned(people)
    moved(it, people.reviewer)
    with pytest.raises(IntegrityError), transaction.atomic():
        withdrawal(it, key, people.reviewer, reason="").save(force_insert=True)
