"""The item page through the client: what it says, what its forms do, and what they refuse."""

import html
import re
import uuid
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.attachments import commands as attachments
from apps.boards.views import showing
from apps.deployments import commands
from apps.evidence.models import Kind
from tests import cast as casting
from tests.boards.desk import HTMX, address, at, offered, read, send, send_htmx, shown, turn_key
from tests.cast import PASSWORD, again
from tests.waivers import asking

pytestmark = pytest.mark.django_db
ACTS = (
    "sign_item", "reject_item", "edit_item", "fill_in_item", "attach_evidence", "attach_probe", "detach_probe",
    "run_item_probe", "request_waiver",
)  # fmt: skip
BESIDE = 'aria-labelledby="item-h"'  # how an item beside the board differs from its page


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    return stage


def words(page: str) -> str:
    """What the page says, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_two_people_turn_the_two_keys_and_the_page_says_who(made: SimpleNamespace) -> None:
    item = made.items[0]
    assert "Turn first key" in read(made.member, item)
    assert turn_key(made.member, item).status_code == 302
    page = read(made.reviewer, item)
    assert "Waiting for your key." in page
    assert "Turn second key" in page
    assert "The same digest" in page
    assert turn_key(made.reviewer, item).status_code == 302
    page = words(read(made.member, item))
    assert "Settled. Verified by" in page
    assert made.reviewer.full_name in page
    assert "All keys are turned" in page


def test_a_member_is_offered_every_act_of_the_page(made: SimpleNamespace) -> None:
    item = made.items[0]
    attachments.attach_evidence(item, by=again(made.member), kind=Kind.NOTE, title="News", text="It moved.")
    piece = item.attachments.get().evidence_id
    turn_key(made.member, item)
    page = read(made.reviewer, item)
    elsewhere = {"detach_probe", "run_item_probe", "attach_probe", "request_waiver"}  # no probe, or on their own page
    acts = [act for act in ACTS if act not in elsewhere]
    for path in (*(address(item, act) for act in acts), address(item, "remove_evidence", evidence=piece)):
        assert f'action="{path}"' in page


def test_what_is_signed_stands_on_the_page_line_by_line(made: SimpleNamespace) -> None:
    item = made.items[1]
    casting.fill_in(item, made.member, result="Went well", value="4 min")
    page = words(read(made.reviewer, item))
    for line in ("Version: 2.4.1", "Environment: production", f"Title: {item.title}", "Result: Went well", "4 min"):
        assert line in page
    for command in item.commands:
        assert html.escape(command) in read(made.reviewer, item)


def test_the_same_person_reads_why_they_may_not_turn_the_second_key(made: SimpleNamespace) -> None:
    item = made.items[0]
    given = offered(read(made.reviewer, item))
    send(made.reviewer, item, "sign_item", given)
    page = read(made.reviewer, item)
    assert "another person must turn this one" in page
    assert 'disabled aria-describedby="may-not-sign"' in page
    again_ = send(made.reviewer, item, "sign_item", given | {"intent": str(uuid.uuid4()), "slot": "2"})
    assert again_.status_code == 403
    assert "another person must turn this one" in again_.content.decode()


def test_signing_without_a_proof_signs_nothing(made: SimpleNamespace) -> None:
    item = made.items[0]
    given = offered(read(made.member, item))
    answer = send(made.member, item, "sign_item", {k: v for k, v in given.items() if k != "password"})
    assert answer.status_code == 422
    assert "Nothing was signed: this is not your password" in answer.content.decode()
    assert not casting.load(item).sign_off.turned


def test_the_same_form_sent_twice_is_one_signature(made: SimpleNamespace) -> None:
    item = made.items[0]
    given = offered(read(made.member, item))
    assert [send(made.member, item, "sign_item", given).status_code for _ in range(2)] == [302, 302]
    assert len(casting.load(item).sign_off.turned) == 1


@pytest.mark.parametrize(
    "wrong", [("/items/1/", "/items/99/"), ("/deployments/1/", "/deployments/9/"), ("/t/", "/t/x")]
)
def test_a_key_for_an_item_that_is_not_there_is_404(made: SimpleNamespace, wrong: tuple[str, str]) -> None:
    item = made.items[0]
    given = offered(read(made.member, item))
    url = address(item, "sign_item")
    assert at(made.member).post(url.replace(*wrong), given).status_code == 404
    assert not casting.load(item).sign_off.turned
    assert at(made.member).post(url, given).status_code == 302


def test_a_text_changed_meanwhile_is_refused_with_what_changed(made: SimpleNamespace) -> None:
    item = made.items[0]
    given = offered(read(made.reviewer, item))
    commands.edit_item(item, by=again(made.lead), title="Take two backups", text="")
    answer = send(made.reviewer, item, "sign_item", given)
    assert answer.status_code == 409
    assert f"{made.lead.full_name} changed the text" in words(answer.content.decode())


def test_a_key_that_means_something_else_by_now_is_refused(made: SimpleNamespace) -> None:
    item = made.items[0]
    given = offered(read(made.reviewer, item))
    casting.sign(item, made.member)
    answer = send(made.reviewer, item, "sign_item", given)
    assert answer.status_code == 409
    assert f"{made.member.full_name} turned key 1 meanwhile" in words(answer.content.decode())


def test_what_made_the_keys_fall_out_is_said_where_the_keys_are(made: SimpleNamespace) -> None:
    item = made.items[0]
    casting.sign(item, made.member)
    attachments.attach_evidence(item, by=again(made.lead), kind=Kind.NOTE, title="Late news", text="It moved.")
    page = read(made.reviewer, item)
    assert "The keys fell out." in page
    assert f"{made.lead.full_name} added “Late news”" in page
    assert "half invalidated" in page


def test_a_rejection_shows_its_reason_and_who_rejected(made: SimpleNamespace) -> None:
    item = made.items[0]
    casting.sign(item, made.member)
    reason = {"reason": "São Paulo was measured from inside."}
    reason |= shown(made.reviewer, item, "reject_item")
    assert send(made.reviewer, item, "reject_item", reason).status_code == 302
    page = words(read(made.member, item))
    assert f"Rejected by {made.reviewer.full_name}" in page
    assert reason["reason"] in page


def test_every_form_of_an_item_says_where_it_goes(made: SimpleNamespace) -> None:
    item = made.items[0]
    casting.sign(item, made.member)
    send(made.member, item, "attach_evidence", {"kind": "note", "text": "Seen"})
    page = read(made.reviewer, item)
    forms = re.findall(r"<form\b[^>]*>", page)
    assert len(forms) > 5
    assert [form for form in forms if not re.search(r' action="/t/[^"]+/"', form)] == []


@pytest.mark.parametrize(
    ("name", "data", "typed"),
    [
        ("reject_item", {"reason": "too few"}, "too few"),
        ("edit_item", {"title": "", "text": "What I typed"}, "What I typed"),
        ("edit_item", {"title": "x" * 201, "text": "Kept words"}, "Kept words"),
        ("fill_in_item", {"result": "x" * 20_001}, "xxxx"),
        ("sign_item", {"shown": "nonsense", "intent": "no", "password": PASSWORD}, ""),
    ],
)
def test_a_form_that_does_not_fit_keeps_what_was_typed(
    made: SimpleNamespace, name: str, data: dict[str, str], typed: str
) -> None:
    item = made.items[0]
    casting.sign(item, made.member)
    plain = send(made.reviewer, item, name, data)
    assert plain.status_code == 422
    assert typed in plain.content.decode()
    assert "✕" in plain.content.decode()
    part = send_htmx(made.reviewer, item, name, data)
    assert part.status_code == 422
    assert "<html" not in part.content.decode()
    assert typed in part.content.decode()


@pytest.mark.parametrize(
    "data",
    [
        {"password": PASSWORD},
        {"password": PASSWORD, "shown": "0" * 64, "intent": "no", "slot": "1"},
        {"password": PASSWORD, "shown": "0" * 64, "intent": str(uuid.uuid4())},
        {"password": PASSWORD, "shown": "0" * 64, "intent": str(uuid.uuid4()), "slot": "second"},
        {"password": PASSWORD, "shown": "0" * 64, "intent": str(uuid.uuid4()), "slot": "0"},
        {"password": PASSWORD, "shown": "0" * 64, "intent": str(uuid.uuid4()), "slot": "5"},
    ],
)
def test_a_page_that_was_sent_without_its_hidden_parts_says_so(made: SimpleNamespace, data: dict[str, str]) -> None:
    answer = send(made.member, made.items[0], "sign_item", data)
    assert answer.status_code == 422
    assert "The page you sent was not complete. Reload it and try again." in answer.content.decode()
    assert "This field is required" not in answer.content.decode()


def test_htmx_gets_the_part_and_the_words_after_an_act(made: SimpleNamespace) -> None:
    item = made.items[0]
    page = read(made.member, item)
    answer = send_htmx(made.member, item, "sign_item", offered(page))
    part = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in part
    assert part.count('id="item-detail"') == 1
    assert 'id="notices" hx-swap-oob="innerHTML"' in part
    assert "You turned your key" in part


def test_a_refusal_lands_in_the_notices_of_an_htmx_page(made: SimpleNamespace) -> None:
    item = made.items[0]
    sent = {"shown": "0" * 64, "intent": str(uuid.uuid4()), "password": PASSWORD, "slot": "1"}
    answer = send_htmx(made.auditor, item, "sign_item", sent)
    assert answer.status_code == 403
    assert answer.headers["HX-Retarget"] == "#notices"
    assert "Your role reads only" in answer.content.decode()


def test_the_panel_and_the_page_show_the_same_with_other_heads(made: SimpleNamespace) -> None:
    item = made.items[0]
    page, panel = read(made.member, item), read(made.member, item, "item_panel", **HTMX)
    assert "<h1" in page
    assert "<html" in page
    assert "<h1" not in panel
    assert "<html" not in panel
    assert BESIDE in panel
    assert BESIDE not in page
    for part in ('id="item-detail"', 'id="sign"', 'id="evidence"', 'id="probe"', 'id="waive"'):
        assert part in page
        assert part in panel
    assert "<html" in read(made.member, item, "item_panel")


def test_a_form_in_the_panel_brings_the_panel_back(made: SimpleNamespace) -> None:
    item = made.items[0]
    board = f"/t/{made.team.slug}/deployments/{made.deployment.number}/"
    assert BESIDE in send_htmx(made.member, item, "edit_item", {"title": "New"}, on=board).content.decode()
    assert BESIDE not in send_htmx(made.member, item, "edit_item", {"title": "Newer"}).content.decode()


def test_an_auditor_reads_everything_and_finds_no_form(made: SimpleNamespace) -> None:
    page = read(made.auditor, made.items[0])
    assert "Your role reads only" in page
    assert 'action="' not in page[page.index('id="item-detail"') :].replace("data-action", "")


def test_a_stranger_finds_nothing(made: SimpleNamespace) -> None:
    item = made.items[0]
    stranger = at(made.stranger)
    assert stranger.get(address(item)).status_code == 404
    assert stranger.get(address(item, "item_panel")).status_code == 404
    for name in ACTS:
        assert stranger.post(address(item, name)).status_code == 404, name


def test_an_item_that_does_not_exist_is_not_found(made: SimpleNamespace) -> None:
    assert at(made.lead).get(address(made.items[0]).replace("/items/1/", "/items/999/")).status_code == 404


def test_acts_answer_only_to_forms(made: SimpleNamespace) -> None:
    client = at(made.lead)
    for name in ACTS:
        page = 200 if name in ("attach_probe", "request_waiver") else 405  # these have pages of their own
        assert client.get(address(made.items[0], name)).status_code == page, name
    assert client.post(address(made.items[0])).status_code == 405


def test_markup_in_texts_stays_text(made: SimpleNamespace) -> None:
    item = made.items[0]
    evil = '<script>alert("x")</script><img src=x onerror=alert(1)>'
    commands.edit_item(item, by=again(made.member), title=evil, text=f"{evil}\n\n[x](javascript:alert(1))")
    commands.fill_in_item(item, by=again(made.member), result=evil, values=[])
    attachments.attach_evidence(item, by=again(made.member), kind=Kind.NOTE, title=evil, text=evil)
    casting.sign(item, made.member)
    commands.reject_item(casting.load(item), by=again(made.reviewer), reason=evil)
    asking.ask(casting.load(item), by=again(made.member), justification=evil)
    page = read(made.reviewer, item)
    assert "<script>alert" not in page
    assert "<img" not in page
    assert 'href="javascript' not in page


def test_the_history_names_people_and_counts_entries(made: SimpleNamespace) -> None:
    item = made.items[0]
    casting.sign(item, made.member)
    page = words(read(made.auditor, item))
    assert f"{made.member.full_name} turned key 1 of 2 of item 1: performed. entry 2" in page


def test_blanks_are_filled_in_before_the_first_key(made: SimpleNamespace) -> None:
    item = made.items[1]
    assert "Fill in “" in read(made.member, item)
    assert send(made.member, item, "fill_in_item", {"result": "All went well", "value_0": ""}).status_code == 302
    assert "Fill in “" in read(made.member, item)
    assert send(made.member, item, "fill_in_item", {"result": "All went well", "value_0": "4 min"}).status_code == 302
    assert casting.load(item).fill_ins[0]["value"] == "4 min"
    assert turn_key(made.member, item).status_code == 302


def test_an_unchanged_text_sent_by_a_browser_changes_nothing(made: SimpleNamespace) -> None:
    item = made.items[3]
    commands.edit_item(item, by=again(made.lead), title=item.title, text="One\nTwo")
    casting.sign(item, made.member)
    send(made.reviewer, item, "edit_item", {"title": item.title, "text": "One\r\nTwo"})
    assert len(casting.load(item).sign_off.turned) == 1


def test_assigning_comes_back_to_the_item(made: SimpleNamespace) -> None:
    item = made.items[0]
    where = f"/t/{made.team.slug}/deployments/{made.deployment.number}/assign/"
    answer = at(made.lead).post(where, {"item": "1", "owner": str(made.member.id), "back": "1"})
    assert answer.headers["Location"] == address(item)
    assert made.member.full_name in words(read(made.lead, item))


def test_a_closed_deployment_is_frozen_and_still_readable(made: SimpleNamespace) -> None:
    casting.make_ready(made)
    casting.close(made)
    item = made.items[0]
    page = read(made.lead, item)
    assert "Closed." in page
    assert "its record stays as it is" in page
    assert 'action="' not in page[page.index('id="item-detail"') :]
    answers = {
        name: send(made.lead, item, name, data).status_code
        for name, data in (
            ("edit_item", {"title": "New", "text": ""}),
            ("fill_in_item", {"result": "New"}),
            ("attach_evidence", {"kind": "note", "text": "Late"}),
            ("reject_item", {"reason": "Too late for this."}),
            ("request_waiver", asking.typed(item, made.lead)),
            ("attach_probe", {"name": "Late", "url": "https://gateway.example/"}),
            ("run_item_probe", {}),
        )
    }
    assert set(answers.values()) == {409}, answers


def test_the_page_takes_a_fixed_number_of_queries(made: SimpleNamespace) -> None:
    first, busy = made.items[3], made.items[0]
    casting.sign(busy, made.member)
    for n in range(4):
        attachments.attach_evidence(busy, by=again(made.member), kind=Kind.NOTE, title=f"Note {n}", text="Seen")
        casting.sign(busy, made.member)
    counts = []
    for item in (first, busy):
        client = at(made.reviewer)
        with CaptureQueriesContext(connection) as queries:
            client.get(address(item))
        counts.append(len(queries))
    assert max(counts) <= 32, counts


def test_signing_takes_at_most_twenty_seven_queries(made: SimpleNamespace) -> None:
    item = made.items[0]
    for person in (made.member, made.reviewer):
        given, client = offered(read(person, item)), at(person)
        with CaptureQueriesContext(connection) as queries:
            assert client.post(address(item, "sign_item"), given).status_code == 302
        assert len(queries) <= 27, [q["sql"][:90] for q in queries]


def test_a_form_that_lacks_something_is_never_left_out_without_a_word(
    made: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = made.items[0]
    turn_key(made.member, item)
    monkeypatch.delitem(showing.SHOWN, "reject")
    with pytest.raises(LookupError, match="one in SHOWN"):
        send(made.reviewer, item, "reject_item", {"reason": "It was measured from inside."})
    monkeypatch.delitem(showing.ACTS, "reject")
    with pytest.raises(LookupError, match="a row in ACTS"):
        read(made.reviewer, item)
