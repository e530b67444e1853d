"""What a script reports: values by name, or a JUnit report; whatever else it sends is refused in a sentence."""

import json
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.probes.kinds import BadReport, BadSetting, Push
from apps.probes.kinds.junit import counts_of, why_not_ok

SETTINGS = {"names": "p95 [ms]\nerrors_share [%]\nmodel", "conditions": "ok == true\np95 < 300 ms"}
JSON = "application/json"
SUITE = '<testsuite tests="3" failures="1"><testcase classname="a.B" name="one" time="0.5"/><testcase name="two"><failure/></testcase><testcase name="three" time="1.25"><skipped/></testcase></testsuite>'  # noqa: E501


def outcome(report, media=JSON, **settings):
    probe = Push.parse(SETTINGS | settings)
    body = report if isinstance(report, bytes) else json.dumps(report).encode()
    return probe.outcome(probe.reading(body, media), by="token “ci”")


def junit(body, media="application/xml", conditions="failures == 0"):
    return outcome(body.encode() if isinstance(body, str) else body, media, conditions=conditions)


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ({"ok": True, "p95": 226}, "passed"),
        ({"ok": True, "p95": "0.226 s"}, "passed"),
        ({"ok": True, "p95": 300}, "failed"),
        ({"ok": False, "p95": 226}, "failed"),
        ({"ok": True}, "inconclusive"),
        ({}, "inconclusive"),
    ],
)
def test_values_are_judged_as_everywhere(values, verdict):
    assert outcome({"values": values}).verdict == verdict


def test_a_number_is_in_the_unit_that_the_probe_names():
    made = outcome({"values": {"ok": True, "p95": 226.5, "errors_share": "0.5 %"}}, conditions="errors_share < 1 %")
    assert (made.verdict, made.value, made.unit, made.limit) == ("passed", "0.5", "%", "1")


def test_a_report_keeps_who_sent_it_its_note_its_link_and_its_digest():
    report = {"values": {"ok": True, "p95": 1}, "note": "Nightly", "link": "https://ci.example.com/7"}
    made = outcome(report)
    assert (made.response["by"], made.response["note"]) == ("token “ci”", "Nightly")
    assert made.response["link"] == "https://ci.example.com/7"
    assert len(made.response["sha256"]) == 64


