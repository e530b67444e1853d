"""Ways past the second administrator that each have their proper entry: `verify_ledger` knows the rule by itself."""

from typing import Any

import pytest
from django.utils import timezone

from apps.accounts import commands as accounts
from apps.accounts.models import User
from apps.ledger import commands as ledger
from apps.ledger.commands import SYSTEM
from apps.zones import commands
from apps.zones.events import ZoneEdited
from apps.zones.models import Widening
from project import verification
from tests.cast import again
from tests.tampering import lifted

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]
ALLOW = "10.20.0.0/16:5432"


def found() -> list[str]:
    return [fault.what.partition(": ")[2] for fault in verification.verify().faults if "the guard" not in fault.what]


def record(widening: Widening, by: User, **removed: Any) -> None:
    proves = removed or {"rows": [widening]}
    ledger.record(ledger.INSTANCE, ZoneEdited(queue="factory", name="Factory"), by=by, **proves)


def changed(widening: Widening, by: User, **values: Any) -> Widening:
    """The row with these values, and an entry of its own that proves them."""
    with lifted():
        for name, value in values.items():
            setattr(widening, name, value)
        widening.save()
    record(widening, by)
    return widening


def confirmation(by: User, **more: Any) -> dict[str, Any]:
    now = {"confirmed_by": by, "confirmed_by_name": by.full_name, "confirmed_at": timezone.now(), "since": 2}
    return now | more


@pytest.fixture
def proposed(cast):
    return commands.propose_widening(cast.zone, by=cast.admin, allow=ALLOW)


def test_an_honest_zone_has_no_fault(cast, proposed):
    commands.confirm_widening(proposed, by=cast.second, shown=proposed.digest)
    commands.end_widening(cast.widen(team=cast.team), by=cast.admin)
    commands.end_widening(commands.propose_widening(cast.zone, by=cast.second, allow=":9090"), by=cast.admin)
    assert found() == []


def test_the_only_administrator_confirms_alone_and_nobody_else_does(cast, proposed):
    accounts.change_administrator(again(cast.second), by=SYSTEM, is_admin=False)
    commands.confirm_widening(proposed, by=cast.admin, shown=proposed.digest)
    assert found() == []


@pytest.mark.parametrize("alone", [True, False])
def test_who_proposed_and_confirmed_beside_another_administrator_is_found(cast, proposed, alone):
    changed(proposed, cast.admin, **confirmation(cast.admin, alone=alone))
    assert found() == ["one person proposed and confirmed it, and was not the only administrator"]


def test_a_confirmation_in_anothers_name_is_found(cast, proposed):
    changed(proposed, cast.admin, **confirmation(cast.second))
    assert found() == ["somebody opened or closed it in another’s name"]


def test_a_confirmation_by_no_administrator_is_found(cast, proposed):
    lead = again(cast.lead)
    changed(proposed, lead, **confirmation(lead))
    assert found() == ["who opened or closed it was no administrator"]


def test_what_was_never_proposed_is_found(cast, proposed):
    with lifted():
        other = Widening(zone=cast.zone, allow=":9090", digest=commands.widening_digest("factory", ":9090", None))
        other.proposed_by, other.proposed_by_name, other.proposed_at = cast.admin, "x", timezone.now()
        for name, value in confirmation(cast.second).items():
            setattr(other, name, value)
        other.save(force_insert=True)
    record(other, cast.second)
    assert set(found()) == {
        "somebody opened or closed it in another’s name",
        "it was confirmed before anybody proposed it",
    }


def test_another_opening_under_a_confirmed_digest_is_found(cast, proposed):
    confirmed = commands.confirm_widening(proposed, by=cast.second, shown=proposed.digest)
    changed(confirmed, cast.admin, allow="0.0.0.0/0")
    assert verification.verify().faults[-1].what.endswith("opens something else than its digest says")


def test_what_changes_under_its_confirmation_is_found(cast, proposed):
    confirmed = commands.confirm_widening(proposed, by=cast.second, shown=proposed.digest)
    digest = commands.widening_digest("factory", "0.0.0.0/0", None)
    changed(confirmed, cast.admin, allow="0.0.0.0/0", digest=digest)
    assert found() == ["what was proposed changed"]


@pytest.mark.parametrize("values", [{"since": 7}, {"confirmed_by": None, "confirmed_at": None, "since": None}])
def test_a_confirmation_that_changes_is_found(cast, proposed, values):
    confirmed = commands.confirm_widening(proposed, by=cast.second, shown=proposed.digest)
    changed(confirmed, cast.admin, **values)
    assert found() == ["it changed after it was confirmed"]


def test_what_was_ended_and_opens_again_is_found(cast):
    ended = commands.end_widening(cast.widen(allow=ALLOW), by=cast.admin)
    changed(ended, cast.second, ended_by=None, ended_at=None, until=None)
    assert found() == ["it changed after it was ended"]


def test_what_was_withdrawn_and_is_confirmed_is_found(cast, proposed):
    ended = commands.end_widening(proposed, by=cast.admin)
    changed(ended, cast.second, **confirmation(cast.second), until=3)
    assert found() == ["it was confirmed after it was ended", "it changed after it was ended"][::-1]


def test_what_is_taken_away_is_found(cast, proposed):
    with lifted():
        Widening.objects.filter(pk=proposed.pk).delete()
    record(proposed, cast.admin, removed=[proposed])
    assert "it was taken away" in found()


def test_another_chain_that_tells_of_it_is_found(cast, proposed):
    ledger.record("deployment/x", ZoneEdited(queue="factory", name="Factory"), by=cast.admin, rows=[proposed])
    assert "another chain tells of it" in found()
