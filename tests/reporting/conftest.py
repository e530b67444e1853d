"""A deployment in review with an item that a script reports to, and one that people measure."""

import json
from types import SimpleNamespace
from typing import Any

from django.test import Client
from django.urls import reverse

from apps.attachments import commands as attachments
from apps.reporting import commands
from tests.cast import again
from tests.stages import fixtures_on_top

PUSH = {"names": "p95 [ms]", "conditions": "ok == true\np95 < 300 ms", "every": "1 h", "late": "5 min"}
MANUAL = {"what": "Time until the first token", "unit": "ms", "conditions": "value < 300 ms"}
GOOD = {"values": {"ok": True, "p95": 226}}


def add_probes(stage: SimpleNamespace) -> None:
    """Make these."""
    lead = again(stage.lead)
    attachments.attach_probe(stage.items[0], by=lead, name="Nightly", kind="push", config=PUSH)
    attachments.attach_probe(stage.items[4], by=lead, name="First token", kind="manual", config=MANUAL)
    stage.pushed, stage.measured = stage.items[0], stage.items[4]
    for item in (stage.pushed, stage.measured):
        item.refresh_from_db()
    stage.token = commands.issue_token(stage.pushed, by=again(stage.member), name="Nightly build", days=30)


# The stage with `pushed` and `measured`, two items with their probes, and `token`, the text of one.
made_of_file, made = fixtures_on_top("stage", add_probes)


def send(token: str, report: Any = GOOD, *, key: str = "", media: str = "application/json", **headers: str) -> Any:
    """Report by a token, as curl does."""
    body = report if isinstance(report, bytes) else json.dumps(report).encode()
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if key:
        headers["Idempotency-Key"] = key
    client = Client(enforce_csrf_checks=True, headers=headers)
    return client.post(reverse("deployments:take_report"), body, content_type=media)
