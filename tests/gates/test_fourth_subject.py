"""A fourth kind of subject is guarded, closed, proved and judged like the three that exist, by inheriting."""

from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import User
from apps.core import guards as core
from apps.core.errors import WrongState
from apps.deployments import commands as deployments
from apps.ledger import commands as ledger
from apps.signoff import commands as signoff
from apps.signoff.models import SignOff, signable_models
from apps.signoff.rules import Meaning, content_digest
from project import verification
from tests import cast as casting
from tests.cast import again, keyed
from tests.gates import guards
from tests.gates.events import GateMoved
from tests.gates.models import Gate
from tests.tampering import lift_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> SimpleNamespace:
    core.install(connection, guards.GUARDS)
    return casting.stage()


def begin(cast: SimpleNamespace) -> Gate:
    """A gate with its sign-off, recorded."""
    deployment = cast.deployment
    gate = Gate(deployment=deployment, condition="p95 under 300 ms")
    terms = {"team": deployment.team, "stream": deployment.stream}
    with transaction.atomic():
        signoff.store(gate, digest=content_digest(gate.covered()), **terms)
        gate.save(force_insert=True)
        rows = [gate, *gate.sign_off.changes]
        ledger.record(deployment.stream, GateMoved(gate=gate.pk), by=cast.lead, rows=rows)
    return gate


def sign(gate: Gate, by: User, meaning: Meaning) -> None:
    """Turn the next key of a gate, recorded."""
    person = again(by)
    with transaction.atomic():
        now = SignOff.objects.prefetch_related("signatures", "contributions").get(gate=gate)
        signoff.sign(now, shown=now.digest, meaning=meaning, **keyed(by))
        ledger.record(now.stream, GateMoved(gate=gate.pk), by=person, rows=now.changes)


def found() -> list[str]:
    return [fault.what for fault in verification.verify().faults if "the guard" not in fault.what]


def test_it_is_signed_by_two_people_and_verified_whole(cast):
    gate = begin(cast)
    sign(gate, cast.member, Meaning.PERFORMED)
    sign(gate, cast.reviewer, Meaning.VERIFIED)
    assert Gate in signable_models()
    assert SignOff.objects.prefetch_related("signatures").get(gate=gate).is_settled
    assert found() == []


def test_it_closes_with_everything_else_of_its_deployment(cast):
    gate = begin(cast)
    deployments.cancel_deployment(cast.deployment, by=again(cast.lead), reason="Superseded")
    with pytest.raises(WrongState, match="closed"):
        sign(gate, cast.member, Meaning.PERFORMED)
    assert found() == []


def test_its_sign_off_belongs_to_it_alone(cast):
    gate = begin(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Gate._base_manager.create(deployment=cast.deployment, condition="x", sign_off=cast.items[0].sign_off)
    assert gate.sign_off.subject == f"gate:{gate.pk.hex}"


def test_a_condition_changed_behind_the_applications_back_is_found_twice(cast):
    gate = begin(cast)
    sign(gate, cast.member, Meaning.PERFORMED)
    lift_all()
    Gate._base_manager.filter(pk=gate.pk).update(condition="p95 under 3 s")
    assert found() == [
        "the gate “gate “p95 under 3 s”” is not as this entry proves it",
        "the content of gate “p95 under 3 s” is not the one its keys cover",
    ]


def test_a_gate_that_vanished_leaves_an_orphan_that_is_named(cast):
    gate = begin(cast)
    lift_all()
    Gate._base_manager.all()._raw_delete("default")
    assert found() == [
        f"the gate {gate.pk} it proves is gone from the tables",
        f"the sign-off of gate:{gate.pk.hex} belongs to nothing",
    ]
