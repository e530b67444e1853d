"""Forms that come after the keys fell out: they turn nothing and say so."""

from types import SimpleNamespace

import pytest

from apps.deployments import commands
from tests import cast as casting
from tests.boards.desk import offered, read, send
from tests.cast import again
from tests.waivers import asking

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    return stage


def test_the_form_of_a_key_that_fell_out_turns_nothing_and_says_so(made):
    item = made.items[4]
    form = offered(read(made.member, item))
    assert send(made.member, item, "sign_item", form).status_code == 302
    assert send(made.member, item, "sign_item", form).status_code == 302, "sent twice, it is one signature"
    casting.fill_in(item, made.lead)
    late = send(made.member, item, "sign_item", form)
    assert late.status_code == 409
    assert "fell out since" in late.content.decode()
    assert casting.load(item).sign_off.turned == []


def test_the_form_of_an_approval_that_fell_out_approves_nothing_and_says_so(made):
    item = made.items[0]
    asking.ask(casting.load(item), by=again(made.member), justification="The robot does it in time.")
    waiver = casting.load(item).waiver
    form = offered(read(made.reviewer, item), "approve")
    for _ in range(2):
        assert send(made.reviewer, item, "approve_waiver", form, waiver=waiver.pk).status_code == 302
    commands.edit_item(casting.load(item), by=again(made.lead), title="Another title", text="")
    late = send(made.reviewer, item, "approve_waiver", form, waiver=waiver.pk)
    assert late.status_code == 409
    assert "fell out since" in late.content.decode()
    assert casting.load(item).waiver.sign_off.turned == []
