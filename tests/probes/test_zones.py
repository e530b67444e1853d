"""A probe of a zone is asked by that zone's workers only, under the policy that holds when it runs."""

import asyncio
import json
import time
from datetime import timedelta
from ipaddress import ip_address
from types import SimpleNamespace
from typing import Any

import pytest
from celery.app.trace import build_tracer
from celery.signals import worker_init
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.core.errors import Refusal
from apps.core.hosts import HOST_LENGTH
from apps.ledger.commands import SYSTEM
from apps.live import notes
from apps.probes import commands, tasks
from apps.probes.commands import orders
from apps.probes.models import Breaker, Probe, Run
from apps.probes.selectors import choices_of_zones, explained, probe_about, run_page, stored_config
from apps.probes.states import State
from apps.probes.tasks import asking, serving, trying
from apps.zones import commands as zones
from apps.zones.rules import QUEUE_LENGTH, WORKERS
from tests.cast import again
from tests.probes.conftest import CONFIG, ITEM, STREAM
from tests.zones.conftest import cast as zoned

pytestmark = pytest.mark.django_db
factory = zoned  # the people, two administrators and a zone
TARGET = {"address": "10.20.1.1:5432"}
NETWORK = "10.20.0.0/16:5432"
SENT: list[tuple[str, dict]] = []


@pytest.fixture
def made(factory, monkeypatch):
    """The same with a probe in the zone, of a team that may use it."""
    factory.granted = factory.widen(team=factory.team)
    factory.opened = factory.widen(allow=NETWORK)
    factory.probe = define(factory)
    monkeypatch.setattr(orders.leases, "enqueue", lambda name, **sent: SENT.append((name, sent)))
    SENT.clear()
    return factory


def define(cast, zone="factory", name="Database", config=TARGET, kind="tcp"):
    lead = again(cast.lead)
    return commands.define_probe(cast.team, by=lead, name=name, kind=kind, config=config, stream=STREAM, zone=zone)


def order(cast, probe=None):
    [run] = commands.request_runs({(probe or cast.probe).pk: ITEM}, by=again(cast.member), stream=STREAM)
    return run


def claim(queue):
    return commands.claim_runs(by=SYSTEM, worker="w", room=100, seconds=1000.0, queue=queue)


def ask(run):
    way = asking.way_of(run)
    return way, asyncio.run(asking.outcome_of(run, None, way))


def by_message(queue, *served):
    """A task as a worker has it: the message says one queue, the worker was started with others."""
    queues = SimpleNamespace(consume_from=dict.fromkeys(served))
    request = SimpleNamespace(called_directly=False, is_eager=False, delivery_info={"routing_key": queue})
    request.hostname = "worker@here"
    return SimpleNamespace(request=request, app=SimpleNamespace(amqp=SimpleNamespace(queues=queues)))


def test_a_run_waits_in_the_queue_of_its_zone(made):
    assert order(made).queue == "factory"
    [(name, sent)] = SENT
    assert (name, sent["queue"]) == ("apps.probes.tasks.run_probes", "factory")


@pytest.mark.parametrize("queue", ["probes", "keyturn", "commands", "other", "factory-2"])
def test_no_worker_of_another_queue_claims_it(made, queue):
    order(made)
    assert claim(queue) == []
    assert [run.zone_id for run in claim("factory")] == ["factory"]


def test_a_worker_of_the_zone_claims_nothing_else(made):
    own = define(made, zone="", name="Health", config=CONFIG, kind="http")
    order(made, own)
    assert claim("factory") == []
    assert [run.probe_id for run in claim("probes")] == [own.pk]


@pytest.mark.parametrize("name", ["factory", "commands", "", "probes,factory", "nothing"])
def test_a_message_that_names_a_queue_this_worker_does_not_serve_is_left(made, name):
    order(made)
    task = by_message(name, "keyturn", "probes")
    assert serving.queue_of(task) is None
    assert tasks.run_probes.run.__func__(task) == 0
    assert Run.objects.get().state == State.QUEUED


@pytest.fixture
def in_a_worker(monkeypatch):
    monkeypatch.setattr(serving, "_is_worker", False)
    assert serving.note_worker in worker_init._live_receivers(None)
    serving.note_worker()


