"""One try: asked as a run is, and answered to whoever tries."""

import asyncio
from uuid import UUID

from celery import shared_task

from apps.accounts.models import Team
from apps.live import notes
from apps.probes.commands.tries import REMEMBERED
from apps.probes.conditions.offering import offered
from apps.probes.models import Probe, Run
from apps.secrets.rules import SecretValue, masked_json

from .asking import outcome_of, secret_of

SOFT_SECONDS, HARD_SECONDS = 75, 85


@shared_task(name="apps.probes.tasks.try_probe", soft_time_limit=SOFT_SECONDS, time_limit=HARD_SECONDS)
def try_probe(work_id: str) -> str:
    """Ask once, and note what came back; returns the verdict, or "forgotten"."""
    order = notes.noted(f"try:{UUID(work_id)}")
    if order is None or "verdict" in order:
        return "forgotten"
    run = Run(kind=order["kind"], config=order["config"], probe=Probe(team=Team(pk=UUID(order["team"]))))
    secret = secret_of(run)
    outcome = asyncio.run(outcome_of(run, secret))
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
    return outcome.verdict
