"""The sign-off sheet: two people, eight lines, and the end of a deployment."""

import re
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.attachments import commands as attachments
from apps.deployments import commands as deployments
from apps.deployments.models import Deployment
from apps.probes.kinds import PASSED
from apps.sheets.models import Sheet
from apps.sheets.selectors import page_digest
from apps.signoff.models import Signature
from tests import cast
from tests.cast import PASSWORD, words
from tests.ledger import histories

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    return stage


def client(who: User) -> Client:
    browser = Client()
    browser.force_login(who)
    return browser


def url(made: SimpleNamespace, name: str = "sheet") -> str:
    return reverse(f"deployments:{name}", args=[made.team.slug, made.deployment.number])


def lines(**fields: str) -> dict[str, str]:
    return {
        "version_deployed": "2.4.1",
        "issues": "One pod restarted.",
        "resolution": "More memory.",
        "answer": "yes",
        "caveats": "",
        "caveats_owner": "",
        "caveats_due_on": "",
        "intent": str(uuid.uuid4()),
        "password": PASSWORD,
    } | fields


def complete(made: SimpleNamespace, who: User | None = None, **fields: str) -> Any:
    answered = {"caveats_owner": str(made.member.pk), "caveats_due_on": "2099-12-31"}
    answered = answered if fields.get("answer") == "caveats" else {}
    sent = lines(**{"shown": page_digest(fresh(made))} | answered | fields)
    return client(who or made.member).post(url(made, "complete_sheet"), sent)


def verify(made: SimpleNamespace, who: User | None = None, **fields: str) -> Any:
    signed = Sheet.objects.get(deployment=made.deployment).sign_off
    sent = {
        "shown": signed.digest,
        "revision": signed.revision,
        "intent": str(uuid.uuid4()),
        "password": PASSWORD,
    } | fields
    return client(who or made.reviewer).post(url(made, "verify_sheet"), sent)


def fresh(made: SimpleNamespace) -> Deployment:
    return Deployment.objects.get(pk=made.deployment.pk)


def test_two_people_close_a_ready_deployment(ready: SimpleNamespace) -> None:
    assert complete(ready).status_code == 302
    page = words(client(ready.reviewer).get(url(ready)))
    assert "Waiting for your key." in page
    assert "closes the deployment as <strong>completed</strong>" in page
    assert verify(ready).status_code == 302
    closed = fresh(ready)
    assert (closed.state, closed.outcome, closed.closed_by) == ("closed", "completed", ready.reviewer)
    page = words(client(ready.auditor).get(url(ready)))
    assert "Closed: completed." in page
    assert "One pod restarted." in page


@pytest.mark.parametrize("answer", ["yes", "caveats"])
def test_only_no_is_accepted_while_the_verdict_is_no_go(made: SimpleNamespace, answer: str) -> None:
    response = complete(made, answer=answer, caveats="Watch the memory.", issues="What I typed stays")
    assert response.status_code == 409
    page = words(response)
    assert "6 conditions block it" in page
    assert "What I typed stays" in page
    assert not Sheet.objects.filter(deployment=made.deployment).exists()


def test_the_form_says_how_many_conditions_block_and_where(made: SimpleNamespace) -> None:
    page = words(client(made.member).get(url(made)))
    assert "only “no” is accepted" in page
    assert f"{url(made, 'board')}#blocks" in page
    assert "6 conditions" in page


def test_no_closes_as_not_released_whatever_the_verdict(made: SimpleNamespace) -> None:
    assert complete(made, answer="no").status_code == 302
    assert verify(made).status_code == 302
    assert fresh(made).outcome == "not_released"


def test_caveats_are_written_down_and_printed(ready: SimpleNamespace) -> None:
    assert complete(ready, answer="caveats", caveats="Memory until Friday.").status_code == 302
    assert verify(ready).status_code == 302
    page = words(client(ready.lead).get(url(ready)))
    assert "completed with caveats" in page
    assert "Memory until Friday." in page
    day = '<time datetime="2099-12-31" data-day="long">31 December 2099</time>'
    assert f"<bdi>{ready.member.full_name}</bdi> answers for them until {day}" in page


@pytest.mark.parametrize(
    ("lacking", "why"),
    [("caveats_owner", "Choose who answers for the caveats"), ("caveats_due_on", "Write until when")],
)
def test_caveats_need_somebody_who_answers_for_them_and_a_day(ready: SimpleNamespace, lacking: str, why: str) -> None:
    response = complete(ready, None, **{"answer": "caveats", "caveats": "Kept as typed", lacking: ""})
    assert response.status_code == 422
    assert why in words(response)
    assert "Kept as typed" in words(response)


def test_only_the_people_of_the_team_are_offered(ready: SimpleNamespace) -> None:
    page = words(client(ready.member).get(url(ready)))
    assert f'<option value="{ready.other_reviewer.pk}">' in page
    assert str(ready.stranger.pk) not in page
    response = complete(ready, answer="caveats", caveats="Memory", caveats_owner=str(ready.stranger.pk))
    assert response.status_code == 422