@pytest.mark.usefixtures("in_a_worker")
def test_a_message_that_says_it_is_none_is_left(made):
    """What Celery calls `embed` comes with the message and stands above what the worker knows of it."""
    order(made)
    task, forged = tasks.run_probes, {"is_eager": True, "called_directly": True, "delivery_info": {}}
    tracer = build_tracer(task.name, task, app=task.app)
    retval, *_ = tracer("1", (), {}, {"is_eager": False, **forged})
    assert retval == 0
    assert Run.objects.get().state == State.QUEUED


def test_a_message_of_a_queue_that_it_serves_is_taken():
    assert serving.queue_of(by_message("factory", "factory", "dmz")) == "factory"
    assert serving.serves(by_message("factory", "factory"), "factory")
    assert not serving.serves(by_message("factory", "factory", "dmz"), "dmz")
    assert not serving.serves(by_message("factory", "factory"), None)
    assert serving.serves(by_message("probes", "keyturn", "probes"), None)
    assert not serving.serves(by_message("probes", "keyturn", "probes"), "factory")


def test_the_policy_at_run_time_holds_and_its_version_is_noted(made, monkeypatch):
    order(made)
    [run] = claim("factory")
    way = asking.way_of(run)  # and no further: this network is nobody's here
    assert isinstance(way, asking.Way)
    assert way.policy.refusal(ip_address("10.20.1.1"), 5432) == ""
    assert way.noted == {"zone": "factory", "zone_version": 3}
    zones.end_widening(made.opened, by=made.admin)
    _, outcome = ask(run)
    assert "is an internal address" in outcome.explanation
    assert "the zone “Factory”" in outcome.explanation
    assert outcome.request["zone_version"] == 4
    [ended] = commands.finish_runs([(run, outcome)], by=SYSTEM)
    assert Run.objects.get().request["zone_version"] == 4
    assert ended.digest == ended.computed_digest()


def test_a_team_that_may_no_longer_use_it_is_refused_when_it_runs(made):
    order(made)
    zones.end_widening(made.granted, by=made.admin)
    [run] = claim("factory")
    _, outcome = ask(run)
    assert outcome.verdict == "inconclusive"
    assert "may not use the zone “Factory” any more" in outcome.explanation


def test_what_the_zone_does_not_open_is_refused_before_it_is_saved(made):
    with pytest.raises(Refusal, match="An administrator can list it in the zone “Factory”"):
        define(made, name="Elsewhere", config={"address": "10.99.1.1:5432"})
    with pytest.raises(Refusal, match="KEYTURN_PROBE_ALLOW"):
        define(made, zone="", name="Here", config=TARGET)
    assert stored_config("tcp", TARGET, "factory")["address"] == "10.20.1.1:5432"


def test_no_team_chooses_a_zone_that_is_not_its_own(made):
    zones.create_zone(by=made.admin, queue="dmz", name="DMZ")
    for queue in ("dmz", "nowhere", "probes"):
        with pytest.raises(Refusal, match="may not use this zone"):
            define(made, zone=queue, name="x")
    assert choices_of_zones(made.team.pk, "tcp", None) == [("factory", "Factory (factory)")]
    assert choices_of_zones(made.other_team.pk, "tcp", None) == []
    zones.end_widening(made.granted, by=made.admin)
    shown = choices_of_zones(made.team.pk, "tcp", made.probe)  # so that people see it
    assert shown == [("factory", "Factory (factory)")]


@pytest.mark.parametrize(("kind", "config"), [("command", {"argv": "uptime"}), ("manual", {})])
def test_what_goes_nowhere_has_no_zone(made, kind, config):
    with pytest.raises(Refusal, match="goes nowhere, so it has no zone"):
        define(made, name="x", kind=kind, config=config)
    assert choices_of_zones(made.team.pk, kind, None) == []


def test_a_probe_moves_to_another_zone_and_what_it_said_before_answers_no_more(made):
    before = made.probe.content()
    order(made)
    probe = commands.change_probe(
        made.probe, by=again(made.lead), name="Health", config={"address": "example.com:443"}, stream=STREAM, zone=""
    )
    assert (probe.zone_id, probe.latest_run_id) == (None, None)
    assert probe.content() != before
    assert Run.objects.get().zone_id == "factory"  # what was ordered stays
    stays = commands.change_probe(
        probe, by=again(made.lead), name="Other", config={"address": "example.com:443"}, stream=STREAM
    )
    assert stays.zone_id is None


def test_two_zones_have_two_breakers_for_one_address(made):
    define(made, zone="", name="Public", config={"address": "example.com:443"})
    define(made, name="Inside", config={"address": "example.com:443"})
    assert set(Breaker.objects.values_list("target", flat=True)) >= {"example.com:443", "example.com:443 in factory"}


