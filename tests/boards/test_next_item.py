"""After a key was turned, the next item that waits for who turned it is one key away, on the board and on its page."""

from types import SimpleNamespace

import pytest

from apps.boards.selectors.next_item import waiting_for
from apps.deployments import commands
from apps.deployments.models import Item
from apps.deployments.selectors.readiness import members
from tests import cast as casting
from tests.boards.desk import address, offered, read, send_htmx
from tests.cast import again, words

pytestmark = pytest.mark.django_db
NEXT = "Next for you: item"


def half(made: SimpleNamespace, *places: int) -> list[Item]:
    """Items of these places with a first key by the member."""
    for place in places:
        casting.sign(made.items[place], made.member)
    return [made.items[place] for place in places]


def test_the_next_item_stands_where_a_key_was_just_turned(stage):
    first, later = half(stage, 0, 4)
    page = read(stage.reviewer, first)
    assert NEXT not in page
    answer = send_htmx(stage.reviewer, first, "sign_item", offered(page), on=address(first).partition("items/")[0])
    text = words(answer)
    assert "All keys are turned" in text
    assert f"{NEXT} {later.number}" in text
    assert f'href="{address(later)}" data-open data-key="n"' in text
    assert "Second key, after 佐藤 Mika." in text


def test_it_goes_on_behind_the_item_and_begins_again_after_the_last(stage):
    half(stage, 0, 3, 4)
    casting.sign(stage.items[3], stage.reviewer)
    assert f"{NEXT} {stage.items[4].number} " in read(stage.reviewer, stage.items[3])
    casting.sign(stage.items[4], stage.reviewer)
    assert f"{NEXT} {stage.items[0].number} " in read(stage.reviewer, stage.items[4])


def test_it_says_so_when_nothing_is_left(stage):
    (item,) = half(stage, 0)
    casting.sign(item, stage.reviewer)
    page = read(stage.reviewer, item)
    assert "Nothing else of this deployment waits for you." in page
    assert NEXT not in page


def test_who_turned_no_key_is_led_nowhere(stage):
    half(stage, 0, 4)
    casting.sign(stage.items[0], stage.reviewer)
    page = read(stage.other_reviewer, stage.items[0])
    assert NEXT not in page
    assert "this deployment waits for you" not in page


def test_a_key_that_fell_out_leads_nowhere(stage):
    half(stage, 0, 4)
    casting.sign(stage.items[0], stage.reviewer)
    commands.edit_item(stage.items[0], by=again(stage.lead), title="Otherwise", text="")
    assert NEXT not in read(stage.reviewer, stage.items[0])


def test_what_they_worked_on_is_not_theirs_to_verify(stage):
    half(stage, 0, 4)
    commands.edit_item(stage.items[1], by=again(stage.reviewer), title="Mine", text="")
    people = members(stage.team)
    numbers = [row.number for row in waiting_for(stage.deployment, again(stage.reviewer), people)]
    assert numbers == [stage.items[0].number, stage.items[4].number]
    assert waiting_for(stage.deployment, again(stage.member), people) == []


def test_what_they_own_waits_for_them_before_anybody_signed(stage):
    commands.assign_items(stage.deployment, by=again(stage.lead), owner=stage.member, numbers=[4, 5])
    people = members(stage.team)
    found = [waiting_for(stage.deployment, again(stage.member), people, after=number) for number in (0, 2, 4)]
    assert [[row.number for row in rows] for rows in found] == [[4, 5], [4, 5], [5]]