def test_caveats_without_words_are_refused_and_nothing_is_lost(ready: SimpleNamespace) -> None:
    response = complete(ready, answer="caveats", issues="Kept as typed")
    assert response.status_code == 422
    assert "Write the caveats" in words(response)
    assert "Kept as typed" in words(response)


def test_caveats_left_from_another_answer_are_dropped(ready: SimpleNamespace) -> None:
    left = {"caveats": "left over", "caveats_owner": str(ready.lead.pk), "caveats_due_on": "no day"}
    complete(ready, None, answer="yes", **left)
    stored = Sheet.objects.get(deployment=ready.deployment)
    assert (stored.caveats, stored.caveats_owner, stored.caveats_due_on) == ("", None, None)


def test_without_confirmation_nothing_is_signed(ready: SimpleNamespace) -> None:
    sent = lines()
    del sent["password"]
    assert client(ready.member).post(url(ready, "complete_sheet"), sent).status_code == 422
    assert not Sheet.objects.filter(deployment=ready.deployment).exists()
    complete(ready)
    shown = Sheet.objects.get(deployment=ready.deployment).sign_off.digest
    sent = {"shown": shown, "intent": str(uuid.uuid4())}
    assert client(ready.reviewer).post(url(ready, "verify_sheet"), sent).status_code == 422
    assert fresh(ready).state == "in_review"


def test_a_page_that_came_back_torn_signs_nothing_and_says_so(ready: SimpleNamespace) -> None:
    assert "The page you sent was not complete" in words(complete(ready, shown="torn"))
    assert not Sheet.objects.filter(deployment=ready.deployment).exists()
    complete(ready)
    assert "The page you sent was not complete" in words(verify(ready, intent="torn"))
    assert fresh(ready).state == "in_review"


def test_whoever_completed_the_sheet_cannot_verify_it(ready: SimpleNamespace) -> None:
    complete(ready, who=ready.lead)
    assert "someone else must verify it" in words(client(ready.lead).get(url(ready)))
    response = verify(ready, who=ready.lead)
    assert response.status_code == 403
    assert "another person" in words(response)
    assert fresh(ready).state == "in_review"


def test_whoever_worked_on_the_sheet_cannot_verify_it(ready: SimpleNamespace) -> None:
    complete(ready, who=ready.lead)
    complete(ready, who=ready.member)
    response = verify(ready, who=ready.lead)
    assert response.status_code == 403
    assert "You contributed" in words(response)


def test_only_reviewers_verify(ready: SimpleNamespace) -> None:
    complete(ready, who=ready.lead)
    assert verify(ready, who=ready.member).status_code == 403
    assert verify(ready, who=ready.auditor).status_code == 403


def test_a_board_that_changed_makes_the_sheet_stale(ready: SimpleNamespace) -> None:
    complete(ready, answer="no")
    cast.fill_in(ready.items[1], ready.member, result="Took longer", value="9 min")
    assert "The board changed since" in words(client(ready.reviewer).get(url(ready)))
    response = verify(ready)
    assert response.status_code == 409
    assert "Complete the sheet again" in words(response)
    complete(ready, answer="no")
    assert verify(ready).status_code == 302


def test_a_digest_that_was_not_shown_is_refused(ready: SimpleNamespace) -> None:
    complete(ready)
    assert verify(ready, shown="0" * 64).status_code == 409
    assert fresh(ready).state == "in_review"


def test_sending_back_needs_a_reason_and_starts_anew(ready: SimpleNamespace) -> None:
    complete(ready)
    reviewer = client(ready.reviewer)
    assert reviewer.post(url(ready, "send_back_sheet"), {"reason": "no"}).status_code == 422
    reason = "The issue of 14:02 is missing."
    typed = {"reason": reason, **cast.basis(reviewer, url(ready), url(ready, "send_back_sheet"))}
    assert reviewer.post(url(ready, "send_back_sheet"), typed).status_code == 302
    page = words(client(ready.member).get(url(ready)))
    assert "sent the sheet back" in page
    assert reason in page
    assert "One pod restarted." in page  # what was written is offered again
    refused = complete(ready)
    assert refused.status_code == 409
    assert "Nothing changed since this was sent back" in words(refused)
    assert complete(ready, issues="One pod restarted, at 14:02.").status_code == 302
    assert verify(ready).status_code == 302


