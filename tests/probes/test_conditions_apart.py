"""Conditions that would take a worker's time or memory are given up, and cost nobody else an answer."""

import asyncio
import os
import threading
import time
from pathlib import Path

import pytest

from apps.probes.conditions import ANYTHING, TEXT, BadCondition, Series, Value, apart, judge_all, language, parse
from apps.probes.kinds import Http
from apps.zones.rules import Policy
from tests.probes.hostile import answering, serving, sized

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


def test_a_pattern_that_takes_too_long_to_make_is_refused():
    with pytest.raises(BadCondition):
        parse(r'body matches "((\w{50}){50}|x)"', VALUES)


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
