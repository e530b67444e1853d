"""What holds for every kind of probe, and that a kind brings everything it needs."""

import asyncio
import re
import tracemalloc
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from pathlib import Path

import pytest
from django.template import Context, Template
from django.template.loader import render_to_string

from apps.probes import egress
from apps.probes.conditions.values import Value, in_one_unit
from apps.probes.forms import FORMS, make_form
from apps.probes.kinds import KINDS, PASSIVE, Kind, Manual, Outcome, Passive, Tcp
from apps.probes.kinds.outcome import Reading
from apps.zones.rules import Policy
from tests import clock
from tests.probes import hostile
from tests.probes.hostile import serving
from tests.probes.samples import LOOPBACK, SAMPLES, WITHOUT_A_SERVER, Sample, run

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
DOCS = (ROOT / "docs" / "probes.md").read_text()
CASES = [(kind, case) for kind in KINDS if kind in SAMPLES for case in SAMPLES[kind].hostile]
LIMIT_MS = 300
MOST_MEMORY = 1024 * 1024  # a probe, of client and server together
SAMPLED = [kind for kind in KINDS if kind in SAMPLES]


def gaps(name, kind):
    """What a kind lacks, each as a sentence that says where to add it."""
    settings = {field.name for field in fields(kind)}
    form = make_form(name, kind) if {"LABEL", "VALUES", "USUAL"} <= set(vars(kind)) else None
    typed = {"timeout_ms" if field == "timeout" else field for field in (form().fields if form else ())}
    typed -= {"name", "basis"}
    settings -= {"timeout_ms", "for_each"} if kind.IS_PASSIVE else set()
    page = render_to_string("ui/_fields.html", {"form": form()}) if form else ""
    answers = ("reading",) if kind.IS_PASSIVE else ("target", "ask")
    brought = {part: part in vars(kind) for part in ("LABEL", "ABOUT", "FACTS", "VALUES", "USUAL", "asked", *answers)}
    complete = {
        **{f"{kind.__name__} in apps/probes/kinds/{name}.py has no {part}": has for part, has in brought.items()},
        f"{name} lacks setting() for {', '.join(sorted(settings - typed))}": settings <= typed or form is None,
        f"templates/ui/_fields.html does not show all of {name}": page.count("<label") == len(typed) + 1 or not form,
        f"{kind.__name__} has ask and reading: a kind is asked, or inherits from Passive and is reported to": not (
            {"ask", "reading"} <= set(vars(kind))
        ),
        f"docs/probes.md has no section ### `{name}`": f"\n### `{name}`\n" in DOCS,
        f"tests/probes/test_kinds_{name}.py is missing": (HERE / f"test_kinds_{name}.py").exists(),
        f"SAMPLES in tests/probes/samples.py has no {name}": name in SAMPLES or name in WITHOUT_A_SERVER,
    }
    return [gap for gap, is_there in complete.items() if not is_there]


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_brings_everything_it_needs(name):
    lacking = gaps(name, KINDS[name])
    assert not lacking, "\n".join(lacking)


@pytest.mark.parametrize("part", ["LABEL", "ABOUT", "FACTS", "VALUES", "USUAL", "target", "asked", "ask"])
def test_a_part_that_a_kind_lacks_is_named(part):
    rest = {name: value for name, value in vars(KINDS["tcp"]).items() if name not in (part, "__dict__", "__weakref__")}
    assert gaps("tcp", type("Tcp", (Kind,), rest)) == [f"Tcp in apps/probes/kinds/tcp.py has no {part}"]


@pytest.mark.parametrize("part", ["asked", "reading"])
def test_a_part_that_a_kind_lacks_to_which_is_reported_is_named(part):
    rest = {name: value for name, value in vars(Manual).items() if name not in (part, "__dict__", "__weakref__")}
    assert gaps("manual", type("Manual", (Passive,), rest)) == [f"Manual in apps/probes/kinds/manual.py has no {part}"]


def test_a_kind_is_asked_or_reported_to():
    both = vars(KINDS["tcp"]) | {"reading": Manual.reading}
    rest = {name: value for name, value in both.items() if name not in ("__dict__", "__weakref__")}
    [gap] = gaps("tcp", type("Tcp", (Kind,), rest))
    assert "a kind is asked, or inherits from Passive" in gap


@pytest.mark.parametrize("name", PASSIVE)
def test_a_kind_that_is_reported_to_goes_nowhere_and_says_nothing_when_asked(name):
    kind = KINDS[name]
    assert issubclass(kind, Passive)
    probe = kind.parse({"what": "Time", "conditions": "value < 3"} if name == "manual" else {})
    outcome = asyncio.run(probe.run(policy=LOOPBACK))
    assert (probe.target, outcome.verdict) == (None, "inconclusive")
    assert outcome.explanation == "Nobody asks this probe: it waits for what is reported to it."


