"""Taking a key back while the deployment closes, in two threads: closed with the key valid, or blocked."""

import uuid
from typing import Any

import pytest

from apps.core.errors import WrongState
from apps.deployments import commands as deployments
from project import verification
from tests import cast as casting
from tests.cast import again, proof
from tests.signoff.races.at_once import at_once, refusals

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.unrecorded]


def test_withdrawing_while_it_closes_is_refused_or_blocks():
    made = casting.stage()
    casting.make_ready(made)
    sheet = casting.complete(made)
    now, person, closing = casting.load(made.items[0]), again(made.reviewer), made.other_reviewer
    terms: dict[str, Any] = {"shown": now.sign_off.digest, "revision": now.sign_off.revision, "intent": uuid.uuid4()}
    terms |= {"reason": "I read the wrong log", "proof": proof(person)}
    ends = at_once(
        lambda: deployments.withdraw_key(now, by=person, **terms),
        lambda: casting.verify(made, sheet, by=closing),
    )
    (refusal,) = refusals(ends)
    assert isinstance(refusal, WrongState)
    made.deployment.refresh_from_db()
    is_valid = len(casting.load(made.items[0]).sign_off.turned) == 2
    assert made.deployment.is_over == is_valid, "closed with it valid, or blocked"
    assert verification.verify().faults == []
