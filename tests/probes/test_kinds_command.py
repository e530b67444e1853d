"""The kind that runs a command: what it measures, and that it runs nothing that it should not."""

import asyncio
import os
import time
from collections.abc import Iterator
from decimal import Decimal

import pytest

from apps.probes import sandbox
from apps.probes.argv import Limits, digest
from apps.probes.conditions import Value
from apps.probes.kinds import KINDS, BadSetting, Command, command
from apps.zones.rules import Policy
from tests.sandbox.unprivileged import Worker

USER = 50_000 + os.getpid() % 5_000


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    made = Worker(USER)
    yield made
    made.stop()


def run(worker, run="", **settings):
    worker.order(settings=settings, run=run)
    return worker.answer()


def verdicts(outcome):
    return [(each["expression"], each["verdict"]) for each in outcome["conditions"]]


def test_it_measures_how_the_program_ended_and_what_it_wrote(worker):
    outcome = run(
        worker,
        argv="printf\n%s%%\n{share:number}",
        parameters="share=42",
        conditions='exit_code == 0\nnumber < 50\nstdout == "42%"\nduration < 9 s',
    )
    assert outcome["verdict"] == "passed", outcome
    assert {verdict for _, verdict in verdicts(outcome)} == {"pass"}
    assert outcome["request"]["url"] == "printf %s%% 42"
    assert outcome["response"]["snippet"] == "42%"
    assert outcome["response"]["digest"] == digest(["printf", "%s%%", "{share:number}"], Limits())


def test_another_exit_code_fails_and_says_what_the_program_did(worker):
    outcome = run(worker, argv="ls\n/not-there")
    assert outcome["verdict"] == "failed"
    assert "exit_code" in outcome["explanation"]
    assert "/not-there" in outcome["response"]["stderr"]
    assert "/not-there" in outcome["explanation"]


def test_what_is_no_number_is_no_verdict_on_one(worker):
    outcome = run(worker, argv="echo\nmany", conditions="number < 50")
    assert outcome["verdict"] == "inconclusive"


def test_the_run_is_named_in_its_environment(worker):
    assert run(worker, run="run-7", argv="printenv\nRUN_ID")["response"]["snippet"] == "run-7\n"


def test_one_that_does_not_end_fails(worker):
    outcome = run(worker, argv="sleep\n60", seconds=1)
    assert (outcome["verdict"], outcome["explanation"]) == ("failed", "It did not end within 1 s and was stopped.")


def test_one_that_writes_too_much_is_no_verdict(worker):
    outcome = run(worker, argv="yes")
    assert outcome["verdict"] == "inconclusive"
    assert "64 KiB" in outcome["explanation"]


def test_where_the_sandbox_does_not_hold_nothing_is_run(monkeypatch):
    async def hindrance():
        return "Commands are unavailable here: it can write to /."

    async def started(*_, **__):
        raise AssertionError("something was run")

    monkeypatch.setattr(sandbox, "hindrance", hindrance)
    monkeypatch.setattr(sandbox, "run", started)
    outcome = asyncio.run(KINDS["command"].parse({"argv": "true"}).run(policy=Policy()))
    assert outcome.verdict == "inconclusive"
    assert outcome.explanation == "Commands are unavailable here: it can write to /."


def test_it_does_not_run_as_root(monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setattr("apps.probes.sandbox.trial._found", None)
    outcome = asyncio.run(KINDS["command"].parse({"argv": "true"}).run(policy=Policy()))
    assert outcome.verdict == "inconclusive"
    assert "do not run as root" in outcome.explanation
    monkeypatch.setattr("apps.probes.sandbox.trial._found", None)


@pytest.mark.parametrize(
    ("settings", "setting", "message"),
    [
        ({"argv": ""}, "argv", "Name the program"),
        ({"argv": "--help"}, "argv", "cannot begin with"),
        ({"argv": "ls\n{a:b}"}, "argv", "a type that there is not"),
        ({"argv": "ls\n{a:word}"}, "parameters", "“a” is not filled in"),
        ({"argv": "ls\n{a:word}", "parameters": "a=-l"}, "parameters", "begins with"),
        ({"argv": "ls\n{a:word}", "parameters": "a=b; c"}, "parameters", "is not a word"),
        ({"argv": "ls", "parameters": "b=1"}, "parameters", "nothing called b"),
        ({"argv": "ls", "seconds": 56}, "seconds", "1 to 55 seconds"),
        ({"argv": "ls", "memory_mb": 1025}, "memory_mb", "16 to 1024 MB"),
    ],
)
def test_a_bad_setting_is_refused(settings, setting, message):
    with pytest.raises(BadSetting, match=message) as refusal:
        KINDS["command"].parse(settings)
    assert refusal.value.setting == setting


def test_the_digest_is_worked_out_and_never_believed():
    config = Command.parse({"argv": "df\r\n-h\r\n\r\n", "digest": "0" * 64})
    assert config.digest == config.as_json()["digest"] == digest(["df", "-h"], Limits())
    assert Command.parse(config.as_json()) == config


def test_what_is_filled_in_changes_nothing_that_was_approved():
    one, two = (Command.parse({"argv": "ls\n{a:word}", "parameters": f"a={value}"}) for value in ("x", "y"))
    assert one.digest == two.digest
    assert one.asked() != two.asked()


def test_it_goes_nowhere_so_no_policy_is_asked():
    assert Command.parse({"argv": "df"}).refusal(Policy()) == ""
    assert Command.parse({"argv": "df\n-h"}).summary() == "RUN df -h: exit_code == 0"


def test_the_worker_waits_a_little_longer_than_the_command_may_take():
    assert Command.parse({"argv": "df", "seconds": 10, "timeout_ms": 1000}).timeout_ms == 14_000
    assert Command.parse({"argv": "df", "seconds": 55}).timeout_ms == 59_000


def test_a_number_and_many_blanks_take_no_time():
    began = time.process_time()
    assert "number" not in command._reading(sandbox.Ended(0, b"5" + b" " * 60_000 + b"x", b"", 0.1), "").values
    assert command._reading(sandbox.Ended(0, b" 42 %\n", b"", 0.1), "").values["number"] == Value(Decimal(42))
    assert time.process_time() - began < 1  # 40 s where blanks before and after the sign may be the same
