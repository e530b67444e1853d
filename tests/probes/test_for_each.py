"""A probe asks the same of each entry of a list: all have to hold, and the run says of each what it came to."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from apps.probes.conditions import NUMBER, Value
from apps.probes.egress import NoAnswer, NotConnected
from apps.probes.forms import FORMS
from apps.probes.kinds import KINDS, BadSetting, Http, Kind
from apps.probes.kinds.for_each import AT_ONCE, MOST_ENTRIES, entries_of, for_entry
from apps.probes.kinds.outcome import Reached, Reading
from apps.probes.models import Probe
from apps.probes.selectors import probe_about
from apps.zones.rules import Policy

MODELS = "a:8b\nb\nc"
SETTINGS = {
    "url": "https://gateway.example/v1/{each}",
    "for_each": MODELS,
    "conditions": "status == 200\nlatency < 2 s",
}


def answering(answer: Callable[[str], Any]) -> Kind:
    """An HTTP probe whose target answers by path: seconds that it took, or what is raised."""

    class Asked(Http):
        async def ask(self, **way: Any) -> Reading:
            found = answer(self.target.path)
            if isinstance(found, Exception):
                raise found
            values = {"status": Value(200), "latency": Value(Decimal(found), "s")}
            return Reading("Answered 200", values, {"sha256": self.target.path[-1] * 64})

    return Asked.parse(SETTINGS)


def run(kind: Kind) -> Any:
    return asyncio.run(kind.run(policy=Policy()))


def test_entries_stand_a_line_each():
    assert entries_of(" a \n\n b:8b\n") == ("a", "b:8b")
    assert Http.parse({**SETTINGS, "for_each": " a \n\n b:8b\n"}).for_each == "a\nb:8b"


def test_an_entry_takes_its_place_in_every_text_but_the_secret():
    settings = {"url": "https://g.example/{each}", "method": "POST", "content": '{"model": "{each}"}', "auth": "bearer"}
    kind = Http.parse({**settings, "secret": "gateway", "for_each": "a", "conditions": 'json.model == "{each}"'})
    made = for_entry(kind, "a")
    assert (made.target.path, made.content, made.conditions, made.for_each) == (
        "/a", '{"model": "a"}', 'json.model == "a"', "",
    )  # fmt: skip
    assert made.secret == "gateway"


def test_all_have_to_hold_and_each_is_a_part_of_every_condition():
    outcome = run(answering(lambda path: "1.5"))
    assert (outcome.verdict, outcome.explanation, outcome.reached) == (
        "passed", "All 3 are as expected.", Reached.ANSWERED,
    )  # fmt: skip
    assert [each["parts"] for each in outcome.conditions] == [
        [[entry, "200", "pass"] for entry in ("a:8b", "b", "c")],
        [[entry, "1.5 s", "pass"] for entry in ("a:8b", "b", "c")],
    ]
    assert [each["expression"] for each in outcome.conditions] == SETTINGS["conditions"].splitlines()
    assert outcome.request["for_each"] == ["a:8b", "b", "c"]
    assert outcome.request["url"] == "https://gateway.example/v1/{each}"


def test_one_that_fails_fails_the_probe_and_is_named_first():
    outcome = run(answering(lambda path: "2.4" if path.endswith("/b") else "0.5"))
    assert outcome.verdict == "failed"
    assert outcome.explanation.startswith("1 of 3 do not pass. b: latency is 2.4 s")
    assert (outcome.value, outcome.unit, outcome.limit) == ("2.4", "s", "2")
    latency = outcome.conditions[1]
    assert (latency["verdict"], latency["value"], latency["parts"][0]) == ("fail", "2.4 s", ["b", "2.4 s", "fail"])
    assert latency["expression"] == "latency < 2 s"


def test_one_that_gives_no_answer_fails_every_condition():
    outcome = run(answering(lambda path: NoAnswer("Nobody answered.") if path.endswith("/c") else "1"))
    assert (outcome.verdict, outcome.reached) == ("failed", Reached.SILENT)
    assert [each["parts"][0] for each in outcome.conditions] == [["c", "", "fail"], ["c", "", "fail"]]
    assert "c: Nobody answered." in outcome.explanation


@pytest.mark.parametrize(("some", "reached"), [("/c", Reached.SILENT), ("", Reached.NOT_CONNECTED)])
def test_nothing_is_asked_again_where_only_some_did_not_arrive(some, reached):
    outcome = run(answering(lambda path: NotConnected("No connection.") if path.endswith(some) else "1"))
    assert (outcome.verdict, outcome.reached) == ("failed", reached)


def test_a_try_shows_what_each_measured():
    values = run(answering(lambda path: "1")).values
    assert values["latency"].values == tuple((entry, Value(Decimal(1), "s")) for entry in ("a:8b", "b", "c"))


def test_no_more_than_some_are_asked_at_once_and_all_within_the_time_of_one():
    under_way, most = 0, 0

    class Slow(Http):
        async def ask(self, **way: Any) -> Reading:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(min(way["seconds"], 0.4))
            under_way -= 1
            return Reading("Answered", {"status": Value(200), "latency": Value(Decimal(1), "s")})

    many = "\n".join(f"m{number}" for number in range(4 * AT_ONCE))
    outcome = run(Slow.parse({**SETTINGS, "for_each": many, "timeout_ms": 1000}))
    assert most == AT_ONCE
    assert outcome.verdict == "failed"
    assert "Not asked: the entries before it took all of 1 s." in outcome.explanation


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"for_each": "a\na"}, "twice"),
        ({"for_each": "\n".join(f"m{number}" for number in range(MOST_ENTRIES + 1))}, f"at most {MOST_ENTRIES}"),
        ({"for_each": "a b"}, "signs that an entry cannot have"),
        ({"for_each": "a", "url": "https://gateway.example/"}, "Write {each} where an entry goes"),
        ({"for_each": "a", "url": "https://gateway.example/", "server_name": "a"}, "Write {each} where an entry goes"),
        ({"for_each": "a", "conditions": 'body matches "[{each}]"'}, "A pattern is the same for every entry"),
        ({"for_each": "a\nb", "url": "https://{each}.example/"}, "."),
        ({"for_each": "a", "url": "https://gateway.example:{each}/"}, "."),
    ],
)
def test_a_list_that_makes_no_probes_says_why(settings, words):
    with pytest.raises(ValueError, match=words) as refused:
        Http.parse(SETTINGS | settings)
    assert words == "." or (isinstance(refused.value, BadSetting) and refused.value.setting == "for_each")


def test_what_goes_nowhere_asks_about_no_entries():
    with pytest.raises(BadSetting, match="goes nowhere"):
        KINDS["command"].parse({"argv": "df\n{each}", "for_each": "a"})
    with pytest.raises(BadSetting, match="goes nowhere"):
        KINDS["push"].parse({"for_each": "a"})


def test_queries_take_entries_too():
    queries = 'up = up{job="{each}"}'
    settings = {"address": "https://metrics.example", "queries": queries, "conditions": "up == 1", "for_each": "a\nb"}
    kind = KINDS["prometheus"].parse(settings)
    assert for_entry(kind, "b").asks[0].text == 'up{job="b"}'
    assert kind.measures()["up"] == NUMBER


def test_the_form_takes_a_list_where_somebody_is_asked():
    form = FORMS["http"]({"name": "Models", **SETTINGS})
    assert form.is_valid(), form.errors
    assert form.settings()["for_each"] == MODELS
    assert "for_each" not in FORMS["push"]().fields


def test_pages_show_the_place_of_an_entry_as_it_was_written():
    probe = Probe(kind="http", config={"url": "https://gateway.example/v1/{each}", "for_each": "a"})
    assert probe_about(probe)["asked"] == "GET https://gateway.example/v1/{each}"