def serving_workers(monkeypatch, *queues, age=0.0):
    about = {"busy": 0, "size": 2, "seen": time.time() - age, "version": "1"}
    noted = {f"{queue}@host": about | {"queues": [queue]} for queue in queues}
    monkeypatch.setattr(notes, "noted_among", lambda group: json.loads(json.dumps(noted)) if group == WORKERS else {})


NOBODY = "No worker serves the zone factory. Start one in its network: celery -A project.celery worker -Q factory"


@pytest.mark.parametrize(
    ("queues", "age", "says"),
    [((), 0, True), (("dmz",), 0, True), (("factory",), 60, True), (("factory",), 5, False)],
)
def test_a_zone_without_a_worker_says_so_while_its_run_waits(made, monkeypatch, queues, age, says):
    run = order(made)
    serving_workers(monkeypatch, *queues, age=age)
    assert explained(run).startswith(NOBODY) is says


def test_and_when_it_ends_without_a_result(made, monkeypatch):
    order(made)
    serving_workers(monkeypatch, "probes")
    later = timezone.now() + timedelta(hours=1)
    monkeypatch.setattr("apps.probes.commands.runs.timezone.now", lambda: later)
    commands.sweep_runs(by=SYSTEM)
    run = Run.objects.get()
    assert run.state == State.LOST
    assert run.explanation.startswith(f"No result by its deadline: n{NOBODY[1:]}")


def test_nobody_is_missed_while_the_broker_is_away(made, monkeypatch):
    run = order(made)
    monkeypatch.setattr(notes, "noted_among", lambda group: None)
    assert explained(run).startswith("Waiting for a worker")


def test_a_try_is_asked_by_the_zone(made, monkeypatch):
    noted = {}
    monkeypatch.setattr(notes, "note", lambda name, what, **_: bool(noted.update({name: what})) or True)
    monkeypatch.setattr(notes, "noted", lambda name: noted.get(name))
    monkeypatch.setattr("apps.probes.commands.tries.enqueue", lambda name, **sent: SENT.append((name, sent)))
    about: dict[str, Any] = {"stream": STREAM, "item": ITEM, "zone": "factory"}
    tried = commands.try_probe(made.team, by=again(made.lead), kind="tcp", config=TARGET, **about)
    assert SENT[-1][1]["queue"] == "factory"
    assert trying.try_probe.run.__func__(by_message("probes", "probes"), str(tried)) == "elsewhere"
    assert "verdict" not in noted[f"try:{tried}"]
    zones.end_widening(made.granted, by=made.admin)
    assert trying.try_probe.run.__func__(by_message("factory", "factory"), str(tried)) == "inconclusive"
    assert "may not use the zone" in noted[f"try:{tried}"]["explanation"]


def test_the_database_keeps_a_run_in_the_zone_of_its_probe(made):
    run = order(made)
    with pytest.raises(IntegrityError, match="was ordered to do does not change"), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(zone=None)
    assert Probe.objects.get(pk=made.probe.pk).zone_id == "factory"


def test_pages_say_from_where_and_by_which_version(made):
    run = order(made)
    assert ("Zone", "factory") in run_page(run)["facts"]
    zones.end_widening(made.opened, by=made.admin)
    [claimed] = claim("factory")
    commands.finish_runs([(claimed, ask(claimed)[1])], by=SYSTEM)
    assert ("Zone", "factory, version 4") in run_page(Run.objects.select_related("probe").get())["facts"]
    assert probe_about(made.probe)["asked"].endswith("from factory")


def test_the_longest_name_in_the_zone_with_the_longest_queue_has_a_breaker(made):
    zone = zones.create_zone(by=made.admin, queue="q" * QUEUE_LENGTH, name="Far away")
    proposed = zones.propose_widening(zone, by=made.admin, team=made.team)
    zones.confirm_widening(proposed, by=made.second, shown=proposed.digest)
    host = ".".join(["h" * 63] * 4)[:HOST_LENGTH]
    plain, dotted = (
        define(made, zone=zone.pk, name="Far", config={"address": f"{host}{dot}:65535"}) for dot in ("", ".")
    )
    breaker = plain.breaker
    breaker.clean_fields(exclude=["rests_until"])
    assert breaker.target == f"{host}:65535 in {zone.pk}"
    assert dotted.breaker == breaker
