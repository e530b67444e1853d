"""What a grant is worth for a second key, judged by the entries alone."""

from types import SimpleNamespace

import pytest

from apps.accounts.models import Grant, User
from apps.accounts.roles import GRANTED, Role
from apps.deployments.models import Item
from apps.teams import commands as teams
from tests import cast as casting
from tests.cast import BY_PASSWORD, again, give, take
from tests.ledger.test_rule_again import force_key
from tests.tampering import lifted
from tests.teams.rows import asked, held
from tests.teams.test_judge import GONE, change, found, made, record

__all__ = ["made"]  # its fixture
pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]
NO_ROLE = "item 1: who turned a key had no role to do so"


def test_a_role_that_passed_to_somebody_else_is_theirs_no_more(made):
    item = item_with_one_key(made)
    change(held(made, made.reviewer, Role.REVIEWER), made.lead, person=made.member)
    force_key(item, made.reviewer, 2)
    assert NO_ROLE in found()


def test_a_role_that_was_taken_away_is_gone(made):
    item, row = item_with_one_key(made), held(made, made.reviewer, Role.REVIEWER)
    record(made.lead, removed=[row])
    with lifted():
        Grant.objects.filter(pk=row.pk)._raw_delete("default")
    force_key(item, made.reviewer, 2)
    assert found() == [GONE.format(f"accounts.grant/{row.pk}"), NO_ROLE]


def test_a_role_that_ended_a_moment_before_is_gone(made):
    item = item_with_one_key(made)
    take(made.team, made.reviewer, Role.REVIEWER, by=made.lead)
    force_key(item, made.reviewer, 2)
    assert found() == [NO_ROLE]


def test_a_role_that_waits_is_none_yet(made):
    item, row = item_with_one_key(made, by=made.reviewer), asked(made)
    force_key(item, made.member, 2)
    teams.grant_role(row, by=again(made.stranger), evidence=BY_PASSWORD)
    assert found() == [NO_ROLE]


def test_another_role_turns_no_second_key_of_an_item(made):
    item = item_with_one_key(made)
    take(made.team, made.reviewer, Role.REVIEWER, by=made.lead)
    give(made.team, made.reviewer, *(set(GRANTED) - {Role.REVIEWER}), by=made.lead)
    force_key(item, made.reviewer, 2)
    assert found() == [NO_ROLE]


def item_with_one_key(made: SimpleNamespace, by: User | None = None) -> Item:
    """An item that waits for its second key, in a deployment of its own."""
    version = casting.publish(made.team, by=made.lead)
    item = casting.deploy(made.team, version, by=made.lead).items.get(number=1)
    casting.sign(item, by or made.member)
    return item
