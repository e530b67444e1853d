"""A key turned over what has changed is refused, and the refusal shows what changed: old, new, and what to do."""

import json
import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from apps.attachments import commands as attachments
from apps.deployments import commands
from apps.evidence.models import Kind
from apps.signoff.models import Signature
from tests import cast as casting
from tests.boards.desk import at, offered, read, send
from tests.cast import again, words
from tests.waivers import asking

pytestmark = pytest.mark.django_db
SEEN = re.compile(r'name="seen" value="([^"]*)"')


def opened(person, item, form="sign"):
    """What the form of the page brings along, what was seen included."""
    page = read(person, item)
    start = page.index(f'id="{form}-password"')
    found = SEEN.search(page[page.rindex("<form", 0, start) : start])
    return offered(page, form) | {"seen": unescape(found[1])}


def test_the_refusal_shows_old_and_new(stage):
    item = stage.items[0]
    given = opened(stage.reviewer, item)
    commands.edit_item(item, by=again(stage.lead), title="Take a backup of stock", text="Both regions.")
    answer = send(stage.reviewer, item, "sign_item", given)
    text = words(answer)
    assert answer.status_code == 409
    assert "Nothing was signed" in text
    assert "Lena Brandt changed the text" in text
    assert "<ins>stock</ins>" in text
    assert "<ins>Both regions.</ins>" in text
    assert not Signature.objects.filter(sign_off=item.sign_off_id).exists()
    assert opened(stage.reviewer, item)["shown"] in text  # the form below is over what stands there now


def test_result_evidence_and_blanks_are_told_apart(stage):
    item = stage.items[1]
    casting.fill_in(item, stage.member, result="Migrated", value="4 min")
    given = opened(stage.reviewer, item)
    casting.fill_in(item, stage.member, result="Migrated twice", value="9 min")
    attachments.attach_evidence(item, by=again(stage.member), kind=Kind.NOTE, title="Log of the run", text="All green")
    text = words(send(stage.reviewer, item, "sign_item", given))
    assert "<strong>Result</strong>" in text
    assert "<strong>Fill ins</strong>" in text
    assert "<ins>9</ins>" in text
    assert "<strong>Evidence</strong>" in text
    assert "<ins>Log of the run, sha256" in text
    assert "<strong>Title</strong>" not in text


def test_what_was_not_shown_is_not_believed(stage):
    item = stage.items[0]
    given = opened(stage.reviewer, item)
    commands.edit_item(item, by=again(stage.lead), title="Otherwise", text="")
    made_up = json.dumps({**json.loads(given["seen"]), "title": "made up"})
    answer = send(stage.reviewer, item, "sign_item", given | {"seen": made_up})
    assert answer.status_code == 409
    assert "made up" not in answer.content.decode()
    assert "Lena Brandt changed the text" in words(answer)


def test_without_it_the_sentence_says_what_changed(stage):
    item = stage.items[0]
    given = opened(stage.reviewer, item)
    del given["seen"]
    commands.edit_item(item, by=again(stage.lead), title="Otherwise", text="")
    answer = send(stage.reviewer, item, "sign_item", given)
    assert answer.status_code == 409
    assert "Lena Brandt changed the text" in words(answer)


def test_an_approval_of_a_waiver_is_refused_alike(stage):
    item = stage.items[3]
    waiver = asking.ask(item, by=again(stage.member))
    given = opened(stage.reviewer, item, "approve")
    commands.edit_item(casting.load(item), by=again(stage.lead), title="Les tableaux sont rouges", text="")
    answer = send(stage.reviewer, item, "approve_waiver", given, waiver=waiver.pk)
    text = words(answer)
    assert answer.status_code == 409
    assert "Nothing was signed" in text
    assert "<ins>rouges</ins>" in text
    assert not Signature.objects.filter(sign_off=waiver.sign_off_id).exists()


def test_the_history_shows_what_an_entry_changed(stage):
    item = stage.items[0]
    casting.sign(item, stage.member)
    commands.edit_item(item, by=again(stage.lead), title="Take a backup of stock", text="")
    page = read(stage.member, item)
    url = f"{reverse('deployments:history', args=['pay', stage.deployment.number])}?q=item+{item.number}"
    assert f'<a href="{url}">What changed</a>' in page
    text = words(at(stage.member).get(url))
    assert "<summary>What changed</summary>" in text
    assert "<ins>stock</ins>" in text


def test_what_a_result_replaced_stands_in_the_history(stage, client: Client):
    casting.fill_in(stage.items[1], stage.member, result="Migrated in one go", value="4 min")
    casting.fill_in(stage.items[1], stage.member, result="Migrated in two goes", value="9 min")
    client.force_login(stage.auditor)
    text = words(client.get(reverse("deployments:history", args=["pay", stage.deployment.number])))
    assert "<ins>two</ins>" in text
    assert "<ins>9</ins>" in text


def test_a_second_key_whose_first_fell_out_shows_what_changed(stage):
    item = stage.items[0]
    casting.sign(item, stage.member)
    given = opened(stage.reviewer, item)
    casting.fill_in(item, stage.lead, result="3 errors in eu-2")
    text = words(send(stage.reviewer, item, "sign_item", given))
    assert "Nothing was signed" in text
    assert "The keys fell out, so your key means something else now." in text
    assert "<ins>3 errors in eu-2</ins>" in text
