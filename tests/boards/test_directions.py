"""What people type is shown to signers in the order it was signed: nothing turns the reading direction."""

import json
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.boards.forms import board, items, lifecycle, rollback, sheet
from apps.checklists.rules.variables import Variable
from apps.core.clock import Clock
from apps.core.forms.ceremonies import CLAIM
from apps.deployments.models import Deployment, Item, Waiver
from apps.evidence.models import Evidence
from apps.rollback.models import RollbackPlan
from apps.sheets.models import Sheet
from apps.sheets.selectors import page_digest
from tests import cast
from tests.boards.desk import address, send
from tests.cast import PASSWORD
from tests.waivers import asking

pytestmark = pytest.mark.django_db
TURNING = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]
TURNED = "".join(f"w{sign}" for sign in TURNING)
STRAIGHT = "w" * len(TURNING)
SCRIPTS = "بوابة الدفع שער התשלומים می\u200cخواهم \u200f\u061c\u200e👩\u200d🚀"
FORMS = [
    form
    for module in (board, items, lifecycle, rollback, sheet)
    for form in vars(module).values()
    if isinstance(form, type) and issubclass(form, forms.Form)
]


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    return stage


def client(who: User) -> Client:
    browser = Client()
    browser.force_login(who)
    return browser


def url(made: SimpleNamespace, name: str) -> str:
    return reverse(f"deployments:{name}", args=[made.team.slug, made.deployment.number])


def has_turns(value: Any) -> bool:
    return any(sign in json.dumps(value, ensure_ascii=False) for sign in TURNING)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_every_field_for_words_leaves_out_what_turns_the_direction(form: type[forms.Form]) -> None:
    for name, field in form.base_fields.items():
        if isinstance(field, forms.CharField) and not field.widget.is_hidden and name not in CLAIM:
            assert isinstance(field, items.OneLine | items.Text | items.WebAddressField), name
            assert not has_turns(field.to_python(f"https://a.example/{TURNED}")), name


def test_a_deployment_is_called_what_its_signers_read(made: SimpleNamespace) -> None:
    start = f"{reverse('deployments:create_deployment', args=[made.team.slug])}?template={made.version.pk}"
    typed = {"service": f"{SCRIPTS} \u2066x\u2069", "version": "\u202e0.9\u202c.2\x07", "environment": "\u202edorp"}
    assert client(made.lead).post(start, typed | {"intent": str(uuid.uuid4())}).status_code == 302
    newest = Deployment.objects.get(number=2, team=made.team)
    assert (newest.service, newest.version, newest.environment) == (f"{SCRIPTS} x", "0.9.2", "dorp")


def test_the_values_of_a_checklists_blanks_turn_nothing(made: SimpleNamespace) -> None:
    form = lifecycle.CreateDeployment(
        {"service": "s", "version": "1", "environment": "e", "variable_0": TURNED},
        variables=[Variable("host")],
        clock=Clock(),
        team=made.team,
    )
    assert form.is_valid(), form.errors
    assert form.values["variables"] == {"host": STRAIGHT}


def test_a_name_of_nothing_but_such_characters_is_missing(made: SimpleNamespace) -> None:
    typed = {"service": "".join(TURNING), "version": "1", "environment": "e"}
    form = lifecycle.CreateDeployment(typed, variables=[], clock=Clock(), team=made.team)
    assert form.has_error("service", "required")


def test_what_is_written_on_an_item_turns_nothing_and_keeps_its_lines(made: SimpleNamespace) -> None:
    one, two = made.items[0], made.items[1]
    words = f"{TURNED} {SCRIPTS}\r\n  and {TURNED}"
    result = f"{STRAIGHT} {SCRIPTS}\n  and {STRAIGHT}"
    assert send(made.member, two, "fill_in_item", {"result": words, "value_0": TURNED}).status_code == 302
    filled = Item.objects.get(pk=two.pk)
    assert (filled.result, filled.fill_ins[0]["value"]) == (result, STRAIGHT)
    shown = cast.basis(client(made.lead), address(two), address(two, "edit_item"))
    assert send(made.lead, two, "edit_item", {"title": TURNED, "text": words} | shown).status_code == 302
    edited = Item.objects.get(pk=two.pk)
    assert (edited.title, edited.text) == (STRAIGHT, result)
    assert (
        send(made.member, one, "request_waiver", asking.typed(one, made.member) | {"justification": words}).status_code
        == 302
    )
    assert Waiver.objects.get().justification == result


def test_evidence_turns_nothing_and_an_address_leads_where_it_was_typed_to(made: SimpleNamespace) -> None:
    item = made.items[0]
    note = {"kind": "note", "text": f"saw {TURNED}", "title": TURNED}
    link = {"kind": "link", "url": "https://ci.example.com/\u202etxt"}
    for proof in (note, link):
        assert send(made.member, item, "attach_evidence", proof).status_code == 302
    assert not has_turns(list(Evidence.objects.values_list("title", "url")))
    assert Evidence.objects.get(kind="link").url == "https://ci.example.com/%E2%80%AEtxt"
    assert Evidence.objects.get(kind="note").title == STRAIGHT


def test_a_rollback_plan_turns_nothing_and_keeps_the_lines_of_a_command(made: SimpleNamespace) -> None:
    typed = {"title": [f"Undo {TURNED}\x07 it"], "command": [f"a {TURNED}\r\nb"], "verification": f"{TURNED}\r\nx"}
    assert client(made.lead).post(url(made, "fill_in_rollback_plan"), typed | {"save": "1"}).status_code == 302
    plan = RollbackPlan.objects.get(deployment=made.deployment)
    assert plan.steps == [{"title": f"Undo {STRAIGHT} it", "command": f"a {STRAIGHT}\nb"}]
    assert plan.verification == f"{STRAIGHT}\nx"


def test_the_sheet_turns_nothing(made: SimpleNamespace) -> None:
    cast.make_ready(made)
    typed = {"version_deployed": "\u202e1.4.2\u202c", "issues": TURNED, "resolution": TURNED, "answer": "caveats"}
    shown = page_digest(Deployment.objects.get(pk=made.deployment.pk))
    typed |= {"caveats_owner": str(made.member.pk), "caveats_due_on": "2099-12-31"}
    sent = typed | {
        "caveats": f"{SCRIPTS}\r\n{TURNED}",
        "shown": shown,
        "intent": str(uuid.uuid4()),
        "password": PASSWORD,
    }
    assert client(made.member).post(url(made, "complete_sheet"), sent).status_code == 302
    written = Sheet.objects.get(deployment=made.deployment)
    assert (written.version_deployed, written.issues, written.resolution) == ("1.4.2", STRAIGHT, STRAIGHT)
    assert written.caveats == f"{SCRIPTS}\n{STRAIGHT}"


def test_a_reason_to_cancel_turns_nothing(made: SimpleNamespace) -> None:
    sent = {"reason": f"Given up: {TURNED}", "confirmed": "on"}
    sent |= cast.basis(client(made.lead), url(made, "cancel_deployment"))
    assert client(made.lead).post(url(made, "cancel_deployment"), sent).status_code == 302
    assert Deployment.objects.get(pk=made.deployment.pk).closing_reason == f"Given up: {STRAIGHT}"
