"""What the end of every test finds (tests/recorded.py)."""

from types import SimpleNamespace

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction

from apps.deployments.models import Item
from tests import cast, recorded
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


def test_a_row_that_was_changed_without_an_entry_fails_the_test(stage: SimpleNamespace) -> None:
    forget(stage)
    with pytest.raises(AssertionError, match="not as this entry proves it"):
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
    watch_writing()  # the first test of a file has its stage written
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
