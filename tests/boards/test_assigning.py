"""Items are given away as the board showed them: all that was ticked, or nothing where one changed hands meanwhile."""

import re
from types import SimpleNamespace

import pytest
from django.urls import reverse

from apps.accounts.models import Membership, User
from apps.deployments import commands
from apps.deployments.commands import items
from apps.ledger.models import Entry
from apps.teams import commands as teams
from tests.boards.desk import HTMX
from tests.cast import again, signed_in
from tests.house.filled import FormsOfPage

pytestmark = pytest.mark.django_db
BOX = re.compile(r'name="(item|section)"[^>]* value="((?:item|section)_(\d+):[0-9a-f]+)"')


class Desk:
    """One person's board, as it was when they opened it."""

    def __init__(self, cast: SimpleNamespace, person: User) -> None:
        self.cast, self.browser = cast, signed_in(again(person))
        self.page = self.open()

    def open(self) -> dict[tuple[str, str], str]:
        """What each box of the board brings along, by its kind and number."""
        page = self.browser.get(self.address("board")).content.decode()
        return {(kind, number): value for kind, value, number in BOX.findall(page)}

    def address(self, name: str) -> str:
        return reverse(f"deployments:{name}", args=[self.cast.team.slug, self.cast.deployment.number])

    def assign(self, owner: User | None, *numbers: int, section: int | None = None, **headers: str):
        """Tick these items, or the section, choose somebody and send it."""
        sent: dict[str, object] = {"item": [self.page["item", str(number)] for number in numbers]}
        sent |= {"section": self.page["section", str(section)]} if section else {}
        return self.browser.post(
            self.address("assign_items"), sent | {"owner": owner.pk if owner else ""}, headers=headers
        )

    def owners(self) -> list[User | None]:
        return [item.owner for item in self.cast.deployment.items.order_by("number")]


@pytest.fixture
def desk(stage: SimpleNamespace) -> Desk:
    give(stage, stage.reviewer, 1)
    return Desk(stage, stage.lead)


def give(cast: SimpleNamespace, owner: User | None, *numbers: int) -> None:
    """A colleague assigns these items."""
    commands.assign_items(cast.deployment, by=again(cast.reviewer), numbers=numbers, owner=owner)


@pytest.mark.parametrize(("number", "words"), [(2, "item 2 belongs to Ruth Okafor now"), (1, "belongs to nobody now")])
def test_where_one_item_changed_hands_nothing_is_assigned_and_it_is_named(desk, number, words):
    give(desk.cast, desk.cast.reviewer if number == 2 else None, number)
    before, entries = desk.owners(), Entry.objects.count()
    late = desk.assign(desk.cast.member, 1, 2, 3)
    assert late.status_code == 409
    assert words in late.content.decode()
    assert (desk.owners(), Entry.objects.count()) == (before, entries)


def test_sent_again_from_the_answer_all_that_was_ticked_is_assigned(desk):
    give(desk.cast, desk.cast.reviewer, 2)
    late = desk.assign(desk.cast.member, 1, 2, 3)
    [form] = [form for form in FormsOfPage(late.content.decode(), "/").forms if "assign" in form.action]
    assert desk.browser.post(form.action, form.sent()).status_code == 302
    assert desk.owners() == [desk.cast.member] * 3 + [None] * 2


def test_what_the_answer_shows_is_compared_too(desk):
    give(desk.cast, desk.cast.reviewer, 2)
    late = desk.assign(desk.cast.member, 1, 2, 3)
    give(desk.cast, desk.cast.lead, 3)
    [form] = [form for form in FormsOfPage(late.content.decode(), "/").forms if "assign" in form.action]
    later = desk.browser.post(form.action, form.sent())
    assert later.status_code == 409
    assert "item 3 belongs to Lena Brandt now. " in later.content.decode()


def test_htmx_hears_it_in_the_notices_and_is_led_to_the_board_otherwise(desk):
    give(desk.cast, desk.cast.reviewer, 2)
    late = desk.assign(desk.cast.member, 2, **HTMX)
    assert (late.status_code, late.headers["HX-Retarget"]) == (409, "#notices")
    done = desk.assign(desk.cast.member, 1, **HTMX)
    assert done.headers["HX-Redirect"] == desk.address("board")
    assert "1 item assigned to" in desk.browser.get(desk.address("board")).content.decode()


def test_a_section_is_compared_as_a_whole(desk):
    section = desk.cast.items[0].section_id
    give(desk.cast, desk.cast.reviewer, 3)
    late = desk.assign(desk.cast.member, section=section)
    assert late.status_code == 409
    assert "items of that section have other owners now" in late.content.decode()
    desk.page = desk.open()
    assert desk.assign(desk.cast.member, section=section).status_code == 302
    assert desk.owners() == [desk.cast.member] * 3 + [None] * 2


def test_what_else_changed_refuses_nobody(desk):
    """An item is signed, the other half of the board changes hands, somebody is given what is asked for anyway."""
    ruth = again(desk.cast.reviewer)
    give(desk.cast, desk.cast.reviewer, 4, 5)
    give(desk.cast, desk.cast.member, 2)
    commands.edit_item(desk.cast.items[2], by=ruth, title="Another", text="text")
    assert desk.assign(desk.cast.member, 1, 2, 3).status_code == 302
    assert desk.owners()[:3] == [desk.cast.member] * 3


def test_who_left_is_shown_as_nobody_and_hinders_nobody(desk):
    """Neither on a board from before they left, where they were shown, nor on one from after."""
    teams.remove_member(Membership.objects.get(user=desk.cast.reviewer), by=again(desk.cast.lead))
    assert "belongs to nobody now" in desk.assign(desk.cast.member, 1).content.decode()
    desk.page = desk.open()
    assert desk.assign(desk.cast.member, 1).status_code == 302


def test_the_page_of_an_item_whose_owner_left_gives_it_to_somebody_else(desk):
    teams.remove_member(Membership.objects.get(user=desk.cast.reviewer), by=again(desk.cast.lead))
    page = f"{desk.address('board')}items/1/"
    [form] = [
        form for form in FormsOfPage(desk.browser.get(page).content.decode(), page).forms if "assign" in form.action
    ]
    sent = form.sent() | {"owner": [str(desk.cast.member.pk)]}
    assert desk.browser.post(form.action, sent).status_code == 302
    assert desk.owners()[0] == desk.cast.member


def test_numbers_alone_saw_nothing_and_take_nothing_from_anybody(desk):
    owned = desk.browser.post(desk.address("assign_items"), {"item": ["1"], "owner": desk.cast.member.pk})
    assert owned.status_code == 409
    section = desk.cast.items[0].section_id
    whole = desk.browser.post(desk.address("assign_items"), {"section": section, "owner": desk.cast.member.pk})
    assert whole.status_code == 409
    free = desk.browser.post(desk.address("assign_items"), {"item": ["2"], "owner": desk.cast.member.pk})
    assert free.status_code == 302


def test_of_many_changes_the_first_are_named(desk, monkeypatch):
    monkeypatch.setattr(items, "NAMED", 2)
    cast = desk.cast
    give(cast, cast.reviewer, 2, 3, 4, 5)
    give(cast, cast.member, 1)
    answer = desk.assign(cast.lead, 1, 2, 3, 4, 5).content.decode()
    assert answer.count("belongs to") == 2
    assert "and 3 more have other owners." in answer
