"""Forty secrets are planted and used against a server that repeats them; nothing that is stored or shown has one."""

import logging
import subprocess
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.urls import reverse

from apps.attachments import commands as attachments
from apps.ledger.models import Entry, Opening
from apps.probes import commands as probes
from apps.probes import egress, tasks
from apps.probes.kinds import outcome
from apps.probes.models import Run
from apps.records import commands as records
from apps.records import tasks as printing
from apps.secrets import commands
from apps.secrets.models import SecretVersion
from project.lines import LineFormatter
from tests import canaries
from tests.canaries import COUNT, PLANTED, UNMASKED
from tests.cast import again, signed_in
from tests.house.routes import OF_A_TEAM
from tests.house.routes.stage import set_the_stage
from tests.secrets.echoing import echoing, server

pytestmark = pytest.mark.django_db
PATHS = ("json", "utf16", "bad", "short")


@pytest.fixture
def story(
    settings: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, broker: Any
) -> Iterator[Any]:
    """Plants the secrets, uses each, and returns what everybody was given to see."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("apps.probes.commands.runs.FAILURES", COUNT + 1)  # their target answers badly, and is asked on
    logging.getLogger("httpcore").setLevel(settings.LOGGING["loggers"]["httpcore"]["level"])
    with server(echoing) as port:
        settings.KEYTURN_PROBE_ALLOW = f"127.0.0.1:{port}"
        yield lambda values: played(port, values, caplog)


def played(port: int, values: list[str], caplog: pytest.LogCaptureFixture) -> SimpleNamespace:
    stage = set_the_stage()
    lead = again(stage.lead)
    for place, value in enumerate(values):
        name, item = f"canary-{place}", stage.items[place % 4]
        commands.set_secret(stage.team, by=lead, name=name, value=value, bindings=[f"http://127.0.0.1:{port}"])
        config = {"url": f"http://127.0.0.1:{port}/{PATHS[place // 4 % 4]}", "secret": name}
        config |= {"auth": "basic", "user": "probe"} if place % 2 else {"auth": "bearer"}
        config["conditions"] = 'json.plain == "x"\nheader.server == "x"\nbody contains "x y z"'
        kind = {} if item.probe_id else {"kind": "http"}
        attachments.attach_probe(item, by=lead, name="Canary", config=config, **{"kind": "http"} | kind)
        item.refresh_from_db()
        attachments.run_probes(stage.deployment, by=lead, numbers=[item.number])
        tasks.run_probes.apply().get()
    commands.rotate_secret(stage.secret, by=lead, value=values[0])
    runs = Run.objects.filter(config__secret__startswith="canary-")
    assert runs.count() == COUNT
    assert set(runs.values_list("state", flat=True)) == {"failed"}
    return SimpleNamespace(**seen(stage, caplog))


def seen(stage: SimpleNamespace, caplog: pytest.LogCaptureFixture) -> dict[str, str]:
    """Everything that leaves a trace, as text, by where it was found."""
    record = records.request_record(stage.deployment, by=again(stage.auditor))
    printing.render_record.apply(kwargs={"work_id": str(record.pk), "attempt": 1}).get()
    record.refresh_from_db()
    pdf = bytes(record.blob.data)
    text = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True).stdout
    parts = subprocess.run(["pdfdetach", "-list", "-"], input=pdf, capture_output=True, check=False).stdout
    return {
        "columns": columns(),
        "ledger": "".join(Entry.objects.values_list("body", flat=True)) + str(list(Opening.objects.values())),
        "pages": pages(stage),
        "pdf": text.decode() + parts.decode() + pdf.decode("latin-1"),
        "logs": "\n".join(map(LineFormatter().format, caplog.records)),
    }


def columns() -> str:
    """Every column of every row, but for the ciphertexts."""
    found = []
    for model in apps.get_models():
        for row in model._default_manager.values(*[each.name for each in model._meta.concrete_fields]):
            found += [written(value) for name, value in row.items() if (model, name) != (SecretVersion, "ciphertext")]
    return "\n".join(found)


def written(value: Any) -> str:
    return bytes(value).decode("latin-1") if isinstance(value, memoryview | bytes) else str(value)


def pages(stage: SimpleNamespace) -> str:
    """Every page that a lead opens, the items that were probed and all secrets among them."""
    browser, found = signed_in(again(stage.lead)), []
    urls = [reverse(name, kwargs=dict(route.arguments(stage))) for name, route in OF_A_TEAM.items() if route.get == 200]
    urls += [reverse("deployments:item", args=["pay", stage.deployment.number, n]) for n in range(1, 5)]
    for url in urls:
        answer = browser.get(url)
        found.append("" if answer.streaming else answer.content.decode(errors="replace"))
    return "\n".join(found)


def test_no_canary_is_found_anywhere_nor_a_digest_that_would_tell_of_one(story):
    found = story(PLANTED)
    for where in ("columns", "ledger", "pages", "pdf", "logs"):
        text = getattr(found, where)
        assert len(text) > 500, where
        assert canaries.found(text, PLANTED) == [], where
    assert "[masked]" in found.columns
    assert "[masked]" in found.pages
    repeated = [each for each in Run.objects.all() if "/utf16" in each.config.get("url", "")]
    assert repeated
    for run in repeated:
        assert run.response["sha256"] == run.response_digest == ""


def test_without_the_masks_the_canaries_are_found(story, monkeypatch):
    monkeypatch.setattr(egress, "masked", lambda text, *_, **__: text)
    monkeypatch.setattr(outcome, "masked_json", lambda value, *_: dict(value) if isinstance(value, dict) else value)
    before = canaries.SEARCH.unmasked.copy()
    found = story(UNMASKED)
    for where in ("columns", "ledger", "pages"):
        assert len(canaries.found(getattr(found, where), UNMASKED)) > COUNT / 5, where
    for place in ("rows", "ledger", "pages", "pdf"):  # what looks through a whole run would have found them, too
        assert canaries.SEARCH.unmasked[place] > before[place], place


def test_no_canary_is_in_what_the_broker_writes_down(people, broker, django_capture_on_commit_callbacks, settings):
    """Messages name ids; RDB and AOF of the broker are what it keeps of them."""
    with django_capture_on_commit_callbacks(execute=True):
        for place, value in enumerate(PLANTED):
            commands.set_secret(
                people.team, by=again(people.lead), name=f"c{place}", value=value, bindings=["example.com"]
            )
        order_runs(people, len(PLANTED))
    canaries.search_broker(broker)
    written_down = "".join(path.read_bytes().decode("latin-1") for path in broker.folder.rglob("*") if path.is_file())
    assert tasks.run_probes.name in written_down
    assert canaries.found(written_down, PLANTED) == []


def order_runs(people: SimpleNamespace, count: int) -> None:
    """A run of a probe that asks with each of the secrets."""
    stream, lead, found = "deployment/x", again(people.lead), dict[UUID, UUID]()
    for place in range(count):
        config = {"url": "https://example.com/", "auth": "bearer", "secret": f"c{place}"}
        probe = probes.define_probe(people.team, by=lead, name="P", kind="http", config=config, stream=stream)
        found[probe.pk] = UUID(int=place)
    probes.request_runs(found, by=lead, stream=stream)
