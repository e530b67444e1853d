"""What the importer proposes is typed, is about one line, and changes a content only where somebody takes it."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.checklists.markdown import content, read
from apps.checklists.markdown.document import Probe
from apps.checklists.markdown.proposals import (
    Change,
    ConditionChange,
    CriticalChange,
    KeysChange,
    ParameterChange,
    Place,
    ProbeChange,
    VariableChange,
    applied,
    proposals,
)
from apps.checklists.markdown.proposals.limits import limits
from apps.checklists.markdown.proposals.probing import probe_of
from apps.checklists.rules.conditions import Condition
from apps.checklists.rules.parameters import Parameter
from apps.checklists.rules.variables import Variable
from tests.checklists.texts import COLLECTION, COMMANDS, FLATTENED, PASTED


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Performance acceptable (p95 < 3s)", ("p95", "3", "s", "below", "3s")),
        ("Error rate < 0.1%", ("error_rate", "0.1", "%", "below", "0.1%")),
        ("7 days of stable canary deployment", ("canary_deployment", "7", "days", "", "7 days")),
        ("Verify cache hit rate >50% after warmup", ("cache_hit_rate", "50", "%", "above", "50%")),
        ("P95 < 100 ms", ("p95", "100", "ms", "below", "100 ms")),
        ("max 3 retries", ("limit", "3", "retries", "at_most", "3 retries")),
        ("Coverage: at least 90 %", ("coverage", "90", "%", "at_least", "90 %")),
        ("Backups older than 30 days are deleted", ("backups", "30", "days", "above", "30 days")),
        ("Respond within 5 min", ("respond", "5", "minutes", "at_most", "5 min")),
        ("Alert if >X% queries return no results", ("queries_return_results", "", "%", "above", "X%")),
        ("Agent terminated after N iterations", ("agent_terminated", "", "iterations", "", "N iterations")),
        ("Switch after N consecutive failures", ("switch", "", "consecutive failures", "", "N consecutive failures")),
        ("**P95 Latency**: Should be <=2s for most models", ("p95_latency", "2", "s", "at_most", "2s")),
        ("Keep a 24-hour watch", ("keep", "24", "hours", "", "24-hour")),
        ("Open files < 4096", ("open_files", "4096", "", "below", "4096")),
        ("10 % of traffic", ("traffic", "10", "%", "", "10 %")),
        ("Workers ≥ 007", ("workers", "7", "", "at_least", "007")),
        ("99th percentile < 5s", ("99th_percentile", "5", "s", "below", "5s")),
    ],
)  # fmt: skip
def test_a_number_in_words_is_a_parameter(text, found):
    (one,) = limits(text)
    own = one.parameter
    name = own.name.removeprefix("limit_") if found[0][0].isdigit() else own.name
    assert (name, own.value, own.unit, own.limit, one.found) == found
    assert text[one.start : one.end] == one.found


def test_a_number_whose_own_words_give_no_name_is_named_after_what_it_belongs_to():
    (one,) = limits("(5s)", "Timeout values set")
    assert (one.parameter.name, one.parameter.label) == ("timeout_values", "Timeout values")


@pytest.mark.parametrize(
    "text",
    [
        "No number", "Python 3.11.2", "on 2026-11-29", "at 12:30", "error 429", "`sleep 30s`",
        "see https://e.org/90days",
        "[x](a-30s.md)", "```\nsleep 30s\n```", "{{p95}} 3", "more than 2",
        "X and Y", "Plan N", "n days", "port :8080 s",
    ],
)  # fmt: skip
def test_what_is_no_limit_is_left_alone(text):
    assert list(limits(text)) == []


def proposed(body, title="Pier"):
    (template,) = read(f"# {title}\n\n## Before\n\n{body}").templates
    return template, proposals(template)


def kinds(body):
    return [one.kind for one in proposed(body)[1]]


def test_taking_all_parameters_replaces_each_number_where_it_stands():
    template, found = proposed("- [ ] **p95 < 3s** - at once 5% then 5% or 15%\n- [ ] Error rate below 0.1% for >X%\n")
    before = content.content(template)
    seen = copy.deepcopy(before)
    values = applied(before, [one.change for one in found])
    assert before == seen
    first, second = values["sections"][0]["items"]
    assert first["title"] == "p95 < {{p95}}"
    assert first["text"] == "at once {{once}} then {{once}} or {{once_2}}"
    assert second["title"] == "Error rate below {{error_rate}} for >{{error_rate_2}}"
    assert [(one["name"], one["value"], one["unit"], one["limit"]) for one in values["parameters"]] == [
        ("p95", "3", "s", "below"), ("once", "5", "%", ""), ("once_2", "15", "%", ""),
        ("error_rate", "0.1", "%", "below"), ("error_rate_2", "", "%", "above"),
    ]  # fmt: skip
    assert [one.kind for one in found] == ["parameter"] * 5 + ["placeholder"]
    assert found[0].text == "“3s” can be the parameter p95: below 3 s."
    assert "has to be filled before publishing" in found[-1].text


def test_guidance_has_its_limits_but_not_every_number_it_tells():
    template, found = proposed("Rolled out to 5% at first; error rate < 1%.\n\n- [ ] x\n")
    (one,) = found
    assert (one.line, one.change.place.section, one.change.found) == (3, "before", "1%")
    assert applied(content.content(template), [one.change])["sections"][0]["guidance"].endswith("< {{error_rate}}.")
    assert "parameter" not in kinds("- [ ] x\n\nWithin 3.\n")


def test_a_known_parameter_is_not_proposed_again():
    text = "---\nkeyturn: 1\nparameters: [{name: p95, value: 3}]\n---\n## A\n- [ ] **p95 < 3s**\n"
    assert proposals(read(text).templates[0]) == ()


def test_names_that_stand_for_something_are_asked_at_the_start():
    body = "- [ ] Deploy x.y.z to ${REGION}\n  ```bash\n  DIR=/a\n  for f in a b; "
    body += "do echo ${DIR} ${f} ${HOST}; done\n  ```\n"
    template, found = proposed(body)
    asked = [one for one in found if one.kind == "variable"]
    assert [one.change.variable for one in asked] == [
        Variable("VERSION", "Version that goes out"), Variable("REGION", "Region"), Variable("HOST", "Host"),
    ]  # fmt: skip
    assert asked[0].text == "Ask for VERSION when a deployment starts, instead of x.y.z?"
    item = applied(content.content(template), [one.change for one in asked])["sections"][0]["items"][0]
    assert item["title"] == "Deploy {{VERSION}} to {{REGION}}"
    assert item["commands"] == ["DIR=/a\nfor f in a b; do echo ${DIR} ${f} {{HOST}}; done"]


@pytest.mark.parametrize(
    ("title", "condition", "asked"),
    [
        ("Load testing completed (if applicable)", "variable LOAD_TESTING_COMPLETED is yes",
         "Does “Load testing completed” apply?"),
        ("Test alert firing (optional)", "variable TEST_ALERT_FIRING is yes", "Does “Test alert firing” apply?"),
        ("If using hybrid, weights are tuned", "variable USES_HYBRID is yes", "Is hybrid used?"),
        ("Redis cache running (if enabled)", "variable REDIS_CACHE_RUNNING is yes",
         "Does “Redis cache running” apply?"),
        ("Routing works (if vLLM is active)", "variable VLLM is yes", "Does this hold: if vLLM is active?"),
        ("Pager is on (production only)", "environment is production", None),
        ("Traces are verbose, only in staging", "environment is staging", None),
        ("(optional)", "variable OPTIONAL is yes", "Does “(optional)” apply?"),
        ("2nd look (optional)", "variable IS_2ND_LOOK is yes", "Does “2nd look” apply?"),
    ],
)  # fmt: skip
def test_words_that_say_when_become_a_condition(title, condition, asked):
    template, found = proposed(f"- [ ] {title}\n")
    (one,) = [each for each in found if each.kind == "condition"]
    assert str(one.change.condition) == condition
    assert (one.change.variable and one.change.variable.label) == asked
    values = applied(content.content(template), [one.change, one.change])
    assert values["sections"][0]["items"][0]["conditions"] == [one.change.condition.as_values()]
    assert [each["name"] for each in values["variables"]] == ([one.change.variable.name] if asked else [])


def test_heavy_words_propose_critical_and_people_propose_keys():
    template, found = proposed("- [ ] Backup must be fresh, three approvals\n- [ ] Not mandatory, must-have\n")
    assert [one.kind for one in found] == ["critical", "keys"]
    values = applied(content.content(template), [one.change for one in found])
    assert [(item["critical"], item["keys"]) for item in values["sections"][0]["items"]] == [(True, 3), (False, 2)]
    one = applied(values, [KeysChange("backup-must-be-fresh-three-approvals", 1)])["sections"][0]["items"][0]
    assert one["keys"] == 2
    assert kinds("- [ ] (critical) Backup must be fresh\n") == []


@pytest.mark.parametrize(
    ("text", "probe"),
    [
        ("curl -fsS http://localhost:4000/health | jq .",
         ("http", {"url": "http://localhost:4000/health", "conditions": "status == 200"})),
        ("$ curl 'https://e.org/readyz'", ("http", {"url": "https://e.org/readyz", "conditions": "status == 200"})),
        ("redis-cli ping", ("redis", {"address": "127.0.0.1:6379", "conditions": 'answer == "PONG"'})),
        ("redis-cli -h db -p 7000 PING", ("redis", {"address": "db:7000", "conditions": 'answer == "PONG"'})),
        ("# histogram_quantile(0.95, rate(x_bucket[5m]))",
         ("prometheus", {"queries": "value = histogram_quantile(0.95, rate(x_bucket[5m]))"})),
        ("df -h /var", ("command", {"argv": "df\n-h\n/var"})),
        ("$ free -m", ("command", {"argv": "free\n-m"})),
        ("df -h | mail root", None),
        ("free will", None),
        ("free; reboot", None),
        ("curl -X POST http://e.org/health", None),
        ("curl -d a=b http://e.org/health", None),
        ("curl http://e.org/v1/models", None),
        ("sum of all", None),
        ("redis-cli info", None),
    ],
)  # fmt: skip
def test_a_command_or_query_that_only_asks_can_be_a_probe(text, probe):
    assert probe_of(text) == probe


def test_a_probe_is_proposed_once_and_not_where_there_is_one():
    body = "- [ ] Healthy\n  ```bash\n  curl http://e.org/a\n  curl http://e.org/health\n"
    body += "  redis-cli ping\n  ```\n- [ ] `redis-cli ping`\n"
    template, found = proposed(body)
    probes = [one for one in found if one.kind == "probe"]
    assert [one.change.kind for one in probes] == ["redis", "redis"]
    values = applied(content.content(template), [probes[0].change])
    assert values["sections"][0]["items"][0]["probe"] == {
        "kind": "redis", "settings": {"address": "127.0.0.1:6379", "conditions": 'answer == "PONG"'}
    }  # fmt: skip
    marked = "- [ ] `redis-cli ping` <!-- keyturn probe=tcp -->\n"
    assert "probe" not in kinds(marked)
    assert proposed(marked)[0].items[0].properties.probe == Probe("tcp")


@pytest.mark.parametrize(
    ("title", "settings"),
    [
        (
            "Health answers: `curl -fsS http://e.org/health`",
            {"url": "http://e.org/health", "conditions": "status == 200"},
        ),
        ("See `curl http://e.org/ready`, then go on", {"url": "http://e.org/ready", "conditions": "status == 200"}),
        ("The cache is up (`redis-cli -h db ping`)", {"address": "db:6379", "conditions": 'answer == "PONG"'}),
        ("Stop with `curl -X POST http://e.org/health`", None),
        ("libcurl http://e.org/health", None),
    ],
)
def test_a_command_in_the_line_of_an_item_can_be_its_probe(title, settings):
    found = [one.change for one in proposed(f"- [ ] {title}\n")[1] if one.kind == "probe"]
    assert [dict(one.settings) for one in found] == ([settings] if settings else [])


def test_a_change_whose_place_is_gone_changes_nothing():
    values = content.content(proposed("- [ ] **Lamps** - lit\n")[0])
    gone: list[Change] = [
        ParameterChange(Parameter("a", value="3"), Place("title", "before", "gone"), "3"),
        ParameterChange(Parameter("a", value="3"), Place("guidance", "gone"), "3"),
        ParameterChange(Parameter("a", value="3"), Place("guidance"), "3"),
        ConditionChange("gone", Condition("environment", ("test",))),
        CriticalChange("gone"), KeysChange("gone", 3), ProbeChange("gone", "http"),
    ]  # fmt: skip
    assert applied(values, gone) == values
    assert applied(values, [VariableChange(Variable("A"), "nowhere")])["sections"] == values["sections"]


@pytest.mark.parametrize("text", [COMMANDS, COLLECTION, PASTED, FLATTENED])
def test_everything_that_is_proposed_can_be_taken(text):
    for template in read(text).templates:
        found = proposals(template)
        values = applied(content.content(template), [one.change for one in found])
        names = [one["name"] for one in values["parameters"]]
        assert len(set(names)) == len(names)
        assert all(one.line and one.text for one in found)


@given(st.text(st.sampled_from("aX N<>≤%s3.5 0-md`"), max_size=30))
def test_any_text_has_limits_that_are_where_they_say(text):
    for one in limits(text):
        assert text[one.start : one.end] == one.found
        assert one.parameter.name[:1].isalpha()
