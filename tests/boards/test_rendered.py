"""Boards in the process: one cache, limited by rows, whose newest shown stay, and each read once for all who ask."""

import threading
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from cachetools import LRUCache

from apps.boards.selectors import rendered
from apps.boards.selectors.board import with_probe_versions
from apps.boards.selectors.rendered import Board, board_at, board_of
from apps.deployments.models import Deployment
from apps.deployments.selectors.readiness import Members, members
from tests import cast


def board(rows: int) -> Board:
    row = SimpleNamespace(item=SimpleNamespace(changes=None))
    keys = {(number, 1, None, None): row for number in range(rows)}
    return Board((0, 0, Members([])), None, [], (), keys, {})  # type: ignore[arg-type]


def test_the_board_that_is_shown_again_and_again_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendered, "BOARDS", LRUCache(300, getsizeof=rendered.BOARDS.getsizeof))
    monkeypatch.setattr(rendered, "_read", lambda pk, version, last: board(90))
    hot, others = uuid4(), [uuid4() for _ in range(5)]
    version = (0, 0, Members([]))
    first = board_at(hot, version)
    for other in others:
        board_at(other, version)
        assert board_at(hot, version) is first
    assert others[0] not in rendered.BOARDS
    assert rendered.BOARDS.currsize <= 300


def test_a_board_that_many_ask_for_at_once_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    started, go, read = threading.Event(), threading.Event(), []

    def slowly(pk: UUID, version: rendered.Version, last: Board | None) -> Board:
        read.append(pk)
        started.set()
        assert go.wait(10)
        return board(1)

    monkeypatch.setattr(rendered, "BOARDS", LRUCache(100))
    monkeypatch.setattr(rendered, "_read", slowly)
    pk, found = uuid4(), []
    askers = [threading.Thread(target=lambda: found.append(board_at(pk, (0, 0, Members([]))))) for _ in range(8)]
    for asker in askers:
        asker.start()
    assert started.wait(10)
    go.set()
    for asker in askers:
        asker.join(10)
    assert len(read) == 1
    assert len({id(each) for each in found}) == 1


@pytest.mark.django_db
def test_after_a_change_only_the_changed_row_is_another(stage: SimpleNamespace) -> None:
    made = stage

    def now() -> Board:
        found = with_probe_versions(Deployment.objects.visible_to(made.lead)).get(pk=made.deployment.pk)
        return board_of(found, members(found.team))

    before = now()
    before.body, now()
    cast.sign(made.items[0], made.member)
    after = now()
    same = [old is new for old, new in zip(before.rows, after.rows, strict=True)]
    assert same == [False, True, True, True, True]
    assert after.groups[made.items[4].section_id] is before.groups[made.items[4].section_id]
