"""The printed record."""

import time
from typing import Any
from unittest.mock import patch

import weasyprint
from celery import Task

from apps.records import commands, pdf, tasks
from apps.records.models import Record
from apps.records.states import State
from bench.figures import figure
from bench.measures import Bench

PRINTED: list[str] = []


class Reading(weasyprint.HTML):
    """Notes what it is given to print."""

    def __init__(self, **options: Any) -> None:
        PRINTED.append(options["string"])
        super().__init__(**options)


@figure("record of 250 ÷ Chromium printing the same HTML", 1.5, rounds=5)
def record(bench: Bench) -> float:
    """What a worker that has loaded the engine pays, beside all processes of Chromium."""
    with patch("weasyprint.HTML", Reading):
        taken = _render(bench)
    return taken / bench.chromium.print(PRINTED.pop(), pdf.BASE_URL, pdf.static_files())


def _render(bench: Bench) -> float:
    with patch.object(Task, "apply_async"):  # no worker may take it
        made: Record = commands.request_record(bench.stage.board(250), by=bench.stage.lead)
    start = time.process_time()
    tasks.render_record(str(made.id), made.attempt)
    taken = time.process_time() - start
    made.refresh_from_db()
    if made.state != State.FILED:
        raise SystemExit(f"the record is {made.state}: {made.error}")
    return taken
