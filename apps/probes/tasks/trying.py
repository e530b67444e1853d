"""One try: asked as a run is, beside the runs, and answered to whoever tries."""

from typing import Any
from uuid import UUID

from celery import shared_task

from apps.accounts.models import Team
from apps.live import notes
from apps.probes.commands.tries import REMEMBERED, under_way
from apps.probes.conditions.offering import offered
from apps.probes.kinds import Outcome
from apps.probes.models import Probe, Run
from apps.secrets.rules import SecretValue, masked_json

from .prober import HARD_SECONDS, SOFT_SECONDS, Prober
from .serving import queue_of, serves


@shared_task(bind=True, name="apps.probes.tasks.try_probe", soft_time_limit=SOFT_SECONDS, time_limit=HARD_SECONDS)
def try_probe(self: Any, work_id: str) -> str:
    """Ask once, and note what came back; returns the verdict, "forgotten", or "elsewhere" if others have to ask.

    Meanwhile, and until nothing waits, runs are worked on here as by `run_probes`: whoever tries what hangs keeps no
    prober from them.
    """
    order = notes.noted(f"try:{UUID(work_id)}")
    if order is None or "verdict" in order:
        return "forgotten"
    if not serves(self, order["zone"]):
        return "elsewhere"
    team = Team(pk=UUID(order["team"]))
    run = Run(kind=order["kind"], config=order["config"], zone_id=order["zone"], probe=Probe(team=team))
    verdicts = []

    def note(outcome: Outcome, secret: SecretValue | Outcome | None) -> None:
        answer = as_noted(outcome)
        if isinstance(secret, SecretValue):
            answer = masked_json(answer, [secret.reveal()])
        notes.note(f"try:{work_id}", order | answer, seconds=REMEMBERED)
        notes.end(under_way(order["person"]))
        verdicts.append(outcome.verdict)

    with Prober(self.request.hostname or "worker", queue_of(self) or "") as prober:
        prober.ask_beside(run, note)
        prober.work()
    return verdicts[0]


def as_noted(outcome: Outcome) -> dict[str, Any]:
    """What a try came to, as it is noted."""
    return {
        "verdict": outcome.verdict,
        "explanation": outcome.explanation,
        "conditions": [dict(each) for each in outcome.conditions],
        "snippet": outcome.response.get("snippet", ""),
        "offered": [list(each) for each in offered(outcome.values)],
    }
