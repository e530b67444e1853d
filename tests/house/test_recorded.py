"""What the end of every test finds (tests/recorded.py)."""

from types import SimpleNamespace

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction

from apps.accounts.roles import Role
from apps.deployments.events import ItemsAssigned
from apps.deployments.models import Item
from apps.ledger import commands as ledger
from tests import cast, recorded, tampering
from tests.recorded import verify_what_was_recorded, watch_writing

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]


def end(*, has_transactions: bool = False) -> None:
    """What happens at the end of a test that may reach the database."""
    marker = SimpleNamespace(kwargs={"transaction": has_transactions})
    markers = {"django_db": marker}
    verify_what_was_recorded(SimpleNamespace(get_closest_marker=markers.get, fixturenames=[]))


def forget(stage: SimpleNamespace) -> None:
    """A command that names no row and writes no entry."""
    Item.objects.filter(pk=stage.items[0].pk).update(owner=stage.member)


def assigned(item: Item) -> ItemsAssigned:
    return ItemsAssigned(items=[str(item.pk)], numbers=[item.number], owner=item.owner_id, owner_name="")


def test_a_row_that_was_changed_without_an_entry_fails_the_test(stage: SimpleNamespace) -> None:
    forget(stage)
    with pytest.raises(AssertionError, match="not as this entry proves it"):
        end()


def test_a_row_that_differs_only_from_what_its_entry_says_fails_the_test(stage: SimpleNamespace) -> None:
    item = Item.objects.get(pk=stage.items[0].pk)
    item.owner = stage.member
    ledger.record(stage.deployment.stream, assigned(item), by=stage.lead, rows=[item])
    with pytest.raises(AssertionError, match="not as this entry proves it"):
        end()


def test_what_is_worked_out_from_a_row_that_was_written_is_worked_out_again(stage: SimpleNamespace) -> None:
    """The entry proves the row, and only the keys say otherwise."""
    cast.sign(stage.items[3], stage.member)
    with recorded.standing():
        with tampering.lifted():
            Item.objects.filter(pk=stage.items[3].pk).update(title="Another")
        tampering.was_used()
        item = Item.objects.get(pk=stage.items[3].pk)
        ledger.record(stage.deployment.stream, assigned(item), by=stage.lead, rows=[item])
        with pytest.raises(AssertionError, match="is not the one its keys cover"):
            end()


def test_what_stands_around_tests_and_is_not_whole_fails_each_of_them(stage: SimpleNamespace) -> None:
    forget(stage)
    with recorded.standing():
        cast.sign(stage.items[3], stage.member)
        with pytest.raises(AssertionError, match="not as this entry proves it"):
            end()


def test_what_stands_around_tests_is_not_read_again_where_none_of_them_wrote(stage: SimpleNamespace) -> None:
    """Which is why a test is asked for all that it wrote."""
    forget(stage)
    watch_writing()
    cast.join(stage.team, by=stage.lead, username="new", full_name="New", role=Role.MEMBER)
    end()


def test_a_command_that_records_what_it_did_passes(stage: SimpleNamespace) -> None:
    cast.sign(stage.items[0], stage.member)
    end()


def test_a_test_that_wrote_nothing_is_not_asked(stage: SimpleNamespace) -> None:
    forget(stage)
    watch_writing()
    SessionStore().create()
    end()


def test_threads_write_where_nobody_watches_so_their_test_is_always_asked(stage: SimpleNamespace) -> None:
    forget(stage)
    watch_writing()
    with pytest.raises(AssertionError, match="not as this entry proves it"):
        end(has_transactions=True)


def test_what_was_rolled_back_was_not_written(stage: SimpleNamespace) -> None:
    with transaction.atomic():
        forget(stage)
        transaction.set_rollback(True)
    assert not recorded._written
    end()


def test_what_was_written_before_the_point_that_it_rolls_back_to_stays_written(stage: SimpleNamespace) -> None:
    forget(stage)
    with transaction.atomic():
        cast.sign(stage.items[3], stage.member)
        transaction.set_rollback(True)
    with pytest.raises(AssertionError, match="not as this entry proves it"):
        end()
