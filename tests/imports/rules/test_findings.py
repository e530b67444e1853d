"""What people are asked about an import, what they decide, and what its templates say by that: pure, without a page."""

import pytest

from apps.checklists.markdown import content, read
from apps.checklists.markdown.document import ParsedDocument
from apps.imports.rules import (
    Decision,
    FindingKind,
    Step,
    appended,
    are_decided,
    contents,
    decided,
    decision_of,
    findings,
    problem_of,
    selected,
    stated,
    taken_back,
    value_of,
)
from apps.imports.rules import steps as stepping

TEXT = """\
# Gateway

## Before

- [ ] p95 < 3s after warm-up
- [ ] Alert fires if >X% of requests fail
- [ ] Login as admin/admin must never work (if applicable)

| a | b |
"""


def found(text, kind):
    return [one for one in findings(read(text)) if one.kind == kind]


def test_each_question_is_asked_once_about_its_line_and_in_order():
    every = findings(read(TEXT))
    assert [(one.line, str(one.kind)) for one in every if one.line < 9] == [
        (5, "parameter"), (6, "placeholder"), (7, "warning"), (7, "condition"), (7, "critical"),
    ]  # fmt: skip
    assert [one.needs_somebody for one in every if one.line < 8] == [False, True, True, False, False]
    assert len({one.id for one in every}) == len(every)


def test_a_number_that_can_be_typed_at_once_is_no_warning_besides():
    assert not any("Placeholder limit" in one.text for one in findings(read(TEXT)))
    [missing] = found(TEXT, FindingKind.PLACEHOLDER)
    assert missing.placeholder.parameter.unit == "%"
    assert found(TEXT, FindingKind.PARAMETER)[0].placeholder is None


def test_the_same_sentence_about_the_same_line_is_asked_once_and_taken_in_both_places():
    text = "# T\n\n- [ ] Latency is below 3 s. Latency is below 3 s\n"
    document = read(text)
    [both] = findings(document)
    assert len(both.changes) == 2
    [own] = contents(document, [both], decided({}, [both], Decision.TAKEN))
    assert own["sections"][0]["items"][0]["title"].count("{{latency}}") == 2
    assert len(own["parameters"]) == 1


def test_of_several_templates_each_has_its_own():
    text = "# A Checklist\n\n## S\n\n- [ ] one, below 3 s\n\n# B Checklist\n\n## S\n\n- [ ] two, below 3 s\n"
    document = read(text)
    first, second = findings(document)
    made = contents(document, [first, second], decided({}, [second], Decision.TAKEN))
    assert [len(own["parameters"]) for own in made] == [0, 1]


def test_lines_nobody_understood_are_one_question_a_block():
    text = "# T\n\n- [ ] one\n\n<!--\nhidden\nwords\n-->\n\n- [ ] two\n\n![x]\n"
    lines = [line.line for line in read(text).not_understood]
    blocks = {line.block for line in read(text).not_understood}
    asked = found(text, FindingKind.NOT_UNDERSTOOD)
    assert [one.line for one in asked] == sorted(blocks)
    assert len(asked) <= max(len(lines), 1)


def test_a_list_that_may_be_items_names_their_lines():
    text = "# T\n\n## A\n\n- [ ] one\n- [ ] two\n\n## Notes\n\n- three\n- four\n"
    lists = found(text, FindingKind.LIST)
    assert all(one.lines and one.can_be_taken and not one.changes for one in lists)


def test_what_is_about_a_text_without_a_heading_is_asked_about_its_first_line():
    assert all(one.line >= 1 for one in findings(read("\n\nMax 3 retries.\n\n- [ ] one, below 3 s\n")))


def test_nothing_is_asked_about_nothing():
    assert findings(ParsedDocument((), ())) == ()


def test_nothing_is_taken_by_itself():
    document = read(TEXT)
    assert contents(document, findings(document), {}) == [content.content(document.templates[0])]


def test_what_is_taken_is_in_the_content_and_what_is_dismissed_is_not():
    document = read(TEXT)
    every = findings(document)
    by_kind = {str(one.kind): one for one in every}
    decisions = decided({}, [by_kind["critical"], by_kind["parameter"]], Decision.TAKEN)
    decisions = decided(decisions, [by_kind["condition"]], Decision.DISMISSED)
    [own] = contents(document, every, decisions)
    first, _second, third = own["sections"][0]["items"]
    assert (first["title"], third["critical"], third["conditions"]) == ("p95 < {{p95}} after warm-up", True, [])
    assert [one["name"] for one in own["parameters"]] == ["p95"]
    assert decision_of(decisions, by_kind["condition"]) is Decision.DISMISSED


