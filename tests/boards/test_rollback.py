"""The rollback plan: what is missing keeps the verdict at NO-GO."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.deployments import selectors
from apps.deployments.models import Deployment
from apps.ledger.models import Entry
from apps.rollback.models import RollbackPlan
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    return stage


def url(made: SimpleNamespace) -> str:
    return reverse("deployments:fill_in_rollback_plan", args=[made.team.slug, made.deployment.number])


def client(who: User) -> Client:
    browser = Client()
    browser.force_login(who)
    return browser


def typed(made: SimpleNamespace, **fields: object) -> dict[str, object]:
    return {
        "owner": str(made.member.pk),
        "title": ["Route traffic back", "", "Tell support"],
        "command": ["kubectl rollout undo deploy/pay", "", ""],
        "verification": "The old version answers.",
        "last_rehearsed_on": "2026-01-15",
        "save": "1",
    } | fields


def plan(made: SimpleNamespace) -> RollbackPlan:
    return RollbackPlan.objects.get(deployment=made.deployment)


def blockers(made: SimpleNamespace) -> list[str]:
    deployment = Deployment.objects.select_related("team", "rollback_plan").get(pk=made.deployment.pk)
    return [blocker.subject for blocker in selectors.readiness(deployment).blockers]


def test_a_whole_plan_is_kept_and_blocks_nothing(made: SimpleNamespace) -> None:
    assert "Rollback plan" in blockers(made)
    assert client(made.member).post(url(made), typed(made)).status_code == 302
    assert plan(made).steps == [
        {"title": "Route traffic back", "command": "kubectl rollout undo deploy/pay"},
        {"title": "Tell support", "command": ""},
    ]
    assert plan(made).owner == made.member
    assert "Rollback plan" not in blockers(made)
    page = client(made.auditor).get(url(made)).content.decode()
    assert "The plan is complete." in page
    assert "kubectl rollout undo" in page


@pytest.mark.parametrize(
    ("left_out", "missing"),
    [
        ({"owner": ""}, "an owner"),
        ({"title": [""], "command": [""]}, "at least one step"),
        ({"verification": ""}, "how to verify it"),
        ({"last_rehearsed_on": ""}, "the date it was last rehearsed"),
    ],
)
def test_each_missing_part_is_named_and_blocks(
    made: SimpleNamespace, left_out: dict[str, object], missing: str
) -> None:
    response = client(made.member).post(url(made), typed(made, **left_out), follow=True)
    page = response.content.decode()
    assert "the verdict stays NO-GO" in page
    assert missing in page
    assert "Rollback plan" in blockers(made)


def test_a_rehearsal_is_not_in_the_future(made: SimpleNamespace) -> None:
    tomorrow = (timezone.now() + timedelta(days=1)).date().isoformat()
    response = client(made.member).post(url(made), typed(made, last_rehearsed_on=tomorrow))
    assert response.status_code == 422
    assert "has not come yet" in response.content.decode()
    assert "Route traffic back" in response.content.decode()
    assert plan(made).steps == []


def test_a_command_needs_words(made: SimpleNamespace) -> None:
    response = client(made.member).post(url(made), typed(made, title=["", "Tell support"], command=["rm x", ""]))
    assert response.status_code == 422
    assert "Say in words what this command does." in response.content.decode()


def test_more_rows_come_without_javascript_and_without_saving(made: SimpleNamespace) -> None:
    page = client(made.member).get(url(made)).content.decode()
    assert page.count('name="title"') == 3
    response = client(made.member).post(url(made), typed(made, more="1", last_rehearsed_on="nonsense"))
    assert response.status_code == 200
    page = response.content.decode()
    assert page.count('name="title"') == 8
    assert "Route traffic back" in page
    assert plan(made).steps == []


def test_the_owner_is_somebody_of_the_team(made: SimpleNamespace) -> None:
    response = client(made.member).post(url(made), typed(made, owner=str(made.stranger.pk)))
    assert response.status_code == 422
    assert plan(made).owner is None


def test_what_was_written_is_in_the_ledger(made: SimpleNamespace) -> None:
    client(made.member).post(url(made), typed(made))
    entry = Entry.objects.filter(stream=made.deployment.stream).order_by("-sequence").first()
    assert entry.kind == "rollback_plan.filled_in"
    assert entry.actor == made.member.pk


def test_an_auditor_reads_it_only(made: SimpleNamespace) -> None:
    assert "Your role reads only" in client(made.auditor).get(url(made)).content.decode()
    assert client(made.auditor).post(url(made), typed(made)).status_code == 403


def test_a_stranger_finds_no_plan(made: SimpleNamespace) -> None:
    assert client(made.stranger).get(url(made)).status_code == 404
    assert client(made.stranger).post(url(made), typed(made)).status_code == 404


@pytest.mark.unrecorded
def test_the_checklist_offers_its_own_part_about_going_back(made: SimpleNamespace) -> None:
    deployment = made.deployment
    deployment.sections.model.objects.create(
        deployment=deployment, position=9, title="Rollback procedure", commands=["./back.sh"]
    )
    page = client(made.member).get(url(made)).content.decode()
    assert "Take its steps over" in page
    page = client(made.member).get(url(made), {"steps": "checklist"}).content.decode()
    assert "./back.sh" in page
    assert plan(made).steps == []


def test_a_closed_deployment_shows_how_its_plan_stood(made: SimpleNamespace) -> None:
    cast.deployments.cancel_deployment(made.deployment, by=cast.again(made.lead), reason="Not needed any more.")
    page = client(made.member).get(url(made)).content.decode()
    assert "This is how its plan stood; it lacked an owner" in page
    assert "NO-GO" not in page
    assert client(made.member).post(url(made), typed(made)).status_code == 409
