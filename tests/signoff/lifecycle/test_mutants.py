"""Four broken rules are planted and found; what is broken in the code alone, the database keeps, and vice versa."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import hypothesis
import pytest

from apps.accounts.models import User
from apps.signoff import rules
from apps.signoff.models import SignOff
from project import verification
from tests.tampering import lifted

from .examples import run
from .oracle import TURNED

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]

UNTIL_FOUND, FEW = 6000, 150
RULE = "signoff_two_person_rule"
BROKEN: dict[str, Any] = {"phases": [hypothesis.Phase.generate], "report_multiple_bugs": False}  # without shrinking


@pytest.fixture
def without_guard(cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The code alone has to hold: the trigger is gone, and nobody looks whether it is."""
    monkeypatch.setattr(verification.guards, "missing", lambda *_: ())
    with lifted(RULE):
        yield


def contributors_verify(monkeypatch):
    monkeypatch.setattr(rules, "is_for_others", lambda *_, **__: False)


def the_rejected_is_signed_unchanged(monkeypatch):
    monkeypatch.setattr(SignOff, "is_unchanged", False)


def who_stands_in_is_another_person(monkeypatch):
    monkeypatch.setattr(User, "counts_as", lambda *_, **__: {})


def keys_come_back_with_the_text(monkeypatch):
    def turned(sign_off: SignOff) -> list[Any]:
        live = [key for key in sign_off.signatures.all() if key.digest == sign_off.digest]
        return sorted(live, key=lambda key: key.slot)

    monkeypatch.setattr(SignOff, "turned", property(turned))


BY_BOTH = (contributors_verify, the_rejected_is_signed_unchanged, who_stands_in_is_another_person)


def test_the_code_alone_does_as_well(cast, without_guard):
    assert run(cast, acts=FEW)[TURNED] > 0


@pytest.mark.parametrize("plant", BY_BOTH)
def test_the_database_alone_does_as_well(cast, monkeypatch, plant):
    plant(monkeypatch)
    assert run(cast, acts=FEW)[TURNED] > 0


@pytest.mark.parametrize("plant", [*BY_BOTH, keys_come_back_with_the_text])
def test_a_rule_that_neither_enforces_is_found(cast, monkeypatch, without_guard, plant):
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        run(cast, acts=UNTIL_FOUND, **BROKEN)