@pytest.mark.parametrize("place", ["docs/probes.md", "test_kinds_telepathy.py", "tests/probes/samples.py"])
def test_a_place_that_does_not_know_a_kind_is_named(place):
    assert any(place in gap for gap in gaps("telepathy", KINDS["tcp"]))


def test_a_setting_that_the_form_does_not_ask_for_is_named():
    @dataclass(frozen=True)
    class Deaf(Tcp):
        LABEL, ABOUT, FACTS, ask, asked = Tcp.LABEL, Tcp.ABOUT, Tcp.FACTS, Tcp.ask, Tcp.asked
        target, VALUES, USUAL = Tcp.target, Tcp.VALUES, Tcp.USUAL
        volume: int = 0

    assert gaps("tcp", Deaf) == ["tcp lacks setting() for volume"]


def test_a_form_names_its_kind_and_asks_first_where_it_goes():
    for name, form in FORMS.items():
        assert (form.kind, form.label, form.config) == (name, KINDS[name].LABEL, KINDS[name])
        assert list(form().fields)[:2] == ["name", form.TARGET]


@pytest.mark.parametrize("name", KINDS)
def test_a_page_can_say_what_else_is_set_up_of_a_kind(name):
    page = Template("{{ form.config.FURTHER }}").render(Context({"form": FORMS[name]()}))
    assert page == KINDS[name].FURTHER


def test_every_file_of_a_kind_is_in_the_table():
    shared = {"__init__", "kind", "outcome", "wire", "exchange", "trust", "passive", "junit", "scram", "for_each"}
    shared |= {"turns"}
    files = {path.stem for path in (ROOT / "apps" / "probes" / "kinds").glob("*.py")}
    missing = files - shared ^ set(KINDS)
    assert not missing, f"KINDS in apps/probes/kinds/__init__.py and the files beside it differ by {sorted(missing)}"
    assert all(len(name) <= 20 for name in KINDS), "the name of a kind has at most 20 characters"


@pytest.mark.parametrize("name", SAMPLED)
def test_a_server_as_expected_passes_condition_by_condition(name):
    settings = SAMPLES[name].settings(9)
    conditions = f"{settings['conditions']}\nlatency < 9 s"
    outcome = run(name, SAMPLES[name].good, conditions=conditions)
    assert (outcome.verdict, outcome.unit, outcome.limit) == ("passed", "s", "9"), outcome.explanation
    assert outcome.request["expected"] == conditions.splitlines()
    assert [each["expression"] for each in outcome.conditions] == conditions.splitlines()
    assert {each["verdict"] for each in outcome.conditions} == {"pass"}
    assert outcome.conditions[-1]["value"] == f"{outcome.value} s"
    assert outcome.explanation.endswith(f" in {in_one_unit(f'{outcome.value} s', '1 ms')[0]}.")


@pytest.mark.parametrize("name", SAMPLED)
def test_every_value_that_a_kind_names_is_measured_or_left_out_and_no_other(name):
    async def story():
        async with serving(SAMPLES[name].good) as port:
            config = KINDS[name].parse(SAMPLES[name].settings(port))
            return await config.ask(policy=LOOPBACK, seconds=5, network=egress.INTERNET), config.measures()

    reading, measures = asyncio.run(story())
    assert set(reading.values) <= set(measures)


@pytest.mark.parametrize("name", SAMPLED)
def test_a_server_not_as_expected_fails_in_a_sentence(name):
    outcome = run(name, SAMPLES[name].bad)
    assert outcome.verdict == "failed"
    assert outcome.explanation.endswith(".")


async def hostile_run(name, case):
    """The outcome of asking a hostile server, and the seconds it took."""
    async with serving(SAMPLES[name].hostile[case]) as port:
        config = replace(KINDS[name].parse(SAMPLES[name].settings(port)), timeout_ms=LIMIT_MS)
        began = clock.seconds()
        return await config.run(policy=LOOPBACK), clock.seconds() - began


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_hostile_server_never_passes_and_gets_no_more_time(name, case):
    outcome, seconds = asyncio.run(hostile_run(name, case))
    assert outcome.verdict in ("failed", "inconclusive")
    assert outcome.explanation.endswith(".")
    assert all(character.isprintable() or character in "\n\t" for character in outcome.response.get("snippet", ""))
    assert seconds <= LIMIT_MS / 1000 + 0.5


