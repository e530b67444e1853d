"""Each race 100 times on PostgreSQL: 0 violations, 0 deadlocks, 0 errors. KEYTURN_TEST_RACES is how many times each."""

import os

import pytest

from project import verification
from tests import cast as casting
from tests.signoff.races.campaign import RACES, prepare, run, standing_in_and_ending_it, verifying_and_losing_the_role
from tests.tampering import lifted

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.unrecorded]

TIMES = int(os.environ.get("KEYTURN_TEST_RACES", "100"))
UNTIL_FOUND = 30
FEW = 10  # on SQLite, whose writers take turns whatever the code does
SEED = int(os.environ.get("KEYTURN_TEST_SEED", "1"))


@pytest.fixture
def cast():
    cast = casting.people()
    prepare(cast)
    return cast


@pytest.mark.parametrize("race", RACES)
def test_it_ends_as_it_may_every_time(cast, race, engine):
    times = TIMES if engine == "postgresql" else min(FEW, TIMES)
    run(race, cast, times, SEED)
    assert verification.verify().faults == []


def test_without_the_trigger_a_key_is_turned_after_the_role_ended(cast, engine):
    if engine != "postgresql":
        return
    with lifted("signoff_two_person_rule"):
        broken = 0
        for race in (verifying_and_losing_the_role, standing_in_and_ending_it):
            run(race, cast, UNTIL_FOUND, SEED)
            broken += sum("the guard" not in fault.what for fault in verification.verify().faults)
    assert broken > 0
