"""Conditions that would take a worker's time or memory are given up, and cost nobody else an answer."""

import asyncio
import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from apps.core.errors import Refusal
from apps.probes.conditions import ANYTHING, TEXT, Series, Value, apart, judge_all, judging, language, parse, patterns
from apps.probes.forms import FORMS
from apps.probes.kinds import Http, kind, settings_of
from apps.probes.kinds.turns import ORDERED_BY
from apps.probes.selectors import stored_config
from apps.zones.rules import Policy
from tests.probes.hostile import answering, serving, sized

URL = "https://gateway.example/"
VALUES = {"json": ANYTHING, "body": TEXT}
MEASURED = {
    "json": Value({"long": list(range(80_000)), "some": list(range(1000)), "rows": [{"id": n} for n in range(5000)]}),
    "body": Value("x" * 250_000),
}
EXHAUSTING = {
    "each in all": "json.long.all(x, x in json.long)",
    "each the whole": "size(json.some.map(x, json.some + json.some)) > 1",
    "rows copied": "size(json.rows.filter(row, row.id >= 0)) > 1",
    "joined": f"size({' + '.join(['json.long'] * 38)}) > 1",
    "a pattern of a pattern": r'body matches "(\w{50}){3}z"',
}


def judged(*lines):
    return judge_all(parse("\n".join(lines), VALUES), MEASURED)


@pytest.mark.parametrize("what", EXHAUSTING)
def test_it_is_given_up(what):
    began = time.process_time()
    [given_up] = judged(EXHAUSTING[what])
    assert given_up.verdict == "inconclusive"
    assert "takes too much time or memory for this answer" in given_up.explanation
    assert time.process_time() - began < 2  # of this process; asked here they take from 3 s to hours
    [answered] = judged("json.some.exists(x, x == 999)")
    assert answered.verdict == "pass"


def test_after_one_that_took_too_long_no_other_is_asked():
    lines = [
        EXHAUSTING["each in all"],
        EXHAUSTING["joined"],
        "warn: size(json.some) > 1 && true",
        "size(json.some) > 1",
    ]
    first, second, warned, plain = judged(*lines)
    assert first.took_long
    assert [(each.verdict, each.took_long) for each in (second, warned)] == [("inconclusive", False), ("warn", False)]
    assert second.explanation.endswith("was not judged, because a condition before it took too long.")
    assert plain.verdict == "pass"


@pytest.mark.parametrize("pattern", [r"((\w{50}){50}|x)", "("])
def test_a_pattern_that_is_none_or_takes_too_long_to_make_is_refused_before_it_is_stored(pattern):
    with pytest.raises(ValueError, match="This cannot be read"):
        Http.parse({"url": URL, "conditions": f'body matches "{pattern}"'}).require_patterns()
    with pytest.raises(Refusal, match="This cannot be read"):
        stored_config("http", {"url": URL, "conditions": f'body matches "{pattern}"'})


def slow(beginning):
    """Patterns that nobody proved before, each of which takes a good deal less than is allowed."""
    return [rf'body matches "{beginning}{number}|(\w{{50}}){{2}}"' for number in range(12)]


@pytest.fixture
def little_time(monkeypatch):
    """What is allowed for half of them."""
    monkeypatch.setattr(patterns, "TOGETHER_SECONDS", 0.2)


def test_patterns_that_are_slow_together_are_refused_together(little_time):
    """Each of them may be stored alone. What was not proven for lack of time is not held to be wrong later."""
    with pytest.raises(Refusal, match="patterns here take too long together"):
        stored_config("http", {"url": URL, "conditions": "\n".join(slow("a"))})
    assert stored_config("http", {"url": URL, "conditions": slow("a")[-1]})


def test_the_rows_of_a_form_take_no_longer_than_one_probe(little_time, monkeypatch):
    asked, usual = [], apart.evaluate

    def noting(*question):
        asked.append(question)
        return usual(*question)

    monkeypatch.setattr(apart, "evaluate", noting)
    typed = "\n".join([*slow("c"), "status == nothing"])  # so that each row is looked at by itself
    form = FORMS["http"]({"name": "Health", "url": URL, "timeout": "10", "conditions": typed})
    assert not form.is_valid()
    assert any("take too long together" in why for why in form.wrong_rows.values())
    assert 0 < len(asked) < 12


def test_what_is_stored_is_read_without_making_its_patterns(monkeypatch):
    monkeypatch.setattr(apart, "evaluate", lambda *_: pytest.fail("a page asked another process"))
    assert settings_of("http", {"url": URL, "conditions": "\n".join(slow("d"))}).judges()


def test_all_that_a_run_asks_takes_a_limited_time_together(monkeypatch):
    """Fifty entries with a condition that takes a tenth of a second each: five seconds that others would wait."""
    monkeypatch.setattr(kind, "JUDGED_SECONDS", 0.2)
    asking = f"size({' + '.join(['json.a'] * 20)}) > 1"
    config: dict[str, Any] = {"conditions": asking, "timeout_ms": 60_000, "for_each": "\n".join("abcdefghijklmnop")}
    body = json.dumps({"a": list(range(9000))}).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)

    async def story():
        async with serving(answering(head + body)) as port:
            probe = Http.parse({"url": f"http://127.0.0.1:{port}/{{each}}", **config})
            return await probe.run(policy=Policy.parse("127.0.0.1"))

    outcome = asyncio.run(story())
    assert outcome.verdict == "inconclusive", outcome.explanation
    assert "takes too much time" in outcome.explanation
    verdicts = [verdict for _, _, verdict in outcome.conditions[0]["parts"]]
    assert {*verdicts} == {"pass", "inconclusive"}


