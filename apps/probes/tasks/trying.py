"""One try: asked as a run is, and answered to whoever tries."""

import asyncio
from typing import Any
from uuid import UUID

from celery import shared_task

from apps.accounts.models import Team
from apps.live import notes
from apps.probes.commands.tries import REMEMBERED, under_way
from apps.probes.conditions.offering import offered
from apps.probes.models import Probe, Run
from apps.secrets.rules import SecretValue, masked_json

from .asking import Way, outcome_of, secret_of, way_of
from .serving import serves

SOFT_SECONDS, HARD_SECONDS = 75, 85


@shared_task(bind=True, name="apps.probes.tasks.try_probe", soft_time_limit=SOFT_SECONDS, time_limit=HARD_SECONDS)
def try_probe(self: Any, work_id: str) -> str:
    """Ask once, and note what came back; returns the verdict, "forgotten", or "elsewhere" if others have to ask."""
    order = notes.noted(f"try:{UUID(work_id)}")
    if order is None or "verdict" in order:
        return "forgotten"
    if not serves(self, order["zone"]):
        return "elsewhere"
    team = Team(pk=UUID(order["team"]))
    run = Run(kind=order["kind"], config=order["config"], zone_id=order["zone"], probe=Probe(team=team))
    way = way_of(run)
    secret = secret_of(run) if isinstance(way, Way) else way
    outcome = asyncio.run(outcome_of(run, secret, way))
    answer = {
        "verdict": outcome.verdict,
        "explanation": outcome.explanation,
        "conditions": [dict(each) for each in outcome.conditions],
        "snippet": outcome.response.get("snippet", ""),
        "offered": [list(each) for each in offered(outcome.values)],
    }
    if isinstance(secret, SecretValue):
        answer = masked_json(answer, [secret.reveal()])
    notes.note(f"try:{work_id}", order | answer, seconds=REMEMBERED)
    notes.end(under_way(order["person"]))
    return outcome.verdict
