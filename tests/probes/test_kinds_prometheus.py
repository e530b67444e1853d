"""The Prometheus kind: what it asks, and what it makes of series."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.probes.kinds import Prometheus
from apps.probes.kinds.prometheus import MOST_SAMPLES
from tests.probes.hostile import answering, sized
from tests.probes.samples import counted, run, vector

NAN = "NaN"
SHARE = {"queries": "errors [%] = sum(rate(failed[5m])) / sum(rate(asked[5m]))", "conditions": "errors < 1 %"}


def matrix(*found: tuple[str, list[tuple[float, str]]]) -> dict[str, Any]:
    rows = [{"metric": {"instance": name}, "values": [list(pair) for pair in pairs]} for name, pairs in found]
    return {"resultType": "matrix", "result": rows}


def asking(result: dict[str, Any], **settings: Any) -> Any:
    return run("prometheus", answering(counted(result)), **(SHARE | settings))


def test_a_share_is_compared_and_shown_in_its_unit():
    outcome = asking(vector(("", "0.004")))
    assert (outcome.verdict, outcome.value, outcome.unit, outcome.limit) == ("passed", "0.4", "%", "1")
    assert "errors: 0.4 %" in outcome.response["snippet"]


def test_several_series_must_all_hold_and_the_worst_is_named():
    outcome = asking(vector(("a", "0.001"), ("b", "0.5"), ("c", "0.002")))
    assert outcome.verdict == "failed"
    assert outcome.explanation == "instance=b: errors is 50 %, expected under 1 %."
    assert [part[0] for part in outcome.conditions[0]["parts"]] == ["instance=b", "instance=a", "instance=c"]
    assert asking(vector(("a", "0"), ("b", "1")), queries="up = up", conditions="any(up == 1)").verdict == "passed"


@pytest.mark.parametrize(
    ("result", "explanation"),
    [
        (vector(), "errors has no series."),
        (vector(("", NAN)), "errors is not a number."),
        (vector(("", "+Inf")), "errors is not a number."),
        (vector(("a", "0.001"), ("b", NAN)), "instance=b: errors is not a number."),
        (vector(*((f"n{n}", "0") for n in range(MOST_SAMPLES + 1))), "more than 1,000 samples; narrow the query."),
        ({"resultType": "vector", "result": [{"metric": [], "value": [1, "1"]}]}, "is none of Prometheus."),
        ({"resultType": "string", "result": [1, "text"]}, "is none of Prometheus."),
    ],
)
def test_without_a_number_of_each_there_is_no_value(result, explanation):
    outcome = asking(result)
    assert outcome.verdict == "inconclusive"
    assert outcome.explanation.endswith(explanation)


def test_a_scalar_is_a_value():
    assert asking({"resultType": "scalar", "result": [1, "0.002"]}).verdict == "passed"


def test_one_value_without_labels_can_be_in_an_expression():
    conditions = "(errors < 1 %) || errors > 99 %"
    assert asking(vector(("", "0.001")), conditions=conditions).verdict == "passed"


def test_what_prometheus_refuses_is_told():
    body = b'{"status": "error", "errorType": "bad_data", "error": "parse error: unclosed"}'
    outcome = run("prometheus", answering(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n" + body))
    assert outcome.verdict == "inconclusive"
    assert outcome.explanation == "There is no value for errors. errors: parse error: unclosed."


def test_what_is_no_prometheus_is_told():
    outcome = run("prometheus", answering(sized(b"<html>")))
    assert outcome.explanation == "There is no value for errors. errors: The answer, 200, is none of Prometheus."


def test_an_answer_that_was_not_read_whole_is_no_value():
    assert "narrow the query" in run("prometheus", answering(sized(b"x" * 300_000))).explanation


def heard(**settings: Any) -> list[dict[str, list[str]]]:
    """What a probe asks: the parameters of each request, and under "path" its path."""
    asked = []

    async def behave(reader, writer):
        line = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
        asked.append(parse_qs(urlsplit(line).query) | {"path": [urlsplit(line).path]})
        writer.write(counted(vector(("", "0"))))

    run("prometheus", behave, **settings)
    return asked


def test_each_query_is_sent_as_it_was_written():
    query = 'sum(rate(a{code=~"5.."}[5m])) / 2 + 1 & 3 # %'
    asked = heard(queries=f"a = {query}\n\n b=up", conditions="a < 1\nb < 1")
    assert sorted(each["query"][0] for each in asked) == sorted([query, "up"])
    assert {each["path"][0] for each in asked} == {"/api/v1/query"}


def test_a_range_asks_sixty_steps():
    (asked,) = heard(window=120)
    assert asked["path"] == ["/api/v1/query_range"]
    assert float(asked["end"][0]) - float(asked["start"][0]) == 7200
    assert asked["step"] == ["120"]


def test_of_a_range_the_newest_the_least_and_the_most_are_values():
    now = time.time()
    found = matrix(("a", [(now - 120, "0.5"), (now - 60, "0.001"), (now, "0.002")]))
    assert asking(found, window=60).verdict == "passed"
    assert asking(found, window=60, conditions="errors_max < 1 %").explanation == (
        "instance=a: errors_max is 50 %, expected under 1 %."
    )
    assert asking(found, window=60, conditions="errors_min < 0.2 %").verdict == "passed"


def test_a_series_that_ended_has_no_newest_value_and_no_number_is_no_extreme():
    now = time.time()
    ended = matrix(("a", [(now - 900, "0.001")]))
    assert asking(ended, window=60).verdict == "inconclusive"
    mixed = matrix(("a", [(now - 60, NAN), (now, "0.001")]))
    assert asking(mixed, window=60, conditions="errors < 1 %").verdict == "passed"
    assert asking(mixed, window=60, conditions="errors_max < 1 %").verdict == "inconclusive"
    assert asking(mixed, window=60, conditions="errors_min < 1 %").verdict == "inconclusive"


def test_a_server_may_live_under_a_path():
    asked = []

    async def behave(reader, writer):
        asked.append((await reader.readuntil(b"\r\n\r\n")).split(b"?")[0])
        writer.write(counted(vector(("", "0"))))

    run("prometheus", behave)
    assert asked == [b"GET /api/v1/query"]
    config = Prometheus.parse(SETTINGS | {"address": "https://e.org/prometheus/"})
    assert config._target_of(config.asks[0], 0.0).path.startswith("/prometheus/api/v1/query?query=up")


SETTINGS = {"address": "http://prometheus:9090", "queries": "a = up", "conditions": "a == 1"}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"address": "prometheus:9090"}, "beginning with http"),
        ({"address": "http://prometheus:9090/?a=b"}, "without a query"),
        ({"queries": ""}, "one to 10 queries"),
        ({"queries": "a = up\n" * 11}, "one to 10 queries"),
        ({"queries": "up == 1"}, "has no name: write errors = up == 1"),
        ({"queries": 'a =~ "b"'}, "has no name"),
        ({"queries": "size = up"}, "meaning in conditions"),
        ({"queries": "latency = up"}, "meaning in conditions"),
        ({"queries": "a [apples] = up"}, "no unit known here"),
        ({"queries": "a = up\na = down"}, "same name"),
        ({"queries": "a = up\na_max = down", "window": 5}, "same name"),
        ({"queries": f"a = {'x' * 1001}"}, "at most 1000 characters"),
        ({"queries": "a [ms] = up"}, "needs a unit"),
        ({"conditions": "b == 1"}, "no value called “b”"),
        ({"conditions": ""}, "Say what the values have to be, e.g. “a < 5”"),
        ({"window": -1}, "at most a day"),
        ({"conditions": "a_max < 1"}, "no value called “a_max”"),
    ],
)
def test_a_bad_setting_is_refused_with_what_to_do(values, message):
    with pytest.raises(ValueError, match=message):
        Prometheus.parse(SETTINGS | values)


def test_it_says_what_it_does():
    assert Prometheus.parse(SETTINGS).summary() == "PromQL http://prometheus:9090/: a == 1"
