"""What commands try, and that nothing comes of it."""

import pytest

from tests.sandbox.payloads import PAYLOADS, Payload
from tests.sandbox.unprivileged import in_time

PROCESSES = 8


def test_the_sandbox_is_there(worker):
    worker.order(hindrance=True)
    assert worker.answer() == {"hindrance": ""}


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda each: each.name)
def test_nothing_comes_of(payload: Payload, worker, outside):
    command = payload.command(**outside.names(), processes=PROCESSES)
    end = worker.run(*command, seconds=payload.seconds, cpu_seconds=payload.cpu_seconds, processes=PROCESSES)
    ends = (end["stdout"].strip(), 0) if payload.ends == "held" else end["stopped"] or end["exit_code"]
    assert ends == (("held", 0) if payload.ends == "held" else payload.ends), end
    assert in_time(end, payload.seconds), end
    assert len(end["stdout"]) <= 65536
    assert len(end["stderr"]) <= 65536
    assert outside.effects() == []


def test_there_are_enough_of_them():
    assert len({payload.name for payload in PAYLOADS}) == len(PAYLOADS) >= 60
