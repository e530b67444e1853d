"""20,000 acts in `make test`, half of them on each engine; a long campaign sets KEYTURN_TEST_ACTS (CONTRIBUTING.md)."""

import os

import pytest

from .examples import run
from .oracle import DONE, REFUSED, REPEATED, TURNED

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]

ACTS = int(os.environ.get("KEYTURN_TEST_ACTS", "10000"))


def test_every_act_ends_as_the_oracle_says(cast):
    ended = run(cast, acts=ACTS)
    assert min(ended[TURNED], ended[DONE], ended[REFUSED]) > ACTS / 20, ended
    assert ended[REPEATED] > 0
