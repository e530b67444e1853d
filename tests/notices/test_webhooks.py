"""What is posted for a team: in the shape of each receiver, once, through the one door, whatever answers."""

import hashlib
import hmac
import json
import re

import pytest

from apps.core.errors import NotAllowed, Refusal, WrongState
from apps.ledger.commands import SYSTEM
from apps.notices import commands, formats, tasks
from apps.notices.formats import Posted
from apps.notices.models import Delivery, Notice, Post, Webhook
from apps.notices.rules import OF_A_TEAM, Shape
from apps.notices.states import State
from apps.secrets import commands as secrets
from apps.secrets.models import Secret
from tests import cast
from tests.canaries import PLANTED
from tests.cast import again, signed_in
from tests.notices.heard import derived
from tests.notices.mailing import let_fall_due, let_leases_end, send_due
from tests.notices.receiver import receiving

pytestmark = pytest.mark.django_db
KEY = "0123456789-abcdefghij"
HOSTILE = "<!channel> @here [click](https://evil.example) *x* <https://evil.example|y> & `z`"


@pytest.fixture
def receiver(stage):
    """A receiver, and nothing to hear of before."""
    derived()
    Notice.objects.all().delete()
    with receiving() as receiver:
        yield receiver


def made(stage, receiver, shape: str = "slack", **others) -> Webhook:
    options = {"kinds": [kind.value for kind in OF_A_TEAM], "address": receiver.url} | others
    return commands.make_webhook(stage.team, by=again(stage.lead), name=f"to {shape}", shape=shape, **options)


def test_each_word_is_posted_once_however_many_hear_it(stage, receiver):
    made(stage, receiver)
    cast.sign(stage.items[3], stage.member)
    for _ in range(2):
        derived()
        send_due()
    assert Notice.objects.filter(kind="verify").count() == 3
    [(path, headers, body)] = receiver.came
    assert path == "/hooks/T0/B0/very-secret-path"
    text = json.loads(body)["text"]
    assert "A key is asked for: 4. Les tableaux de bord" in text
    assert "/t/pay/deployments/1/items/4/#sign" in text
    delivery = Delivery.objects.get()
    assert headers["Keyturn-Delivery"] == str(delivery.pk)
    assert (delivery.state, delivery.address) == (State.SENT, f"127.0.0.1:{receiver.port}")


