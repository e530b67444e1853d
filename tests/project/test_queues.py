"""Which worker takes which task, and what becomes of a task that finds no database."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from celery.exceptions import Reject
from django.db import DataError, InterfaceError, OperationalError

from apps.probes.states import COMMANDS
from project import celery, heartbeat
from project.celery import HOUSEKEEPING, NOTICES, PROBES, RECORDS, app
from project.embedded import Embedded

ROOT = Path(__file__).resolve().parents[2]


def queue_of(task: str) -> str:
    return app.amqp.router.route({}, task)["queue"].name


def test_probes_records_and_sweeps_wait_in_queues_of_their_own() -> None:
    assert queue_of("apps.probes.tasks.run_probes") == PROBES
    assert queue_of("apps.records.tasks.render_record") == RECORDS
    assert queue_of("apps.notices.tasks.send_delivery") == NOTICES
    assert queue_of("apps.letters.tasks.send_letter") == NOTICES
    for entry in app.conf.beat_schedule.values():
        assert queue_of(entry["task"]) == HOUSEKEEPING


def test_the_documented_the_packaged_and_the_embedded_workers_take_from_every_queue() -> None:
    """Records and probes never share one, and sweeps have both."""
    embedded = Embedded(port=8000, demo=False, say=print)
    commands = [" ".join(embedded._worker()), " ".join(embedded._prober())]
    packaged = re.findall(r'--queues, "([a-z,]+)"', (ROOT / "compose.yaml").read_text())
    documented = re.findall(r"--queues ([a-z,]+)", (ROOT / "docs" / "production.md").read_text())
    started = [re.findall(r"--queues ([a-z,]+)", command)[0] for command in commands]
    usual = [f"{HOUSEKEEPING},{RECORDS},{NOTICES}", f"{HOUSEKEEPING},{PROBES}"]
    assert started == usual
    assert packaged == [*usual, COMMANDS]
    assert documented == [*packaged, "factory"]  # an example of a zone


def test_the_embedded_prober_takes_commands_once_they_are_switched_on(settings: Any) -> None:
    settings.KEYTURN_COMMANDS = True
    prober = " ".join(Embedded(port=8000, demo=False, say=print)._prober())
    assert f"--queues {HOUSEKEEPING},{PROBES},{COMMANDS} " in prober


@pytest.mark.parametrize(("queues", "asked"), [("commands", 0), ("keyturn,probes", 1), ("probes,commands", 1)])
def test_every_worker_but_that_of_commands_needs_the_keys_of_secrets(queues: str, asked: int, monkeypatch: Any) -> None:
    required: list[int] = []
    monkeypatch.setattr(celery, "require_keys", lambda: required.append(1))
    served = SimpleNamespace(consume_from=dict.fromkeys(queues.split(",")))
    celery.refuse_without_keys(SimpleNamespace(app=SimpleNamespace(amqp=SimpleNamespace(queues=served))))
    assert len(required) == asked


def test_the_worker_of_commands_is_in_a_container_of_its_own_with_what_it_needs() -> None:
    """Only that one has Docker's filters lifted; the image has bubblewrap and is not root."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    commands = services["commands"]
    assert "--queues" in commands["command"]
    assert commands["init"] is True
    assert commands["volumes"] == []
    assert commands["environment"] | services["worker"]["environment"] == services["worker"]["environment"]
    for name in ("KEYTURN_SECRETS_KEYS", "KEYTURN_SECRET_KEY_FALLBACKS"):
        assert commands["environment"][name] == ""
    assert {"seccomp=unconfined", "systempaths=unconfined", "no-new-privileges:true"} <= {*commands["security_opt"]}
    for name, service in services.items():
        lifted = any("unconfined" in each for each in service.get("security_opt", []))
        assert lifted is (name == "commands"), name
    image = (ROOT / "Dockerfile").read_text()
    assert "bubblewrap" in image
    assert image.index("\nUSER keyturn") > image.index("bubblewrap")


def test_a_worker_says_that_it_is_there_which_queues_it_serves_and_that_it_goes(monkeypatch: Any) -> None:
    noted: dict[str, Any] = {}
    monkeypatch.setattr(heartbeat.notes, "note_among", lambda group, name, what, **_: noted.update({name: what}))
    monkeypatch.setattr(heartbeat.notes, "forget_among", lambda group, name: noted.pop(name))
    queues = SimpleNamespace(consume_from={"factory": None, "dmz": None})
    served = SimpleNamespace(amqp=SimpleNamespace(queues=queues))
    beating = heartbeat.Heartbeat()
    beating.end()
    beating.begin(SimpleNamespace(app=served, hostname="w@h", pool=SimpleNamespace(num_processes=3)))
    assert (noted["w@h"]["queues"], noted["w@h"]["size"]) == (["dmz", "factory"], 3)
    at = noted["w@h"]["seen"]
    eventer = SimpleNamespace(eventer=SimpleNamespace(app=served, hostname="w@h"))
    beating.beat(eventer)
    assert noted["w@h"]["seen"] == at  # so soon is not noted again
    beating.noted -= heartbeat.BEAT_SECONDS
    beating.beat(eventer)
    assert noted["w@h"]["seen"] > at
    beating.end()
    assert noted == {}


@pytest.mark.parametrize(
    ("error", "comes_again"),
    [
        (OperationalError("connection refused"), True),
        (InterfaceError("connection already closed"), True),
        (OperationalError("database or disk is full"), True),
        (DataError("value too long"), False),
        (ZeroDivisionError(), False),
    ],
)
def test_a_task_that_finds_no_database_is_not_acknowledged_and_one_that_is_wrong_fails(
    monkeypatch: pytest.MonkeyPatch, error: Exception, comes_again: bool
) -> None:
    monkeypatch.setattr(celery, "PAUSE", 0)
    monkeypatch.setattr(celery.broker, "note_full", lambda url: None)

    def failing(*_: Any, **__: Any) -> None:
        raise error

    task = app.tasks["apps.probes.tasks.sweep_probes"]
    monkeypatch.setattr(task, "run", failing)
    task.push_request(called_directly=False, is_eager=False)
    try:
        with pytest.raises(Reject if comes_again else type(error)) as caught:
            task()
    finally:
        task.pop_request()
    assert not comes_again or caught.value.requeue
