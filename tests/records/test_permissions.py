"""Who may, in every state."""

import pytest

from apps.deployments import commands as deployments
from apps.ledger.commands import SYSTEM
from apps.records import permissions
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("is_closed", [False, True])
@pytest.mark.parametrize(
    ("who", "may"),
    [("lead", True), ("reviewer", True), ("member", True), ("auditor", True), ("stranger", False)],
)
def test_whoever_may_export_may_ask_at_any_time(who, may, is_closed):
    staged = cast.stage()
    if is_closed:
        staged.deployment = deployments.cancel_deployment(staged.deployment, by=staged.lead, reason="Given up.")
    verdict = permissions.request_record(getattr(staged, who), staged.deployment)
    assert verdict.allowed is may
    assert bool(verdict.reason) is not may


def test_only_the_system_files():
    staged = cast.stage()
    assert permissions.file_record(SYSTEM)
    assert not permissions.file_record(staged.lead)