def test_a_signed_post_can_be_told_from_a_forged_one(stage, receiver):
    made(stage, receiver, "json", key=KEY)
    cast.sign(stage.items[3], stage.member)
    derived()
    send_due()
    [(_, headers, body)] = receiver.came
    moment, digest = (part.partition("=")[2] for part in headers["Keyturn-Signature"].split(","))
    assert hmac.new(KEY.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest() == digest
    sent = json.loads(body)
    assert sent["kind"] == "verify"
    assert sent["deployment"] == "PAY-1"
    assert sent["team"] == "pay"
    assert sent["url"].endswith("/items/4/#sign")
    assert sent["id"] == headers["Keyturn-Delivery"]


def test_nothing_that_somebody_wrote_calls_people_or_makes_a_link_in_slack():
    """There angle brackets call people and make links, and nothing else does."""
    written = Posted(HOSTILE, HOSTILE, "PAY-1", "https://keyturn.example/t/pay/")
    text = json.loads(formats.body_for(Shape.SLACK, written))["text"]
    assert re.findall("<[^>]*>", text) == [
        f"<https://keyturn.example/t/pay/|{text.partition('|')[2].partition('>')[0]}>"
    ]


ADDRESSES = ["https://3232235777/x", "HTTP://evil", "www.evil.example", "mailto:eve@evil.example"]


@pytest.mark.parametrize("shape", [Shape.SLACK, Shape.TEAMS, Shape.MATTERMOST])
@pytest.mark.parametrize("address", ADDRESSES)
def test_no_address_that_somebody_wrote_can_be_clicked(shape, address):
    """Whatever its host looks like: programs make links of bare addresses too."""
    body = formats.body_for(shape, Posted(address, address, address, "https://keyturn.example/t/pay/")).decode()
    plain = body.replace("\\\\", "").replace("\\", "").lower()
    assert "\u200b" in body
    assert address.lower() not in plain


def test_slack_takes_every_text_as_it_is():
    """It links bare addresses in whatever is not verbatim; `text` is what alerts show."""
    posted = Posted("T" * 350, "&" * 900, "PAY-1", "https://keyturn.example/t/pay/")
    sections = json.loads(formats.body_for(Shape.SLACK, posted))["blocks"]
    assert [section["text"]["verbatim"] for section in sections] == [True, True]
    assert max(len(section["text"]["text"]) for section in sections) <= 3000


@pytest.mark.parametrize("shape", [Shape.TEAMS, Shape.MATTERMOST])
def test_nothing_that_somebody_wrote_calls_people_or_makes_a_link_where_markdown_is_read(shape):
    body = formats.body_for(shape, Posted(HOSTILE, HOSTILE, "PAY-1", "https://keyturn.example/t/pay/")).decode()
    text = body.replace("\\\\", "\\")
    assert not re.search(r"(?<!\\)<", text)
    assert "[click](" not in text
    assert "@here" not in text


def test_a_card_of_teams_has_one_button():
    card = json.loads(formats.body_for(Shape.TEAMS, Posted("Title", "Detail", "PAY-1", "https://keyturn.example/")))
    [attachment] = card["attachments"]
    assert [action["url"] for action in attachment["content"]["actions"]] == ["https://keyturn.example/"]


@pytest.mark.parametrize(
    ("status", "state"),
    [(200, State.SENT), (204, State.SENT), (302, State.GIVEN_UP), (404, State.GIVEN_UP), (410, State.GIVEN_UP),
     (429, State.WAITING), (500, State.WAITING), (503, State.WAITING)],
)  # fmt: skip
def test_what_the_receiver_answers_decides_whether_it_is_tried_again(stage, receiver, status, state):
    receiver.status, receiver.location = status, "http://169.254.169.254/" if status == 302 else ""
    made(stage, receiver)
    cast.sign(stage.items[3], stage.member)
    derived()
    send_due()
    assert len(receiver.came) == 1
    assert Delivery.objects.get().state == state


@pytest.mark.parametrize("raw", [b"garbage", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000, b"HTTP/1.1 999"])
def test_whatever_is_no_answer_is_tried_again_with_the_same_id(stage, receiver, raw):
    receiver.raw = raw
    made(stage, receiver)
    cast.sign(stage.items[3], stage.member)
    derived()
    send_due()
    assert Delivery.objects.get().state == State.WAITING
    receiver.raw = b""
    let_fall_due()
    send_due()
    assert Delivery.objects.get().state == State.SENT
    assert len({headers["Keyturn-Delivery"] for _, headers, _ in receiver.came}) == 1


def test_a_receiver_that_never_ends_costs_one_deadline(stage, receiver, monkeypatch):
    monkeypatch.setattr(tasks, "SECONDS", 0.3)
    receiver.seconds = 1.0
    made(stage, receiver)
    cast.sign(stage.items[3], stage.member)
    derived()
    send_due()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempt) == (State.WAITING, 2)


def test_the_address_is_shown_nowhere_and_not_what_comes_back(stage, receiver):
    receiver.status = 500
    webhook = made(stage, receiver)
    cast.sign(stage.items[3], stage.member)
    derived()
    send_due()
    for url in ("/t/pay/webhooks/", f"/t/pay/webhooks/{webhook.pk}/"):
        page = signed_in(stage.lead).get(url).content.decode()
        assert f"127.0.0.1:{receiver.port}" in page
        assert "very-secret-path" not in page
    assert "very-secret-path" not in str(Delivery.objects.values())


def test_an_address_that_is_closed_to_probes_is_closed_to_webhooks(stage, receiver, settings):
    settings.KEYTURN_PROBE_ALLOW = ""
    made(stage, receiver)
    cast.sign(stage.items[3], stage.member)
    derived()
    send_due()
    assert receiver.came == []
    assert Delivery.objects.get().state == State.GIVEN_UP


def test_nothing_is_posted_of_kinds_that_nobody_chose_nor_after_it_was_removed(stage, receiver):
    webhook = made(stage, receiver, kinds=["rejected"])
    cast.sign(stage.items[3], stage.member)
    derived()
    assert not Post.objects.exists()
    Webhook.objects.filter(pk=webhook.pk).update(kinds=["verify"])
    cast.sign(stage.items[4], stage.member)
    derived()
    Webhook.objects.filter(pk=webhook.pk).update(kinds=["rejected"])
    commands.remove_webhook(Webhook.objects.get(pk=webhook.pk), by=again(stage.lead))
    send_due()
    assert receiver.came == []
    assert Delivery.objects.get().state == State.DROPPED
    assert not Secret.objects.filter(name__startswith="webhook-").exists()


