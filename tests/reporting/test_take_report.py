"""A CI job reports by its token: judged as everywhere, once, and refused in a sentence that reveals nothing."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.attachments import commands as attachments
from apps.deployments import commands as deployments
from apps.ledger.commands import SYSTEM
from apps.ledger.models import Entry
from apps.probes.models import Probe, Run
from apps.reporting import commands
from apps.reporting.models import Token
from apps.reporting.rules import MOST_BYTES, MOST_IN_A_MINUTE, new_token
from apps.teams import commands as teams
from tests.cast import again, load, sign
from tests.reporting.conftest import GOOD, PUSH, send
from tests.tampering import lifted

pytestmark = pytest.mark.django_db
JUNIT = b'<testsuite><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite>'


def test_a_report_becomes_the_latest_run_and_is_judged(made):
    answer = send(made.token)
    run = Probe.objects.get(item=made.pushed).latest_run
    assert (answer.status_code, answer.json()["result"], answer.json()["run"]) == (201, "passed", str(run.pk))
    assert [each["verdict"] for each in answer.json()["conditions"]] == ["pass", "pass"]
    assert run.response["by"] == run.worker == "token “Nightly build” of 佐藤 Mika"


def test_a_report_that_fails_its_conditions_blocks_the_item(made):
    assert send(made.token, {"values": {"ok": True, "p95": 400}}).json()["result"] == "failed"
    assert load(made.pushed).facts.probe_blocks


def test_a_junit_report_is_taken(made):
    answer = send(made.token, JUNIT, media="application/xml")
    assert (answer.status_code, answer.json()["result"]) == (201, "failed")


def test_the_entry_names_the_token_and_no_person_acts(made):
    send(made.token)
    entry = Entry.objects.filter(stream=made.deployment.stream).latest("sequence")
    assert (entry.kind, entry.actor) == ("probe.reported", SYSTEM.id)


def test_a_use_is_noted_with_its_address(made):
    send(made.token)
    token = Token.objects.get()
    assert (token.last_used_from, token.used_in_minute) == ("127.0.0.1", 1)
    assert timezone.now() - token.last_used_at < timedelta(minutes=1)


def test_a_report_sent_again_with_its_key_is_the_same_run(made):
    first, second = send(made.token, key="job-7"), send(made.token, key="job-7")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert Run.objects.filter(probe__item=made.pushed).count() == 1


def test_a_key_is_for_one_report(made):
    send(made.token, key="job-7")
    answer = send(made.token, {"values": {"ok": False}}, key="job-7")
    assert (answer.status_code, "key of its own" in answer.json()["error"]) == (409, True)


def test_the_same_report_without_a_key_is_a_retry_for_some_minutes_only(made):
    first = send(made.token).json()["run"]
    assert send(made.token).json()["run"] == first
    assert send(made.token, key="job-8").json()["run"] != first
    assert send(made.token, {"values": {"ok": True, "p95": 1}}).status_code == 201


@pytest.mark.unrecorded
def test_the_same_report_later_is_another_run(made):
    first = send(made.token).json()["run"]
    with lifted("probes_run_changes"):
        Run.objects.filter(pk=first).update(queued_at=timezone.now() - timedelta(minutes=11))
    assert send(made.token).json()["run"] != first


@pytest.mark.unrecorded
def test_the_next_report_that_is_expected_may_say_the_same(made):
    """A heartbeat of every minute would be missed, each time as the retry of the one before."""
    attachments.attach_probe(
        made.pushed, by=again(made.lead), name="Nightly", kind="push", config=PUSH | {"every": "1 min"}
    )
    first = send(made.token).json()["run"]
    assert send(made.token).json()["run"] == first
    with lifted("probes_run_changes"):
        Run.objects.filter(pk=first).update(queued_at=timezone.now() - timedelta(seconds=31))
    assert send(made.token).json()["run"] != first


@pytest.mark.parametrize(("scheme", "status"), [("bearer", 201), ("BEARER", 201), ("Basic", 401), ("Bearer=", 401)])
def test_the_scheme_of_a_token_has_no_case(made, scheme, status):
    assert send("", Authorization=f"{scheme} {made.token}").status_code == status


BAD = ["", "ktp_", "password", "ktp_" + "0" * 32 + "_" + "0" * 72]


@pytest.mark.parametrize("token", [*BAD, new_token(Token().pk)])
def test_who_has_no_token_is_told_nothing_more(made, token):
    answer = send(token)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json() == {"error": "This needs a token that is known here, as “Authorization: Bearer ktp_…”."}


def test_a_token_of_another_secret_is_not_told_apart(made):
    assert send(new_token(Token.objects.get().pk)).json() == send("").json()


@pytest.mark.parametrize("token", BAD)
def test_what_is_no_token_costs_no_query(made, token, django_assert_num_queries):
    with django_assert_num_queries(0):
        send(token)


def test_a_revoked_token_reports_nothing(made):
    commands.revoke_token(Token.objects.get(), by=again(made.reviewer))
    answer = send(made.token)
    assert (answer.status_code, "was revoked" in answer.json()["error"]) == (403, True)


@pytest.mark.unrecorded
def test_an_expired_token_reports_nothing(made):
    past = timezone.now() - timedelta(days=2)
    with lifted("reporting_token_changes"):
        Token.objects.update(created_at=past, expires_at=past + timedelta(days=1))
    answer = send(made.token)
    assert (answer.status_code, "was good until" in answer.json()["error"]) == (403, True)


def test_a_token_of_who_left_the_team_reports_nothing(made):
    membership = again(made.member).memberships.get(team=made.team)
    teams.remove_member(membership, by=again(made.lead))
    answer = send(made.token)
    assert (answer.status_code, "works no longer" in answer.json()["error"]) == (403, True)


def test_a_probe_that_was_taken_away_is_not_found(made):
    attachments.detach_probe(made.pushed, by=again(made.lead), reason="The job is gone for good")
    assert send(made.token).status_code == 404


def test_after_the_deployment_nothing_is_taken(made):
    deployments.cancel_deployment(made.deployment, by=again(made.lead), reason="Superseded by 2.5")
    assert send(made.token).status_code == 409


@pytest.mark.parametrize(
    ("report", "media", "status"),
    [
        (b"x" * (MOST_BYTES + 1), "application/json", 413),
        (b"{", "application/json", 422),
        (b'{"values": {"p99": 1}}', "application/json", 422),
        (b"ok=1", "text/plain", 422),
        (b"<testsuite>" * 1000, "text/xml", 422),
        (b'<!DOCTYPE l [<!ENTITY a "b">]><testsuite/>', "application/xml", 422),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_status(made, report, media, status):
    answer = send(made.token, report, media=media)
    assert answer.status_code == status
    assert answer.json()["error"].endswith(".")
    assert not Run.objects.filter(probe__item=made.pushed).exists()


def test_a_body_of_a_hundred_megabytes_is_refused_unread(made):
    client = Client(headers={"Authorization": f"Bearer {made.token}"})
    answer = client.post(
        reverse("deployments:take_report"), b"{}", content_type="application/json", CONTENT_LENGTH=str(100 * 2**20)
    )
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/json")


def test_a_long_key_is_refused(made):
    assert send(made.token, key="k" * 201).status_code == 422


def test_a_token_sends_so_many_reports_a_minute_and_no_more(made, monkeypatch):
    monkeypatch.setattr("apps.reporting.commands.taking._minute", lambda moment: 0)
    Token.objects.update(used_in_minute=MOST_IN_A_MINUTE - 1, last_used_at=timezone.now())
    assert send(made.token).status_code == 201
    answer = send(made.token, key="one more")
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")


def test_the_address_takes_reports_only(made):
    answer = Client(headers={"Authorization": f"Bearer {made.token}"}).get(reverse("deployments:take_report"))
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/json")


def test_no_session_counts_and_none_begins(made):
    client = Client()
    client.force_login(again(made.lead))
    answer = client.post(reverse("deployments:take_report"), b"{}", content_type="application/json")
    assert answer.status_code == 401
    assert not send(made.token).cookies


def test_a_report_leaves_the_keys_as_they_are(made):
    send(made.token)
    sign(load(made.pushed), made.member)
    before = load(made.pushed).sign_off
    send(made.token, {"values": {"ok": True, "p95": 227}})
    after = load(made.pushed).sign_off
    assert (len(after.turned), after.revision, after.digest) == (1, before.revision, before.digest)


def test_queries_do_not_grow_with_reports(made, django_assert_max_num_queries):
    for place in range(5):
        send(made.token, GOOD, key=f"job-{place}")
    with django_assert_max_num_queries(60):
        send(made.token, GOOD, key="one more")
