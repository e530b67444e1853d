"""Two deployments of a team item by item: what is shown, found, counted and linked, and for whom."""

import re
from types import SimpleNamespace
from typing import Any

import pytest

from apps.attachments import commands as attachments
from apps.checklists import commands as checklists
from apps.deployments import commands
from apps.evidence.models import Kind
from apps.studio import commands as studio
from tests import cast as casting
from tests.boards.comparing import chips, close, following, page, pair, row, sign_twice, start
from tests.cast import again
from tests.deployments.templates import blank, fill, item, line, publish, where
from tests.ledger import histories

pytestmark = pytest.mark.django_db
P95 = {"name": "p95", "label": "p95 latency", "value": "3", "unit": "s", "limit": "below"}


@pytest.fixture
def cast(people: SimpleNamespace) -> SimpleNamespace:
    return people


def test_two_of_one_version_that_nobody_worked_on_do_not_differ(cast):
    text = page(cast, *pair(cast, line("one"), line("two")))
    assert "No item differs in what it asks or in what came out." in text
    assert "2 items are the same in both · Show" in text
    assert chips(text) == {"Different": 0, "All": 2}


def test_an_item_that_only_one_has_says_so_and_from_which_version(cast):
    before, after = pair(cast, line("one"), line("two"), add=["Three"], remove=["two"])
    text = page(cast, before, after)
    assert "Only in PAY-2" in row(text, "2")
    assert "not in version 1" in row(text, "2")
    assert "Only in PAY-1" in row(text, "only-2")
    assert "not in version 2" in row(text, "only-2")
    assert chips(text) == {"Different": 2, "Only in one": 2, "All": 3}


def test_what_the_checklist_asks_otherwise_is_shown_word_by_word_and_on_both_sides(cast):
    edit = {"one": {"text": "All of them.", "commands": ["make b"], "keys": 3, "critical": True, "minutes": 90}}
    before, after = pair(cast, line("one", text="Some of them.", commands=["make a"], minutes=5), edit=edit)
    found = row(page(cast, before, after), "1")
    assert "<del>Some</del><ins>All</ins> of them." in found
    assert "make <del>a</del><ins>b</ins>" in found
    assert "Other keys. Another text. Other terms" in found
    assert "<small>2 keys</small><small>5 min</small>" in found
    assert "<small>3 keys, critical</small><small>1 h 30 min</small>" in found


def test_every_term_is_told_in_words(cast):
    edit = {"one": {"evidence_kinds": ["file", "link"], "max_age_days": 7, "owner_role": "SRE", "controls": ["CC7.1"],
                    "links": [{"text": "Book", "url": "https://example.com"}], "probe": {"kind": "http", "config": {}},
                    "conditions": [where("environment", "production")]}}  # fmt: skip
    before, after = pair(cast, line("one"), edit=edit)
    found = row(page(cast, before, after), "1")
    for nothing in ("no evidence", "evidence of any age", "for no role", "no controls", "no links", "always applies",
                    "asks for no probe"):  # fmt: skip
        assert nothing in found
    for words_of_it in ("asks for file or link", "evidence at most 7 days old", "for the SRE", "CC7.1",
                 "asks for a probe: http", "Book (https://example.com)", "only when the environment is"):  # fmt: skip
        assert words_of_it in found


def test_the_limit_that_each_used_stands_beside_it_and_its_value_in_the_text_is_no_other_text(cast):
    lines = (line("fast", title="p95 below {{p95}}"), line("other"))
    version = publish(cast.team, *lines, by=cast.lead, parameters=[P95])
    newer = following(cast, version, says={"parameters": [P95 | {"value": "2"}]})
    before, after = start(cast, version), start(cast, newer, "3.2.0")
    text = page(cast, before, after)
    found = row(text, "1")
    assert "Another limit" in found
    assert "Another text" not in found
    assert "p95 latency: below 3 s" in found
    assert "p95 latency: below 2 s" in found
    assert chips(text) == {"Different": 1, "Other limit": 1, "All": 2}
    assert "Values and limits" in text


def test_the_values_of_a_deployment_in_a_text_are_no_difference_and_stand_at_the_top(cast):
    asked = {"name": "cluster", "label": "Cluster", "kind": "text"}
    version = publish(cast.team, line("one", text="On {{cluster}}, {{version}}", commands=["go {{version}}"]),
                      by=cast.lead, variables=[asked])  # fmt: skip
    before = start(cast, version, variables={"cluster": "eu-1"})
    after = start(cast, version, "3.2.0", variables={"cluster": "us-2"})
    text = page(cast, before, after)
    assert chips(text) == {"Different": 0, "All": 1}
    assert "<bdi>eu-1</bdi>" in text
    assert "<bdi>us-2</bdi>" in text


def test_a_text_that_was_edited_on_one_board_is_another(cast):
    before, after = pair(cast, line("one"))
    commands.edit_item(item(after, "one"), by=again(cast.lead), title="one", text="Twice.")
    assert "Another text" in row(page(cast, before, after), "1")


