"""What the page of an upgrade says of the verdict is what the board says once it is done."""

from types import SimpleNamespace
from typing import Any

import pytest

from apps.boards.selectors.upgrade import upgrade_page
from apps.deployments.models import Deployment
from apps.deployments.selectors.readiness import readiness
from tests.cast import again
from tests.deployments.templates import line, review, where
from tests.deployments.test_upgrades import following, fresh, signed, upgrade

pytestmark = pytest.mark.django_db
LINES = [line("backup"), line("tests"), line("notes"), line("canary", conditions=[where("environment", "staging")])]


@pytest.fixture
def cast(people: SimpleNamespace) -> SimpleNamespace:
    people.deployment = review(people, *LINES)
    signed(people, people.deployment, "backup", "tests")
    return people


def forecast(cast: SimpleNamespace) -> list[tuple[str, str, str]]:
    return list(upgrade_page(fresh(cast.deployment), again(cast.lead))["verdicts"])


def blocking(deployment: Deployment) -> int:
    return len(readiness(fresh(deployment)).blockers)


@pytest.mark.parametrize(
    "edits",
    [
        {"add": ["Tell support"]},
        {"remove": ["notes"]},
        {"remove": ["backup"]},
        {"edit": {"tests": {"text": "All of them."}}},
        {"edit": {"notes": {"text": "Written before."}}},
        {"edit": {"canary": {"text": "For an hour."}}},
        {"edit": {"backup": {"keys": 3}, "notes": {"critical": True}}, "add": ["One", "Two"], "remove": ["canary"]},
    ],
    ids=lambda edits: "+".join(edits),
)
def test_as_many_conditions_block_as_forecast(cast: SimpleNamespace, edits: dict[str, Any]) -> None:
    version = following(cast, cast.deployment, **edits)
    now, then = forecast(cast)
    assert now == ("NO-GO", "no-go", f"now: {blocking(cast.deployment)} conditions block")
    upgrade(cast, cast.deployment, version)
    assert then == ("NO-GO", "no-go", f"after: {blocking(cast.deployment)} would")


def test_an_item_that_does_not_apply_blocks_neither_before_nor_after_its_text_changes(cast: SimpleNamespace) -> None:
    before = blocking(cast.deployment)
    following(cast, cast.deployment, edit={"canary": {"text": "For an hour."}})
    assert forecast(cast)[1][2] == f"after: {before} would"


@pytest.mark.parametrize(
    "values", [[where("environment", "production")], [where("environment", "production", is_not=True)]]
)
def test_what_is_judged_only_then_is_named_apart(cast: SimpleNamespace, values: list[dict[str, Any]]) -> None:
    before = blocking(cast.deployment)
    version = following(cast, cast.deployment, edit={"canary": {"conditions": values}})
    assert forecast(cast)[1][2] == f"after: {before} would, and up to 1 more, whose condition is judged then"
    upgrade(cast, cast.deployment, version)
    assert before <= blocking(cast.deployment) <= before + 1


def test_go_is_forecast_too(cast: SimpleNamespace) -> None:
    signed(cast, cast.deployment, "notes")
    following(cast, cast.deployment, remove=["notes"])
    general = blocking(cast.deployment)  # what blocks besides items, such as a plan that is not filled in
    verdict = "NO-GO" if general else "GO"
    assert forecast(cast)[1][:2] == (verdict, verdict.lower())
