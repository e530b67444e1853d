"""The people, a second administrator, and a zone that both know."""

from types import SimpleNamespace

import pytest

from apps.accounts import commands as accounts
from apps.ledger.commands import SYSTEM
from apps.zones import commands
from apps.zones.models import Widening, Zone
from tests.cast import again


@pytest.fixture
def cast(people):
    """The people with `admin` (the first person), `second`, `zone`, and `open(...)` which both have a part in."""
    accounts.change_administrator(people.reviewer, by=SYSTEM, is_admin=True)
    people.admin, people.second = again(people.stranger), again(people.reviewer)
    zone = commands.create_zone(by=people.admin, queue="factory", name="Factory", description="Behind the firewall")

    def widen(**what) -> Widening:
        proposed = commands.propose_widening(zone, by=people.admin, **what)
        return commands.confirm_widening(proposed, by=people.second, shown=proposed.digest)

    def load() -> Zone:
        return Zone.objects.get(pk=zone.pk)

    return SimpleNamespace(**vars(people), zone=zone, widen=widen, load=load)
