"""The page of the emergency lane, and its band everywhere else."""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.deployments.models import Emergency
from apps.deployments.selectors.summaries import summaries
from apps.emergencies.selectors import digest_of_page, digest_of_review
from tests import cast as casting
from tests.cast import PASSWORD, words
from tests.emergencies.lane import REASON, authorise, ready_but_for_keys, review_of, verify, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    ready_but_for_keys(stage)
    return stage


@pytest.fixture
def gone(made: SimpleNamespace) -> SimpleNamespace:
    made.emergency = authorise(made)
    return made


def client(who: User) -> Client:
    browser = Client()
    browser.force_login(who)
    return browser


def url(made: SimpleNamespace, name: str = "emergency") -> str:
    return reverse(f"deployments:{name}", args=[made.team.slug, made.deployment.number])


def page(made: SimpleNamespace, who: User, name: str = "emergency") -> str:
    return words(client(who).get(url(made, name)))


def opening(made: SimpleNamespace, **fields: Any) -> dict[str, Any]:
    shown = digest_of_page(summaries(made.deployment))
    signed = {"intent": uuid.uuid4(), "shown": shown, "password": PASSWORD}
    return signed | {"reason": REASON, "reviewer": made.lead.pk} | fields


def writing(made: SimpleNamespace, **fields: Any) -> dict[str, Any]:
    shown = digest_of_review(review_of(made.emergency))
    signed = {"intent": uuid.uuid4(), "shown": shown, "password": PASSWORD}
    return signed | {"findings": "The load test was skipped", "prevention": "Refunds get a probe"} | fields


def test_a_decider_opens_it_and_every_page_says_so(made: SimpleNamespace) -> None:
    assert "5 items would not be waited for" in page(made, made.reviewer)
    sent = client(made.reviewer).post(url(made, "authorise_emergency"), opening(made))
    assert (sent.status_code, sent.headers["Location"]) == (302, url(made))
    for name in ("emergency", "board", "sheet"):
        shown = page(made, made.member, name)
        assert "went with <b>one key</b>" in shown or "went with one key" in shown
        assert "the keys of 5 items and a review" in " ".join(shown.split())
    assert "NO-GO" in page(made, made.member, "board")


def test_who_may_not_reads_who_may(made: SimpleNamespace) -> None:
    shown = page(made, made.member)
    assert "Only a decider may open the emergency lane" in shown
    assert made.reviewer.full_name in shown
    assert "Open the lane" not in shown


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"reason": "Now"}, "Write at least 20 characters"),
        ({"reviewer": ""}, "Choose who sees to the review"),
        ({"password": "wrong"}, "Nothing was signed"),
        ({"shown": "0" * 64}, "The board changed after you opened this page"),
    ],
    ids=["a short reason", "nobody to review", "a wrong password", "an old page"],
)
def test_what_is_refused_says_why_and_keeps_what_was_typed(made: SimpleNamespace, fields: Any, why: str) -> None:
    answer = client(made.reviewer).post(url(made, "authorise_emergency"), opening(made, **fields))
    assert answer.status_code in (409, 422)
    assert why in words(answer)
    assert fields.get("reason", REASON) in words(answer)
    assert not Emergency.objects.exists()


def test_whoever_opens_it_is_not_offered_as_reviewer(made: SimpleNamespace) -> None:
    offered = client(made.reviewer).get(url(made)).content.decode()
    assert f'value="{made.lead.pk}"' in offered
    assert f'value="{made.reviewer.pk}"' not in offered
    answer = client(made.reviewer).post(url(made, "authorise_emergency"), opening(made, reviewer=made.reviewer.pk))
    assert answer.status_code == 422


def test_the_script_of_the_passkey_asks_which_key_it_makes(gone: SimpleNamespace) -> None:
    asked = client(gone.lead).post(url(gone, "write_review"), writing(gone, ask=""))
    review = review_of(gone.emergency)
    assert asked.json()["turn"].startswith(f"{review.sign_off_id}.")
    assert asked.json()["turn"].endswith(".1.completed")
    assert review.findings == ""


def test_the_script_asks_which_key_opens_it(made: SimpleNamespace) -> None:
    asked = client(made.reviewer).post(url(made, "authorise_emergency"), opening(made, ask=""))
    before = asked.json()["turn"]
    assert before.endswith(".1.authorised")
    sent = client(made.reviewer).post(url(made, "authorise_emergency"), opening(made))
    assert sent.status_code == 302
    signed = Emergency.objects.get().sign_off
    assert before == f"{signed.pk}.{signed.digest}.1.authorised"


def test_the_review_is_written_sent_back_written_again_and_verified(gone: SimpleNamespace) -> None:
    assert client(gone.lead).post(url(gone, "write_review"), writing(gone)).status_code == 302
    browser = client(gone.other_reviewer)
    typed = {"reason": "What of the logs?"} | casting.basis(browser, url(gone), url(gone, "send_back_review"))
    assert browser.post(url(gone, "send_back_review"), typed).status_code == 302
    assert "sent the review back" in page(gone, gone.lead)
    again = writing(gone, findings="The logs show nothing")
    assert client(gone.lead).post(url(gone, "write_review"), again).status_code == 302
    shown = review_of(gone.emergency).sign_off.digest
    sent = {"shown": shown, "intent": uuid.uuid4(), "password": PASSWORD}
    assert browser.post(url(gone, "verify_review"), sent).status_code == 302
    assert "The logs show nothing" in page(gone, gone.member)


def test_a_review_that_somebody_else_wrote_meanwhile_is_read_first(gone: SimpleNamespace) -> None:
    old = writing(gone, findings="My own view")
    write(gone.emergency, gone.member)
    answer = client(gone.lead).post(url(gone, "write_review"), old)
    assert answer.status_code == 409
    assert "My own view" in words(answer)


def test_once_both_debts_are_paid_the_band_is_quiet_and_stays(gone: SimpleNamespace) -> None:
    casting.make_ready(gone)
    write(gone.emergency, gone.lead)
    verify(gone.emergency, gone.other_reviewer)
    shown = page(gone, gone.member, "board")
    assert "two people signed its review" in shown
    assert "shout" not in client(gone.member).get(url(gone, "board")).content.decode()


def test_an_open_board_hears_that_a_debt_is_smaller(gone: SimpleNamespace) -> None:
    casting.sign(gone.items[2], gone.member)
    changed = {"items": str(gone.items[2].pk), "since": "0"}
    parts = client(gone.lead).get(url(gone, "rows"), changed).content.decode()
    assert "the keys of 4 items and a review" in " ".join(parts.split())


def test_its_page_takes_as_many_queries_for_many_items(gone: SimpleNamespace, django_assert_max_num_queries) -> None:
    browser = client(gone.lead)
    with django_assert_max_num_queries(24):
        browser.get(url(gone))