def test_conditions_of_one_answer_have_a_limit_together(monkeypatch):
    """Without one, twenty of them hold a page on which somebody reports for ten seconds."""
    line = f"size({' + '.join(['json.long'] * 8)}) > 1"
    monkeypatch.setattr(judging, "TOGETHER_SECONDS", 0.2)
    made = judged(*[line] * 20)
    assert {each.verdict for each in made} == {"pass", "inconclusive"}
    assert sum(each.took_long for each in made) == 1
    assert made[-1].explanation.endswith("was not judged, because a condition before it took too long.")


def test_who_asks_next_has_all_the_time_again():
    with apart.within(0.01), pytest.raises(apart.Spent):
        apart.evaluate(f"size({' + '.join(['x'] * 30)}) > 1", {"x": list(range(100_000))})
    with apart.within(0), pytest.raises(apart.Spent):
        apart.evaluate("1 == 1", {})
    with apart.within(5), apart.within(0):
        assert apart.evaluate("1 == 1", {})
    assert apart.evaluate("1 == 1", {})


def test_who_is_asked_has_nothing_of_the_worker():
    os.environ["KEYTURN_PLANTED"] = "planted"
    judged("json.some.exists(x, x == 999)")
    assert apart._asked
    assert Path(f"/proc/{apart._asked.pid}/environ").read_bytes() == b""
    listed = [os.readlink(each) for each in Path(f"/proc/{apart._asked.pid}/fd").iterdir()]
    assert all(each.startswith("pipe:") or each == "/dev/null" for each in listed)
    del os.environ["KEYTURN_PLANTED"]


def test_a_process_that_is_gone_is_followed_by_another():
    judged("json.some.exists(x, x == 999)")
    before = apart._asked
    assert before
    before.kill()
    before.wait()
    assert [each.verdict for each in judged("json.some.exists(x, x == 999)")] == ["pass"]
    assert apart._asked is not before


def test_others_are_asked_meanwhile(monkeypatch):
    judging, usual = [], Http.judged

    def judged_somewhere(*args):
        judging.append(threading.current_thread() is threading.main_thread())
        return usual(*args)

    monkeypatch.setattr(Http, "judged", judged_somewhere)

    async def story():
        async with serving(answering(sized(b"ready"))) as port:
            for condition in ("status == 200", "status == 200 && true", 'body matches "rea"'):
                probe = Http(url=f"http://127.0.0.1:{port}/", conditions=condition)
                assert (await probe.run(policy=Policy.parse("127.0.0.1"))).verdict == "passed"

    asyncio.run(story())
    assert judging == [True, False, False]


def test_what_one_person_asks_keeps_nobody_elses_waiting(monkeypatch):
    begun, usual = [], Http.judged

    def slowly(*args):
        begun.append(ORDERED_BY.get())
        if begun[-1] == "a":
            time.sleep(0.2)
        return usual(*args)

    monkeypatch.setattr(Http, "judged", slowly)

    async def one(who, port):
        ORDERED_BY.set(who)
        probe = Http(url=f"http://127.0.0.1:{port}/", conditions="status == 200 && true")
        return await probe.run(policy=Policy.parse("127.0.0.1"))

    async def story():
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(4))
        async with serving(answering(sized(b"ready"))) as port:
            return await asyncio.gather(*(one(who, port) for who in [*"aaaaaaaa", "b"]))

    assert {outcome.verdict for outcome in asyncio.run(story())} == {"passed"}
    assert begun[-1] == "a"  # without turns, all of them came first


class Deaf:
    """A process that ends before it hears its question."""

    @property
    def stdin(self):
        raise BrokenPipeError

    stdout = stdin


def test_one_that_ends_before_its_question_counts_as_too_long(monkeypatch):
    monkeypatch.setattr(apart, "_running", lambda: Deaf())
    with pytest.raises(apart.LimitExceeded):
        apart.evaluate("1 == 1", {})


def test_one_that_does_not_answer_in_time_is_ended(monkeypatch):
    monkeypatch.setattr(apart, "WALL_SECONDS", 0)
    with pytest.raises(apart.LimitExceeded):
        apart.evaluate("size(x) == 1", {"x": "y" * 1_000_000})
    assert apart._asked is None
    apart._end()
    assert apart._asked is None


def test_a_forked_process_asks_another_one():
    apart.evaluate("1 == 1", {})
    parents = apart._asked
    assert parents
    apart._forget()
    assert apart._asked is None
    parents.kill()
    parents.communicate()


def test_a_series_is_not_asked_on_where_one_of_it_took_too_long(monkeypatch):
    asked = []

    def too_long(*question, is_apart):
        asked.append(question)
        raise language.TooLong("It took too long.")

    monkeypatch.setattr("apps.probes.conditions.judging.holds", too_long)
    [line] = parse('body matches "a+"', VALUES)
    made = line.judge({"body": Series((("one", Value("a")), ("two", Value("a"))))})
    assert (made.verdict, made.took_long, len(asked)) == ("inconclusive", True, 1)