@pytest.mark.parametrize("name", SAMPLED)
def test_hostile_servers_get_no_memory(name):
    async def story():
        await asyncio.gather(*(hostile_run(name, case) for case in SAMPLES[name].hostile))

    tracemalloc.start()
    asyncio.run(story())
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < MOST_MEMORY * len(SAMPLES[name].hostile)


@pytest.mark.parametrize("name", SAMPLED)
def test_nobody_there_fails_and_says_so(name):
    async def story():
        async with serving(hostile.silent) as port:
            pass
        return await KINDS[name].parse(SAMPLES[name].settings(port)).run(policy=LOOPBACK)

    outcome = asyncio.run(story())
    assert outcome.verdict == "failed"
    assert "does not accept connections on port" in outcome.explanation


@pytest.mark.parametrize("name", SAMPLED)
def test_what_the_policy_forbids_is_not_asked(name):
    outcome = run(name, SAMPLES[name].good, policy=Policy())
    assert outcome.verdict == "inconclusive"
    assert "KEYTURN_PROBE_ALLOW" in outcome.explanation
    config = KINDS[name].parse(SAMPLES[name].settings(9))
    assert "KEYTURN_PROBE_ALLOW" in config.refusal(Policy())
    assert config.refusal(LOOPBACK) == ""


def test_only_egress_knows_the_network():
    clients = r"httpcore|socket|http\.client|urllib\.request|requests|smtplib|dns\.\w*(?:query|resolver)"
    network = re.compile(rf"^(?:import|from) (?:{clients})\b", re.M)
    knowing = {
        path.parent.name for path in (ROOT / "apps" / "probes").rglob("*.py") if network.search(path.read_text())
    }
    assert knowing == {"egress"}, "only egress knows the network: egress.connect, egress.fetch"


@pytest.mark.parametrize("name", SAMPLED)
def test_every_way_out_leads_through_egress(name, monkeypatch):
    def closed(*_, **__):
        raise egress.Refused("Closed.")

    monkeypatch.setattr(egress, "fetch", closed)
    monkeypatch.setattr(egress, "connect", closed)
    assert run(name, SAMPLES[name].good).explanation == "Closed."


@pytest.mark.parametrize("name", SAMPLED)
def test_a_configuration_survives_being_stored(name):
    config = KINDS[name].parse(SAMPLES[name].settings(9) | {"timeout_ms": 5000, "conditions": " latency  < 5 ms \n\n"})
    assert KINDS[name].parse(config.as_json()) == config
    assert config.summary().endswith(": latency < 5 ms")
    assert not any(isinstance(value, float) for value in config.as_json().values())


@pytest.mark.parametrize("name", SAMPLED)
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"timeout_ms": 999}, "between 1 and 60 seconds"),
        ({"timeout_ms": 60_001}, "between 1 and 60 seconds"),
        ({"timeout_ms": True}, "wrong sort"),
        ({"conditions": "latency < 5"}, "needs a unit"),
        ({"conditions": "speed < 5"}, "no value called “speed”"),
        ({"colour": "red"}, "no setting called colour"),
    ],
)
def test_a_bad_setting_of_every_kind_is_refused(name, values, message):
    with pytest.raises(ValueError, match=message):
        KINDS[name].parse(SAMPLES[name].settings(9) | values)


@pytest.mark.parametrize("name", SAMPLED)
def test_what_is_typed_into_the_form_is_what_the_sample_says(name, settings):
    settings.KEYTURN_PROBE_ALLOW = "127.0.0.1"
    kind, typed = KINDS[name], SAMPLES[name].settings(9)
    form = FORMS[name](typed | {"name": "Sample", "timeout": "7"})
    assert form.is_valid(), form.errors
    assert kind.parse(form.settings()) == kind.parse(typed | {"timeout_ms": 7000})
    settings.KEYTURN_PROBE_ALLOW = ""
    refused = FORMS[name](typed | {"name": "Sample"})
    assert "KEYTURN_PROBE_ALLOW" in str(refused.errors[FORMS[name].TARGET])


def test_a_sample_is_complete():
    assert all(isinstance(sample, Sample) and len(sample.hostile) >= 12 for sample in SAMPLES.values())


def test_what_two_conditions_say_alike_is_said_once():
    probe = Tcp(address="db.example:5432", conditions="latency < 1 ms\nlatency < 1 ms, warn 0.5 ms")
    measured = Reading(answered="Accepted", values={"latency": Value(Decimal("0.005"), "ms")}, response={})
    outcome = probe.judged(measured, Outcome("inconclusive", "Not asked."))
    assert outcome.explanation == "latency is 5 ms, expected under 1 ms."