def test_a_worker_that_dies_repeats_it_with_the_same_id(stage, receiver, monkeypatch):
    made(stage, receiver)
    cast.sign(stage.items[3], stage.member)
    derived()
    with monkeypatch.context() as patched:
        patched.setattr(commands, "end_delivery", lambda *args, **options: None)
        send_due()
    let_leases_end()
    commands.sweep_deliveries(by=SYSTEM)
    let_fall_due()
    send_due()
    assert len(receiver.came) == 2
    assert len({headers["Keyturn-Delivery"] for _, headers, _ in receiver.came}) == 1


def test_admins_alone_make_and_remove_webhooks(stage, receiver):
    with pytest.raises(NotAllowed):
        commands.make_webhook(stage.team, by=again(stage.member), name="x", shape="slack", address=receiver.url)
    webhook = made(stage, receiver)
    with pytest.raises(NotAllowed):
        commands.remove_webhook(webhook, by=again(stage.reviewer))
    with pytest.raises(WrongState, match="already"):
        made(stage, receiver)
    with pytest.raises(Refusal):
        made(stage, receiver, "teams", address="ftp://example.com/")


@pytest.mark.parametrize("rebound", [False, True], ids=["rotated", "bound elsewhere and rotated"])
def test_a_secret_that_leads_elsewhere_is_sent_nowhere(stage, receiver, rebound):
    """Pages and ledger still say where it went."""
    webhook = made(stage, receiver, "json", key=KEY, address="https://hooks.example.com/services/x")
    other = f"http://127.0.0.1:{receiver.port}"
    if rebound:
        for secret in (webhook.secret, webhook.signing):
            secrets.bind_secret(secret, by=again(stage.lead), bindings=[other])
    secrets.rotate_secret(webhook.secret, by=again(stage.lead), value=f"{other}/drop")
    cast.sign(stage.items[3], stage.member)
    derived()
    send_due()
    assert receiver.came == []
    delivery = Delivery.objects.get()
    assert delivery.state == State.GIVEN_UP
    assert "leads to another place than hooks.example.com:443" in delivery.reason


@pytest.mark.parametrize("address", ["http://hooks.example.com:443/x", "https://hooks.example.com:8443/x"])
def test_neither_another_scheme_nor_another_port_is_the_place(stage, receiver, address):
    webhook = made(stage, receiver, address="https://hooks.example.com/services/x")
    secrets.rotate_secret(webhook.secret, by=again(stage.lead), value=address)
    cast.sign(stage.items[3], stage.member)
    derived()
    with pytest.raises(Refusal, match="leads to another place"):
        commands.ready_post(Delivery.objects.get(), by=SYSTEM)


def test_a_team_has_only_so_many(stage, receiver, monkeypatch):
    monkeypatch.setattr(commands.webhooks, "MOST_WEBHOOKS", 1)
    made(stage, receiver)
    with pytest.raises(WrongState, match="at most"):
        made(stage, receiver, "teams")


def test_the_form_makes_one_and_asks_a_program_for_a_key(stage, receiver):
    browser = signed_in(stage.lead)
    typed = {"name": "Program", "shape": "json", "secret_value": "https://example.com/hook", "kinds": ["verify"]}
    assert browser.post("/t/pay/webhooks/make/", typed).status_code == 422
    page = browser.post("/t/pay/webhooks/make/", typed | {"signing_key": PLANTED[20]}, follow=True).content.decode()
    assert "hears of what comes from now on" in page
    assert PLANTED[20] not in page
    assert Webhook.objects.get().signing is not None
    bad = browser.post(
        "/t/pay/webhooks/make/", typed | {"name": "Other", "secret_value": "no address", "signing_key": KEY}
    )
    assert bad.status_code == 422


def test_other_teams_find_nothing(stage, receiver):
    webhook = made(stage, receiver)
    assert signed_in(stage.stranger).get(f"/t/pay/webhooks/{webhook.pk}/").status_code == 404
    assert signed_in(stage.stranger).get("/t/pay/webhooks/").status_code == 404
    assert signed_in(stage.member).get("/t/pay/webhooks/").status_code == 200