@pytest.mark.parametrize(
    ("report", "message"),
    [
        (b"", "no JSON"),
        (b"\xff", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "Send an object"),
        (b'{"values": []}', "Send an object"),
        (b'{"values": {"ok": NaN}}', "NaN is no number"),
        (b'{"values": {"p95": 1e30}}', "below 10"),
        (b'{"values": {"p95": 1e999999999}}', "below 10"),
        (b'{"values": {"p95": 1e99999999999999999999}}', "no JSON"),
        (b'{"values": {"p95": -1e-99999999999999999999}}', "no JSON"),
        (b'{"values": {"p95": [1]}}', "has to be a number"),
        (b'{"values": {"p95": null}}', "has to be a number"),
        (b'{"values": {"p95": "226"}}', "is in ms"),
        (b'{"values": {"p95": "226 MB"}}', "is in ms"),
        (b'{"values": {"p99": 1}}', "no value called “p99”"),
        (b'{"colour": 1}', "nothing called “colour”"),
        (b'{"note": 7}', "The note is a text"),
        (b'{"link": "javascript:alert(1)"}', "begins with https"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_a_sentence(report, message):
    with pytest.raises(BadReport, match=message):
        outcome(report)


def test_a_mark_of_the_order_of_bytes_is_no_fault():
    assert outcome("\ufeff".encode() + b'{"values": {"ok": true, "p95": 226}}').verdict == "passed"


def test_texts_are_bounded():
    with pytest.raises(BadReport, match="longer than 500"):
        outcome({"values": {"model": "x" * 501}})
    with pytest.raises(BadReport, match="at most 2000"):
        outcome({"note": "x" * 2001})


@pytest.mark.parametrize("media", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_a_report_says_what_it_is(media):
    with pytest.raises(BadReport, match="Content-Type"):
        outcome({"values": {}}, media)


def test_a_junit_report_is_counted_case_by_case():
    made = outcome(SUITE.encode(), "text/xml; charset=utf-8", conditions="tests == 3\nskipped == 1\nduration < 2 s")
    assert made.verdict == "passed"
    assert made.response["failing"] == "two"
    assert junit(SUITE, conditions="ok == true").verdict == "failed"


def test_a_suite_that_broke_counts_although_it_lists_no_case_for_that():
    suites = '<testsuites><testsuite tests="0" errors="1"/><testsuite tests="2"><testcase name="a"/></testsuite></testsuites>'  # noqa: E501
    made = outcome(suites.encode(), "application/xml", conditions="errors == 1\ntests == 2\nok == false")
    assert made.verdict == "passed"


def test_no_tests_are_not_ok():
    assert junit("<testsuites/>", conditions="ok == true").verdict == "failed"
    skipped = '<testsuite><testcase name="a"><skipped/></testcase></testsuite>'
    assert junit(skipped, conditions="ok == true").verdict == "failed"
    stated = '<testsuite tests="5" failures="0"/>'
    assert junit(stated, conditions="ok == true").verdict == "failed"
    broke = '<testsuites tests="9" errors="1"><testsuite><testcase name="a"/></testsuite></testsuites>'
    assert junit(broke, conditions="ok == true").verdict == "failed"
    assert junit(broke, conditions="tests == 9\nerrors == 1").verdict == "passed"


def suite(failing: int, others: int = 0, name: str = "test_{}") -> str:
    cases = [f'<testcase classname="a.B" name="{name.format(at)}"><failure/></testcase>' for at in range(failing)]
    return f"<testsuite>{''.join(cases)}{'<testcase/>' * others}</testsuite>"


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (suite(3, 117), "3 of 120 tests failed: a.B.test_0, a.B.test_1, a.B.test_2."),
        (suite(12, 0), "12 of 12 tests failed: a.B.test_0, a.B.test_1, a.B.test_2 and 9 more."),
        (suite(1, 0, "x" * 300), f"1 of 1 test failed: a.B.{'x' * 96}."),
        (suite(1, 0, "a&#10; b\u202ec"), "1 of 1 test failed: a.B.a b⟨U+202E⟩c."),
        ('<testsuite tests="5" errors="2"/>', "2 of 5 tests failed; the report names none."),
        ('<testsuite tests="0" errors="1"/>', "1 failed; the report names none."),
        ("<testsuites/>", "No test ran."),
        (
            '<testsuite tests="5" failures="0"/>',
            "The report states 5 tests and lists none of them, so it shows none that ran.",
        ),
        (
            '<testsuite tests="2" skipped="1"><testcase name="a"><skipped/></testcase></testsuite>',
            "The report states 2 tests, and all that it lists were skipped.",
        ),
        ("<testsuite><testcase><skipped/></testcase></testsuite>", "No test ran: 1 test was skipped."),
    ],
)
def test_a_report_that_is_not_ok_says_how_many_failed_and_which_first(report: str, words: str) -> None:
    assert junit(report, conditions="ok == true").explanation == f"ok is false, expected true. {words}"
    assert junit(report, conditions="skipped >= 0").explanation.startswith("Reported ok false")


@given(
    cases=st.lists(st.sampled_from(["", "<skipped/>", "<error/>"]).map("<testcase>{}</testcase>".format)),
    stated=st.dictionaries(st.sampled_from(["tests", "failures", "errors", "skipped"]), st.integers(0, 4)),
)
def test_a_report_is_ok_or_says_why_not(cases: list[str], stated: dict[str, int]) -> None:
    suite = " ".join(f'{name}="{number}"' for name, number in stated.items())
    counts = counts_of(f"<testsuite {suite}>{''.join(cases)}</testsuite>".encode())
    ran = any("skipped" not in case for case in cases) and counts.count("tests") > counts.count("skipped")
    failed = counts.count("failure") + counts.count("error")
    assert bool(why_not_ok(counts)) is not (ran and not failed)


BOMB = '<!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><testsuite name="&b;"/>'


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "no XML"),
        ("<testsuite>", "no XML"),
        ("<html/>", "no JUnit report"),
        (BOMB, "DOCTYPE"),
        ('<!DOCTYPE l SYSTEM "file:///etc/passwd"><testsuite/>', "DOCTYPE"),
        ('<!DOCTYPE l [<!ENTITY x SYSTEM "http://169.254.169.254/">]><testsuite>&x;</testsuite>', "DOCTYPE"),
        ("<testsuite>&x;</testsuite>", "no XML"),
        ("<testsuite>" * 100_000, "elements deep"),
        ("<testsuite " + "a='1' " * 2 + "/>", "no XML"),
        (b"\xff\xfe" + "<!DOCTYPE l><testsuite/>".encode("utf-16-le"), "DOCTYPE"),
    ],
)
def test_hostile_xml_is_refused_in_a_sentence(body, message):
    with pytest.raises(BadReport, match=message):
        junit(body)


def test_a_report_is_read_without_being_built():
    body = ("<testsuite>" + "<testcase name='a'><failure>x</failure></testcase>" * 18_000 + "</testsuite>").encode()
    tracemalloc.start()
    made = junit(body, conditions="failures == 18000")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert made.verdict == "passed"
    assert most < 4 * len(body)


def test_a_doctype_within_what_a_test_printed_is_text():
    body = "<testsuite><testcase name='a'><system-out><![CDATA[<!DOCTYPE html>]]></system-out></testcase></testsuite>"
    assert junit(body, conditions="tests == 1").verdict == "passed"


def test_a_heartbeat_is_expected_in_time_and_a_grace_later_at_most():
    now = datetime(2026, 11, 30, 12, tzinfo=UTC)
    assert Push.parse({}).expected_by(now) is None
    assert Push.parse({"every": "1 d"}).expected_by(now) == now + timedelta(days=1)
    assert Push.parse({"every": "1 h", "late": "30 min"}).expected_by(now) == now + timedelta(minutes=90)


@pytest.mark.parametrize(
    ("settings", "setting"),
    [
        ({"names": "p95 ms"}, "names"),
        ({"names": "p95 [furlong]"}, "names"),
        ({"names": "ok"}, "names"),
        ({"names": "size"}, "names"),
        ({"names": "a\na"}, "names"),
        ({"names": "\n".join(f"n{n}" for n in range(51))}, "names"),
        ({"every": "often"}, "every"),
        ({"every": "30 s"}, "every"),
        ({"every": "32 d"}, "every"),
        ({"every": "5 MB"}, "every"),
        ({"every": "5"}, "every"),
        ({"every": "1 d", "late": "soon"}, "late"),
        ({"every": "1 d", "late": "32 d"}, "late"),
        ({"late": "5 min"}, "every"),
        ({"conditions": "p50 < 3 ms"}, "conditions"),
    ],
)
def test_bad_settings_are_refused(settings, setting):
    with pytest.raises(BadSetting) as refused:
        Push.parse(settings)
    assert refused.value.setting == setting
