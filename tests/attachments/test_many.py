"""Many pieces on one item: attaching and taking away read digests alone, and the page shows a part of them."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.attachments import commands
from apps.boards.selectors import pieces as pages
from apps.deployments.models import Item
from apps.evidence.models import Kind
from apps.signoff.rules import content_digest
from tests import cast as casting
from tests.cast import again, signed_in

pytestmark = pytest.mark.django_db


def attach(made: SimpleNamespace, number: int) -> Any:
    note: dict[str, Any] = {"kind": Kind.NOTE, "title": f"Seen {number}", "text": f"It works {number}."}
    return commands.attach_evidence(made.items[0], by=again(made.member), **note)


def take_away(made: SimpleNamespace, piece: Any) -> None:
    commands.remove_evidence(made.items[0], by=again(made.member), evidence=piece)


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], tuple[int, int]]:
    """How many questions an act asks, and how many rows it makes into instances."""
    count = [0]
    original = Model.from_db.__func__  # type: ignore[attr-defined]

    def from_db(cls: Any, *arguments: Any) -> Any:
        count[0] += 1
        return original(cls, *arguments)

    monkeypatch.setattr(Model, "from_db", classmethod(from_db))

    def measure(act: Callable[[], Any]) -> tuple[int, int]:
        count[0] = 0
        with CaptureQueriesContext(connection) as asked:
            act()
        return len(asked), count[0]

    return measure


def test_attaching_and_taking_away_read_no_other_piece(stage: SimpleNamespace, reading: Any) -> None:
    first = attach(stage, 0)
    few = reading(lambda: attach(stage, 1))
    taken = reading(lambda: take_away(stage, first))
    pieces = [attach(stage, number) for number in range(2, 14)]
    assert reading(lambda: attach(stage, 14)) == few
    assert reading(lambda: take_away(stage, pieces[3])) == taken


def test_what_keys_cover_is_what_is_attached_in_its_order(stage: SimpleNamespace) -> None:
    pieces = [attach(stage, number) for number in range(4)]
    take_away(stage, pieces[1])
    item = casting.load(stage.items[0])
    assert item.evidence == [pieces[0], *pieces[2:]]
    assert item.sign_off.digest == content_digest(item.content(pinned=None))


def test_a_page_shows_a_part_of_many_pieces_the_last_where_none_is_asked_for(
    stage: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PIECES_SHOWN", 3)
    for number in range(8):
        attach(stage, number)
    browser = signed_in(stage.member)
    url = reverse("deployments:item", args=["pay", stage.deployment.number, 1])

    def shown(page: str = "") -> list[str]:
        return [piece.evidence.text for piece in browser.get(url, {"page": page} if page else {}).context["pieces"]]

    assert shown() == ["It works 6.", "It works 7."]
    assert shown("1") == ["It works 0.", "It works 1.", "It works 2."]
    assert "?page=2" in browser.get(url).content.decode()
    panel = browser.get(f"{url}panel/", headers={"HX-Request": "true"}).content.decode()
    assert f'href="{url}#evidence">All 8 pieces' in panel
    assert "?page=" not in panel


def test_an_item_with_many_pieces_is_signed_over_all_of_them(
    stage: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PIECES_SHOWN", 2)
    for number in range(5):
        attach(stage, number)
    page = signed_in(stage.reviewer).get(reverse("deployments:item", args=["pay", stage.deployment.number, 1]))
    item = Item.objects.for_signing().get(pk=stage.items[0].pk)
    assert content_digest(item.content(pinned=None)) in page.content.decode()
    assert all(f"Seen {number}, sha256" in page.content.decode() for number in range(5))
