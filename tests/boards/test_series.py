"""Several keys in one series: each item opened and read, one answer, all or none."""

import re
import uuid
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from apps.deployments import commands
from apps.factors.models import SigningSeries
from apps.ledger.models import Entry
from apps.signoff.models import Signature
from tests import cast as casting
from tests.boards.desk import at
from tests.cast import PASSWORD, again, words

pytestmark = pytest.mark.django_db
TICK = re.compile(r'name="item" value="((\d+)\.[^"]*)"')
SEEN = re.compile(r'name="(seen_\d+)" value="([^"]*)"')


@pytest.fixture
def half(stage: SimpleNamespace) -> SimpleNamespace:
    """The stage with first keys on three items."""
    for place in (0, 3, 4):
        casting.sign(stage.items[place], stage.member)
    return stage


def address(made, name="series"):
    return reverse(f"deployments:{name}", args=["pay", made.deployment.number])


def opened(made, person, *numbers) -> dict[str, Any]:
    """What the page brings along, with the items of these numbers ticked."""
    page = at(person).get(address(made), {"item": numbers}).content.decode()
    boxes = {int(number): box for box, number in TICK.findall(page)}
    return {
        "item": [boxes[number] for number in numbers],
        "offered": [*boxes],
        "intent": str(uuid.uuid4()),
        "password": PASSWORD,
        **{name: unescape(seen) for name, seen in SEEN.findall(page)},
    }


def send(made, person, given):
    return at(person).post(address(made, "sign_items"), given)


def test_the_page_offers_what_waits_each_behind_all_that_its_key_covers(half):
    page = at(half.reviewer).get(address(half)).content.decode()
    assert [int(number) for _, number in TICK.findall(page)] == [1, 4, 5]
    row = page[page.index('id="r4"') : page.index('id="r5"')]
    title = row.index("<b\n        >Title:</b> Les tableaux de bord")
    assert row.index("</summary>") < title < row.index('type="checkbox"')
    assert "checked" not in row
    assert "verified</strong>, the second key" in words(at(half.reviewer).get(address(half)))


def test_the_page_shows_what_its_address_names_and_the_board_leads_to_it(half):
    page = at(half.reviewer).get(address(half), {"item": ["4", "junk", "99"]}).content.decode()
    assert [int(number) for _, number in TICK.findall(page)] == [4]
    board = at(half.reviewer).get(address(half, "board")).content.decode()
    assert f'href="{address(half)}" data-series' in board
    assert '<a class="btn small" href="series/">Sign several in one series</a>' in board


def test_what_cannot_be_signed_says_why(half):
    casting.sign(half.items[3], half.reviewer)
    text = words(at(half.reviewer).get(address(half), {"item": [4, 5, 2]}))
    assert "2 items stay out of it" in text
    assert "All keys are turned already." in text
    assert "first; a signature covers it." in text


def test_one_answer_turns_each_key_by_a_signature_and_an_entry_of_its_own(half):
    before = Entry.objects.filter(stream=half.deployment.stream).count()
    answer = send(half, half.reviewer, opened(half, half.reviewer, 1, 4, 5))
    assert answer.status_code == 302, words(answer)
    keys = Signature.objects.filter(signer=half.reviewer).order_by("signed_at")
    assert [key.sign_off_id for key in keys] == [half.items[place].sign_off_id for place in (0, 3, 4)]
    assert {key.slot for key in keys} == {2}
    assert len({key.intent for key in keys}) == 3
    assert {key.series_id for key in keys} == {SigningSeries.objects.get(person=half.reviewer).pk}
    entries = Entry.objects.filter(stream=half.deployment.stream).order_by("-sequence")[:3]
    assert {entry.item for entry in entries} == {half.items[place].pk for place in (0, 3, 4)}
    assert Entry.objects.filter(stream=half.deployment.stream).count() == before + 3


def test_the_same_form_twice_turns_each_key_once(half):
    given = opened(half, half.reviewer, 1, 4)
    assert [send(half, half.reviewer, given).status_code for _ in range(2)] == [302, 302]
    assert Signature.objects.filter(signer=half.reviewer).count() == 2


def test_one_change_stops_the_whole_series_and_is_shown(half):
    given = opened(half, half.reviewer, 1, 4, 5)
    commands.edit_item(half.items[3], by=again(half.lead), title="Les tableaux sont rouges", text="")
    casting.sign(half.items[3], half.member)
    answer = send(half, half.reviewer, given)
    text = words(answer)
    assert answer.status_code == 409
    assert not Signature.objects.filter(signer=half.reviewer).exists()
    assert not SigningSeries.objects.filter(person=half.reviewer).exists()
    assert "No key of this series was turned, because of item 4." in text
    assert "Lena Brandt changed the text" in text
    assert "<ins>rouges</ins>" in text
    checked = re.findall(r'id="tick-(\d)"[^>]* checked', text)
    assert checked == ["1", "5"]  # the one that changed is read again


@pytest.mark.parametrize("stopped_by", ["rejected", "gone", "keyed"])
def test_whatever_stands_against_one_stands_against_all(half, stopped_by):
    given = opened(half, half.reviewer, 1, 5)
    if stopped_by == "rejected":
        commands.reject_item(half.items[4], by=again(half.other_reviewer), reason="Look at the error rate again")
    elif stopped_by == "keyed":
        casting.sign(half.items[4], half.other_reviewer)
    else:
        given["item"][1] = re.sub(r"^5\.", "77.", given["item"][1])
    answer = send(half, half.reviewer, given)
    assert answer.status_code == 409, words(answer)
    assert f"because of item {77 if stopped_by == 'gone' else 5}." in words(answer)
    assert not Signature.objects.filter(signer=half.reviewer).exists()


def test_nothing_is_signed_without_a_tick_or_with_the_wrong_answer(half):
    given = opened(half, half.reviewer, 1, 4)
    nothing = send(half, half.reviewer, given | {"item": []})
    wrong = send(half, half.reviewer, given | {"password": "not mine"})
    assert [nothing.status_code, wrong.status_code] == [422, 422]
    assert "Only ticked items are signed" in words(nothing)
    assert "this is not your password" in words(wrong)
    assert re.findall(r'id="tick-(\d)"[^>]* checked', words(wrong)) == ["1", "4"]
    assert not Signature.objects.filter(signer=half.reviewer).exists()


def test_a_series_has_an_end(half):
    given = opened(half, half.reviewer, 1)
    box = given["item"][0]
    twice = send(half, half.reviewer, given | {"item": [box, box]})
    many = send(half, half.reviewer, given | {"item": [re.sub(r"^1", str(n), box) for n in range(1, 52)]})
    assert [twice.status_code, many.status_code] == [409, 422]
    assert "A series turns 1 to 50 keys" in words(twice)
    assert not Signature.objects.filter(signer=half.reviewer).exists()


def test_a_key_of_another_deployment_is_not_in_this_series(half):
    other = casting.deploy(half.team, half.version, by=half.lead, service="stock")
    item = other.items.get(number=1)
    casting.sign(item, half.member)
    given = opened(half, half.reviewer, 1)
    given["item"] = [f"1.2.{casting.load(item).sign_off.digest}"]
    assert send(half, half.reviewer, given).status_code == 409
    assert not Signature.objects.filter(signer=half.reviewer).exists()


def test_who_reads_only_signs_nothing(half):
    given = opened(half, half.reviewer, 1, 4)
    answer = send(half, half.auditor, given)
    assert answer.status_code == 403
    assert not Signature.objects.filter(signer=half.auditor).exists()
