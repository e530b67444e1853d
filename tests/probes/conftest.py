"""A probe of the Payments team, and the tasks it is ordered with."""

import uuid
from types import SimpleNamespace

import pytest

from apps.probes import commands, tasks
from apps.probes.states import PLAN

STREAM = f"deployment/{uuid.UUID(int=7)}"
ITEM = uuid.UUID(int=12)
CONFIG = {"url": "https://gateway.example/health", "conditions": 'body contains "up"\nlatency < 300 ms'}


@pytest.fixture
def cast(people):
    """The people, with `probe`, and `order()` that asks for a run."""
    return with_probe(people)


def with_probe(folk):
    """The same people with a probe, and `order()`."""
    assert tasks.run_probes.name == PLAN.task
    folk.probe = commands.define_probe(
        folk.team, by=folk.lead, name="Health", kind="http", config=CONFIG, stream=STREAM
    )

    def order(by=None):
        [run] = commands.request_runs({folk.probe.pk: ITEM}, by=by or folk.member, stream=STREAM)
        return run

    return SimpleNamespace(**vars(folk), order=order)