def test_a_number_that_was_missing_is_a_limit_with_the_value_typed():
    document = read(TEXT)
    [missing] = found(TEXT, FindingKind.PLACEHOLDER)
    decisions = decided({}, [missing], Decision.TAKEN, " 5 % ")
    assert value_of(decisions, missing) == "5"
    [limit] = contents(document, [missing], decisions)[0]["parameters"]
    assert (limit["value"], limit["unit"]) == ("5", "%")
    [empty] = contents(document, [missing], decided({}, [missing], Decision.TAKEN))[0]["parameters"]
    assert empty["value"] == ""
    with pytest.raises(ValueError, match="is not a number"):
        decided({}, [missing], Decision.TAKEN, "five")


def test_the_same_missing_number_in_two_places_has_one_value():
    text = "# T\n\n- [ ] Error rate is below X%\n- [ ] Error rate is below X%\n"
    document = read(text)
    first, second = found(text, FindingKind.PLACEHOLDER)
    decisions = decided(decided({}, [first], Decision.TAKEN), [second], Decision.TAKEN, "2")
    [limit] = contents(document, [first, second], decisions)[0]["parameters"]
    assert limit["value"] == "2"


def test_a_question_that_is_open_again_leaves_no_trace():
    every = findings(read(TEXT))
    decisions = decided({}, every, Decision.TAKEN)
    assert decided(decisions, every, Decision.OPEN) == {}
    assert decisions  # what was given stays as it was


def test_by_kind_all_that_are_open_are_meant_and_only_what_offers_a_change_is_taken():
    every = findings(read(TEXT))
    decisions = decided({}, [one for one in every if one.kind == "critical"], Decision.DISMISSED)
    assert selected(every, decisions, {"critical", "condition"}, Decision.TAKEN) == [
        one for one in every if one.kind == "condition"
    ]
    warning = next(one for one in every if one.kind == "warning")
    assert selected(every, {}, {warning.id}, Decision.TAKEN) == []
    assert selected(every, {}, {warning.id}, Decision.DISMISSED) == [warning]
    assert are_decided(every, decisions, {"critical"}, Decision.DISMISSED)
    assert not are_decided(every, decisions, {"critical"}, Decision.TAKEN)


def test_another_sentence_is_another_question():
    before, after = found(TEXT, "parameter"), found(TEXT.replace("< 3s", "< 4s"), "parameter")
    decisions = decided({}, before, Decision.TAKEN)
    assert decision_of(decisions, after[0]) is Decision.OPEN
    assert stated(before, decisions) != stated(before, {})


def test_a_title_that_grows_too_long_by_its_limits_is_named():
    text = f"# T\n\n- [ ] {'w' * 160} latency of everything below 3 s\n"
    document = read(text)
    every = found(text, FindingKind.PARAMETER)
    assert problem_of(contents(document, every, {})) == ""
    assert "a title has at most 200" in problem_of(contents(document, every, decided({}, every, Decision.TAKEN)))


def test_a_text_that_grows_too_long_by_its_limits_is_named():
    text = f"# T\n\n- [ ] one\n\n  Latency is below 3 s. {'w' * 19_975}\n"
    document = read(text)
    every = found(text, FindingKind.PARAMETER)
    assert "can be published" in problem_of(contents(document, every, decided({}, every, Decision.TAKEN)))


def test_more_limits_than_a_version_has_are_refused_at_once():
    text = "# T\n\n" + "".join(f"- [ ] retries are below {n} s\n" for n in range(201))
    document = read(text)
    every = findings(document)
    assert "201 limits" in problem_of(contents(document, every, decided({}, every, Decision.TAKEN)))


def step(before, after, steps=()):
    return appended(list(steps), {"corrections": {}, "decisions": before}, {"corrections": {}, "decisions": after})


def test_a_step_leads_back_to_what_was_before():
    before, after = {"1": {"a": 1}, "2": {"b": 1}}, {"1": {"a": 2}, "3": {"c": 1}}
    [one] = step(before, after)
    assert one == {"number": 1, "corrections": {}, "decisions": {"1": {"a": 1}, "2": {"b": 1}, "3": None}}
    assert taken_back(one, {"corrections": {}, "decisions": after})["decisions"] == before


def test_the_last_steps_are_stored_and_numbered_on(monkeypatch):
    monkeypatch.setattr(stepping, "MOST_STEPS", 3)
    steps: list[Step] = []
    for n in range(5):
        steps = step({}, {"1": n}, steps)
    assert [one["number"] for one in steps] == [3, 4, 5]
    monkeypatch.setattr(stepping, "MOST_LINES", 4)
    steps = step({}, {str(line): 1 for line in range(3)}, steps)
    assert [one["number"] for one in steps] == [5, 6]
    steps = step({}, {str(line): 1 for line in range(9)}, steps)
    assert [one["number"] for one in steps] == [7]
