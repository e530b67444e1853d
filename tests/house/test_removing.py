"""Whoever takes something away with a page that is older takes away nothing else than that page showed."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from apps.accounts import commands as accounts
from apps.accounts.models import Membership
from apps.accounts.roles import Role
from apps.attachments import commands as attachments
from apps.checklists import commands as checklists
from apps.deployments import commands as deployments
from apps.deployments.models import Waiver
from apps.ledger.models import Entry
from apps.sheets.states import Answer
from tests import cast as casting
from tests.cast import again, basis, signed_in
from tests.house import test_walk
from tests.house.routes import REASON, ROUTES, nothing, says

made, stage, no_broker = test_walk.made, test_walk.stage, test_walk.no_broker  # its fixtures
pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]
Change = Callable[[SimpleNamespace], Any]


def another_probe(stage: SimpleNamespace) -> None:
    url = {"url": "https://example.com/other"}
    attachments.attach_probe(stage.items[1], by=again(stage.member), name="Other", kind="http", config=url)


def another_key(stage: SimpleNamespace) -> None:
    casting.sign(stage.items[3], stage.reviewer)


def an_approval(stage: SimpleNamespace) -> None:
    waiver = Waiver.objects.select_related("sign_off", "item").get(pk=stage.waiver.pk)
    digest = waiver.sign_off.digest
    deployments.approve_waiver(waiver, by=again(stage.reviewer), shown=digest, intent=waiver.item_id)


def completed_again(stage: SimpleNamespace) -> None:
    casting.complete(stage, stage.ending, answer=Answer.NO)


def another_role(stage: SimpleNamespace) -> None:
    accounts.change_role(Membership.objects.get(user=stage.member), by=again(stage.lead), role=Role.REVIEWER)


def another_text(stage: SimpleNamespace) -> None:
    checklists.correct_import(stage.imported, by=again(stage.member), source="# Mine\n\n- [ ] all day\n")


# The page that offers it, the act, what it takes besides, and what somebody else does meanwhile.
REMOVING: dict[str, tuple[str, Any, Change]] = {
    "deployments:detach_probe": ("deployments:item", REASON, another_probe),
    "deployments:reject_item": ("deployments:item", REASON, another_key),
    "deployments:end_waiver": ("deployments:item", says(why="There is time after all"), an_approval),
    "deployments:send_back_sheet": ("deployments:sheet", REASON, completed_again),
    "accounts:remove_member": ("accounts:people", nothing, another_role),
    "checklists:discard_import": ("checklists:preview", nothing, another_text),
}


@pytest.mark.parametrize("name", REMOVING)
def test_nothing_else_is_taken_away_than_was_shown(stage, name):
    page, body, change = REMOVING[name]
    act = test_walk.Asking(stage, name, None).url
    parts = ("team", "number", "item", "imported")
    arguments = {key: value for key, value in ROUTES[name].arguments(stage).items() if key in parts}
    shown_on = reverse(page, kwargs=arguments)
    browser = signed_in(again(stage.lead))
    form = f"{act}?" if name == "accounts:remove_member" else act
    old = {**body(stage), **basis(browser, shown_on, form)}
    change(stage)
    entries = Entry.objects.count()
    late = browser.post(act, old)
    assert late.status_code == 409, f"{name}: its form inherits from AgainstShown, its command asks require_same"
    assert "changed after you opened it" in late.content.decode()
    assert Entry.objects.count() == entries
    now = {**body(stage), **basis(browser, shown_on, form)}
    assert browser.post(act, now).status_code == 302
    assert Entry.objects.count() > entries