def test_what_was_signed_in_one_and_is_rejected_in_the_other_comes_first(cast):
    before, after = pair(cast, line("one", title="Latency <b>"), line("two"))
    sign_twice(cast, before, "one")
    casting.sign(item(after, "one"), cast.member)
    commands.reject_item(item(after, "one"), by=again(cast.reviewer), reason="It is too slow.")
    text = page(cast, before, after)
    assert "1 item was signed in PAY-1 and failed or was rejected in PAY-2:" in text
    assert "Latency &lt;b&gt;</bdi></a>" in text
    assert "show=worse#c-1" in text
    assert "Signed in PAY-1, rejected in PAY-2" in row(text, "1")
    assert "Rejected: It is too slow." in row(text, "1")
    assert "verified by 佐藤 Mika and Ruth Okafor" in row(text, "1")


def test_what_is_not_done_yet_folds_and_what_an_ended_one_did_not_do_does_not(cast):
    before, after = pair(cast, line("one"), line("two"))
    sign_twice(cast, before, "one")
    text = page(cast, before, after)
    assert "1 item is the same in both; 1 is signed in one and not done yet in the other · Show" in text
    assert "1 more is signed in one and not done yet in the other." in text
    text = page(cast, before, close(cast, after))
    assert "Signed in PAY-1, not done in PAY-2" in row(text, "1")
    assert "not done yet" not in text


def test_a_draft_says_that_nothing_was_turned_and_is_no_failure(cast):
    version = publish(cast.team, line("one"), by=cast.lead)
    before = start(cast, version)
    sign_twice(cast, before, "one")
    draft = commands.create_deployment(
        cast.team, by=again(cast.lead), template_version=version, service="s", version="1", environment="test"
    )
    text = page(cast, before, draft)
    assert '<span class="tag ">Draft</span>' in text
    assert "no key turned yet" in text
    assert "Signed in PAY-1, not done yet in PAY-2" in row(page(cast, before, draft, show="all"), "1")


def test_a_waiver_says_who_asked_and_why(cast):
    before, after = pair(cast, line("one"), line("two"))
    histories.waive(cast, item(before, "one"))
    sign_twice(cast, after, "one")
    found = row(page(cast, before, after), "1")
    assert "Waived in PAY-1, signed in PAY-2" in found
    assert "asked by 佐藤 Mika:" in found


def test_answers_and_evidence_stand_on_both_sides(cast):
    before, after = pair(cast, line("one", fill_ins=[blank("Where")]))
    for deployment, answer in ((before, "backups/1"), (after, "backups/2")):
        fill(deployment, "one", answer, by=cast.member)
    note: dict[str, Any] = {"kind": Kind.NOTE, "title": "Seen", "text": "It is there."}
    attachments.attach_evidence(item(before, "one"), by=again(cast.member), **note)
    sign_twice(cast, before, "one")
    sign_twice(cast, after, "one")
    found = row(page(cast, before, after), "1")
    assert "Another answer. Other evidence" in found
    assert "<small>Where: backups/1</small><small>1 note: “Seen”</small>" in found
    assert "<small>Where: backups/2</small><small>no evidence</small>" in found


def test_what_a_probe_measured_differs(cast):
    before, after = pair(cast, line("one"))
    for deployment, state in ((before, "passed"), (after, "failed")):
        cast.deployment = deployment
        histories.probe(cast, item(deployment, "one"), [state])
    sign_twice(cast, before, "one")
    assert "Signed in PAY-1, failed in PAY-2" in row(page(cast, before, after), "1")


def test_an_item_that_was_added_on_a_board_says_that_it_is_found_by_its_title(cast):
    before, after = pair(cast, line("one"))
    for deployment in (before, after):
        section = deployment.sections.get().pk
        commands.add_item(deployment, by=again(cast.lead), section=section, title="Warm the cache")
    assert "The same by its title only: it was added on a board" in row(page(cast, before, after, show="all"), "2")


def test_sections_differ_too(cast):
    version = publish(cast.team, line("one"), by=cast.lead)
    by = again(cast.lead)
    draft = checklists.start_draft(version.template, by=by)
    studio.edit_draft_section(draft, by=by, key="items", values={"title": "Before", "guidance": "Read this."})
    studio.add_draft_section(draft, by=by, title="After")
    newer = casting.published(type(version).objects.get(pk=draft.pk), by=cast.lead)
    text = page(cast, start(cast, version), start(cast, newer, "3.2.0"))
    assert "2 sections differ as such." in text
    assert re.search(r"<bdi>Before</bdi></h2> <span class=\"muted small\">in PAY-1 it is called “Items”</span>", text)
    assert "<ins>Read this.</ins>" in text
    assert "only in PAY-2" in text
    assert "It holds no item" in text
