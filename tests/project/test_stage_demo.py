"""The worked example: made by real commands, in the states it promises, once."""

import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from apps.accounts.models import Team, User
from apps.accounts.roles import Capability, Role
from apps.deployments import selectors
from apps.deployments.models import Deployment, Item
from apps.ledger import selectors as ledger
from apps.probes.models import Probe
from apps.records.models import Record
from project import verification

pytestmark = pytest.mark.django_db
BASE_URL = "http://127.0.0.1:8000"


DEMO = {"KEYTURN_DEMO": True, "KEYTURN_PROBE_ALLOW": "127.0.0.1:8000"}


@pytest.fixture
def demo(settings: Any) -> Any:
    for name, value in DEMO.items():
        setattr(settings, name, value)
    return settings


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The worked example, made once for all who look at it; what was printed."""
    with django_db_blocker.unblock(), override_settings(**DEMO), transaction.atomic():
        yield stage()
        transaction.set_rollback(True)


def stage() -> str:
    output = StringIO()
    call_command("stage_demo", base_url=BASE_URL, stdout=output)
    return output.getvalue()


def blockers(number: int) -> list[str]:
    deployment = Deployment.objects.select_related("team", "rollback_plan").get(number=number)
    return [blocker.subject for blocker in selectors.readiness(deployment).blockers]


def states(number: int) -> set[str]:
    return {item.state.value for item in selectors.summaries(Deployment.objects.get(number=number))}


# These two look at an empty database, so they come before the example is made.


def test_it_refuses_outside_a_demo(settings: Any) -> None:
    settings.KEYTURN_DEMO = False
    with pytest.raises(CommandError, match="Only a demo"):
        stage()
    assert not User.objects.exists()


def test_a_target_that_probes_may_not_reach_makes_nothing(demo: Any) -> None:
    demo.KEYTURN_PROBE_ALLOW = ""
    with pytest.raises(CommandError, match="KEYTURN_PROBE_ALLOW"):
        stage()
    assert not Team.objects.exists()


def test_what_is_critical_is_marked_so_and_not_once_more_in_its_title(made: str) -> None:
    items = Item.objects.filter(deployment__number=1)
    assert items.filter(critical=True).count() == 6
    assert not items.filter(title__icontains="critical").exists()


def test_a_second_time_changes_nothing(made: str) -> None:
    assert "is ready" in made
    before = ledger.head("instance")
    assert "here already" in stage()
    assert ledger.head("instance") == before
    assert Deployment.objects.count() == 3


def test_three_deployments_stand_as_promised(made: str) -> None:
    closed, blocked, review = Deployment.objects.order_by("number")
    assert (closed.state, closed.outcome, closed.sheet.answer) == ("closed", "completed", "caveats")
    assert Record.objects.get().deployment == closed
    assert (blocked.state, review.state) == ("in_review", "in_review")
    assert len(blockers(blocked.number)) == 2  # both probes still have to run
    assert states(review.number) == {"open", "half", "verified", "waived", "rejected", "invalidated"}
    assert blockers(review.number)[0] == "Rollback plan"
    assert review.rollback_plan.missing("somebody") == ["the date it was last rehearsed"]
    waiting = Item.objects.filter(deployment=review, waivers__ended_at=None, waivers__isnull=False)
    assert waiting.count() == 3


def test_the_probes_ask_this_instance(made: str) -> None:
    assert {probe.config["url"] for probe in Probe.objects.all()} == {f"{BASE_URL}/healthz"}
    assert all(probe.latest_run.state == "queued" for probe in Probe.objects.select_related("latest_run"))


# Of whom README says that they do it, and what it takes.
IN_README = {
    r"become (\w+ \w+) there, open \*\*Templates": Capability.PUBLISH,
    r"As (\w+ \w+),\s+open the same item": Capability.REVIEW,
    r"the second a decider: \w+ or (\w+ \w+)": Capability.DECIDE,
}


@pytest.mark.parametrize("named", IN_README)
def test_whoever_readme_names_may_do_what_it_says(made: str, named: str) -> None:
    [name] = re.findall(named, Path("README.md").read_text(encoding="utf-8"))
    assert User.objects.get(full_name=name).may(IN_README[named], Team.objects.get().pk)


def test_nobody_has_a_password_and_every_role_is_cast(made: str) -> None:
    assert not any(person.has_usable_password() for person in User.objects.all())
    team = Team.objects.get(slug="pay")
    roles = {*team.memberships.values_list("role", flat=True), *team.grants.held().values_list("role", flat=True)}
    assert roles == set(Role.values)


def test_its_ledger_has_no_fault(made: str) -> None:
    assert verification.verify().faults == []
