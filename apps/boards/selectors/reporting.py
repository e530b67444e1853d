"""What the page of a probe shows of reporting to it: tokens, when a report is expected, whether people may measure."""

from typing import Any

from django.db.models import prefetch_related_objects
from django.utils import timezone

from apps.accounts.models import User
from apps.deployments.models import Item
from apps.probes.kinds import Manual, Push
from apps.probes.models import Probe
from apps.reporting import permissions
from apps.reporting.models import Token
from apps.reporting.selectors import tokens_of

WORKS, EXPIRED, REVOKED = ("verified", "works"), ("half", "expired"), ("failed", "revoked")
EXAMPLES = {"": "7", "number": "7", "anything": "7", "text": '"text"'}


def reporting_of(item: Item, viewer: User) -> dict[str, Any]:
    """What is shown of it, nothing of a probe that is asked; at most two queries."""
    probe = item.probe
    settings = probe.settings if probe and probe.is_passive else None
    if probe is None or settings is None:
        return {}
    prefetch_related_objects([item.sign_off], "signatures")
    if isinstance(settings, Manual):
        unit = "" if settings.unit == "none" else settings.unit
        may = permissions.measure(viewer, item)
        return {"is_measured": True, "may_measure": may, "what": settings.what, "unit": unit}
    assert isinstance(settings, Push)
    return {
        "may_issue": permissions.issue_token(viewer, item),
        "tokens": [_token(token, viewer, item) for token in tokens_of(probe)],
        "expected_by": probe.expected_by,
        "is_late": _is_late(probe),
        "example": _example(settings),
    }


def _is_late(probe: Probe) -> bool:
    """Whether the next report is late already, or the last one that was expected did not come."""
    latest = probe.latest_run
    is_overdue = probe.expected_by is not None and probe.expected_by < timezone.now()
    return is_overdue or (latest is not None and latest.slot is not None)


def _token(token: Token, viewer: User, item: Item) -> dict[str, Any]:
    token.item = item
    state = REVOKED if token.revoked_at else EXPIRED if token.expires_at <= timezone.now() else WORKS
    return {"token": token, "state": state, "may_revoke": permissions.revoke_token(viewer, token)}


def _example(settings: Push) -> str:
    """A report that this probe takes, as JSON."""
    named = [f'"{name}": {226 if unit else EXAMPLES[unit]}' for name, unit in settings.units.items()][:3]
    return '{"values": {' + ", ".join(['"ok": true', *named]) + "}}"
