"""A board warns where another review is open for the same service, version and environment."""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.deployments import commands
from apps.deployments.models import Deployment
from tests import cast

WARNING = "The same is in review already"


def board(deployment: Deployment, who: User) -> str:
    browser = Client()
    browser.force_login(who)
    return browser.get(reverse("deployments:board", args=[deployment.team.slug, deployment.number])).content.decode()


def another(stage: SimpleNamespace, **named: str) -> Deployment:
    """A draft beside the one in review; what is not named is the same."""
    same: dict[str, Any] = {"service": "payments-api", "version": "2.4.1", "environment": "production"} | named
    return commands.create_deployment(stage.team, by=cast.again(stage.member), template_version=stage.version, **same)


def test_the_draft_names_the_review_that_is_open_for_the_same(stage: SimpleNamespace) -> None:
    draft = another(stage)
    shown = board(draft, stage.member)
    assert WARNING in shown
    assert f'href="/t/pay/deployments/{stage.deployment.number}/"' in shown
    assert WARNING not in board(stage.deployment, stage.member), "a draft takes no keys, so nobody has to know of it"


def test_both_warn_once_both_are_in_review(stage: SimpleNamespace) -> None:
    second = commands.open_review(another(stage), by=cast.again(stage.member))
    assert WARNING in board(second, stage.auditor)
    assert WARNING in board(stage.deployment, stage.auditor)


def test_case_makes_no_other_service(stage: SimpleNamespace) -> None:
    assert WARNING in board(another(stage, service="PAYMENTS-API", environment="Production"), stage.member)


@pytest.mark.parametrize("named", [{"service": "search"}, {"version": "2.4.2"}, {"environment": "staging"}])
def test_what_differs_in_one_of_them_is_another(stage: SimpleNamespace, named: dict[str, str]) -> None:
    assert WARNING not in board(another(stage, **named), stage.member)


def test_what_has_ended_warns_of_nothing(stage: SimpleNamespace) -> None:
    draft = another(stage)
    commands.cancel_deployment(stage.deployment, by=cast.again(stage.lead), reason="Started twice")
    assert WARNING not in board(draft, stage.member)
    assert WARNING not in board(stage.deployment, stage.member)


def test_the_same_of_another_team_is_nobodys_concern(stage: SimpleNamespace) -> None:
    commands.cancel_deployment(stage.deployment, by=cast.again(stage.lead), reason="Started twice")
    cast.deploy(stage.other_team, stage.other_deployment.template_version, by=stage.stranger, service="payments-api")
    assert WARNING not in board(another(stage), stage.member)


def start(stage: SimpleNamespace, **typed: str) -> Any:
    """The form that starts a deployment, sent."""
    browser = Client()
    browser.force_login(stage.member)
    address = reverse("deployments:create_deployment", args=[stage.team.slug]) + f"?template={stage.version.pk}"
    same = {"service": "Payments-API", "version": "2.4.1", "environment": "production"}
    return browser.post(address, same | {"intent": str(uuid.uuid4())} | typed)


def test_whoever_starts_the_same_once_more_is_told_first_and_loses_nothing(stage: SimpleNamespace) -> None:
    before = Deployment.objects.filter(team=stage.team).count()
    answer = start(stage, window_start="2030-01-02T03:04")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f"{stage.deployment.code} is in review already for this service, version and environment." in page
    assert "Start another one all the same" in page
    assert "2030-01-02T03:04" in page
    assert 'value="Payments-API"' in page
    assert Deployment.objects.filter(team=stage.team).count() == before
    assert start(stage, twice="on").status_code == 302
    assert Deployment.objects.filter(team=stage.team).count() == before + 1


def test_nobody_is_asked_where_nothing_is_in_review_for_the_same(stage: SimpleNamespace) -> None:
    assert start(stage, version="2.4.2").status_code == 302