def test_a_board_that_changed_since_the_page_was_opened_is_not_signed_unseen(ready: SimpleNamespace) -> None:
    page = words(client(ready.member).get(url(ready)))
    [shown] = re.findall(r'name="shown" value="([0-9a-f]{64})"', page)
    [since] = re.findall(r'name="since" value="([0-9]+)"', page)
    deployments.reject_item(ready.items[2], by=cast.again(ready.reviewer), reason="Look at the third step again")
    refused = complete(ready, answer="no", shown=shown, since=since)
    assert refused.status_code == 409
    assert "Ruth Okafor rejected item 3: Look at the third step again." in words(refused)
    assert "wrote the rollback plan" not in words(refused)  # that was there before
    assert "The board or the sheet changed after you opened it" in words(refused)
    assert "More memory." in words(refused)
    assert not Sheet.objects.filter(deployment=ready.deployment).exists()
    [shown_now] = re.findall(r'name="shown" value="([0-9a-f]{64})"', words(refused))
    assert complete(ready, answer="no", shown=shown_now).status_code == 302


def shown_to(made: SimpleNamespace, who: User) -> str:
    """What the form on their page signs."""
    return re.findall(r'name="shown" value="([0-9a-f]{64})"', words(client(who).get(url(made))))[-1]


def test_a_page_opened_before_somebody_completed_the_sheet_does_not_write_over_it(ready: SimpleNamespace) -> None:
    before = shown_to(ready, ready.reviewer)
    assert complete(ready, answer="caveats", caveats="Restore by Friday").status_code == 302
    assert complete(ready, ready.reviewer, shown=before).status_code == 409
    stored = Sheet.objects.get(deployment=ready.deployment)
    assert (stored.answer, stored.caveats) == ("caveats", "Restore by Friday")
    assert stored.sign_off.signatures.get().signer == ready.member


def test_a_page_that_showed_another_verdict_signs_nothing(ready: SimpleNamespace) -> None:
    histories.probe(ready, ready.items[3], [PASSED])
    before = shown_to(ready, ready.member)
    attachments.run_probes(ready.deployment, by=cast.again(ready.member), numbers=[4])
    assert complete(ready, answer="no", shown=before).status_code == 409


def test_the_second_key_is_for_the_first_that_was_shown(ready: SimpleNamespace) -> None:
    complete(ready)
    revision = Sheet.objects.get(deployment=ready.deployment).sign_off.revision
    assert complete(ready, ready.lead).status_code == 302
    refused = verify(ready, revision=str(revision))
    assert refused.status_code == 409
    assert "completed again after you opened it" in words(refused)
    assert verify(ready, revision=str(revision + 1)).status_code == 302


def test_an_intent_of_another_sign_off_signs_no_sheet(ready: SimpleNamespace) -> None:
    used = Signature.objects.filter(signer=ready.member).first().intent
    assert complete(ready, intent=str(used)).status_code == 409
    assert not Sheet.objects.filter(deployment=ready.deployment).exists()


def test_the_same_intent_twice_is_one_signature(ready: SimpleNamespace) -> None:
    intent = str(uuid.uuid4())
    assert complete(ready, intent=intent).status_code == 302
    before = Signature.objects.count()
    assert complete(ready, intent=intent).status_code == 302
    assert Signature.objects.count() == before


def test_an_auditor_reads_the_sheet_and_cannot_fill_it_in(ready: SimpleNamespace) -> None:
    page = words(client(ready.auditor).get(url(ready)))
    assert "Your role reads only" in page
    assert complete(ready, who=ready.auditor).status_code == 403


def test_a_draft_has_no_sheet_to_complete(made: SimpleNamespace) -> None:
    draft = cast.deployments.create_deployment(
        made.team, by=made.lead, template_version=made.version, service="search", version="1", environment="staging"
    )
    made.deployment = draft
    assert "Open the review first" in words(client(made.member).get(url(made)))
    assert complete(made, answer="no").status_code == 409
    assert verify_missing(made).status_code == 404


def verify_missing(made: SimpleNamespace) -> Any:
    sent = {"shown": "0" * 64, "revision": 1, "intent": str(uuid.uuid4()), "password": PASSWORD}
    return client(made.reviewer).post(url(made, "verify_sheet"), sent)


def test_a_stranger_finds_no_sheet(ready: SimpleNamespace) -> None:
    complete(ready)
    assert client(ready.stranger).get(url(ready)).status_code == 404
    assert verify(ready, who=ready.stranger).status_code == 404


def test_the_page_takes_a_fixed_number_of_queries(ready: SimpleNamespace, django_assert_max_num_queries) -> None:
    complete(ready)
    browser = client(ready.reviewer)
    with django_assert_max_num_queries(21):
        browser.get(url(ready))


def test_the_refusal_of_the_second_key_says_what_came_meanwhile(ready: SimpleNamespace) -> None:
    complete(ready)
    page = words(client(ready.reviewer).get(url(ready)))
    given = dict(re.findall(r'name="(shown|since|revision)" value="([0-9a-f]+)"', page))
    deployments.edit_item(ready.items[4], by=cast.again(ready.lead), title="Error rate stays", text="")
    refused = client(ready.reviewer).post(
        url(ready, "verify_sheet"), given | {"intent": str(uuid.uuid4()), "password": PASSWORD}
    )
    assert refused.status_code == 409
    assert "Lena Brandt changed the text of item 5" in words(refused)
    assert "turned key" not in words(refused)
