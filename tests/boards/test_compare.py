"""Two deployments of a team item by item: what is shown, found, counted and linked, and for whom."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts import commands as accounts
from apps.attachments import commands as attachments
from apps.checklists import commands as checklists
from apps.deployments import commands
from apps.deployments.models import Deployment
from apps.evidence.models import Kind
from apps.studio import commands as studio
from tests import cast as casting
from tests.cast import again, signed_in, words
from tests.deployments.templates import blank, fill, item, line, publish, where
from tests.ledger import histories

pytestmark = pytest.mark.django_db
P95 = {"name": "p95", "label": "p95 latency", "value": "3", "unit": "s", "limit": "below"}
MOST_QUERIES = 14


@pytest.fixture
def cast(people: SimpleNamespace) -> SimpleNamespace:
    return people


def start(cast: SimpleNamespace, version: Any, release: str = "3.1.0", **values: Any) -> Deployment:
    """A deployment of that version whose review is open."""
    return casting.deploy(cast.team, version, by=cast.lead, service="gateway", version=release, **values)


def following(cast: SimpleNamespace, version: Any, **edits: Any) -> Any:
    """The next version of its template, published."""
    by = again(cast.lead)
    draft = checklists.start_draft(version.template, by=by)
    for key, values in edits.get("edit", {}).items():
        studio.edit_draft_item(draft, by=by, key=key, values=values)
    if edits.get("add"):
        studio.add_draft_items(draft, by=by, section="items", titles=edits["add"])
    if edits.get("remove"):
        studio.remove_draft_items(draft, by=by, keys=edits["remove"])
    if edits.get("says"):
        studio.edit_draft(draft, by=by, values=edits["says"])
    return casting.published(type(version).objects.get(pk=draft.pk), by=cast.lead)


def pair(cast: SimpleNamespace, *lines: dict[str, Any], **edits: Any) -> Any:
    """Two deployments: of a version with these items, and of the next one, if edits say what that changes."""
    version = publish(cast.team, *lines, by=cast.lead)
    newer = following(cast, version, **edits) if edits else version
    return start(cast, version), start(cast, newer, "3.2.0")


def ask(cast: SimpleNamespace, before: Any, after: Any, who: Any = None, **asked: str) -> Any:
    """The answer to an address with the numbers of two deployments, or whatever stands there instead."""
    numbers = {"from": getattr(before, "number", before), "to": getattr(after, "number", after)}
    return signed_in(again(who or cast.lead)).get(reverse("deployments:compare", args=["pay"]), numbers | asked)


def page(cast: SimpleNamespace, before: Deployment, after: Deployment, **asked: str) -> str:
    answer = ask(cast, before, after, **asked)
    assert answer.status_code == 200
    return re.sub("[\u2068\u2069]", "", words(answer))


def row(text: str, anchor: str) -> str:
    """What a page says in the row of an item."""
    return text.partition(f'<li id="c-{anchor}">')[2].partition("</li>")[0]


def chips(text: str) -> dict[str, int]:
    found = re.findall(r'<a class="chip" href="[^"]*"(?: aria-current="true")?> ([^<]+) <b>(\d+)</b>', text)
    return {label: int(count) for label, count in found}


def sign_twice(cast: SimpleNamespace, deployment: Deployment, *keys: str) -> None:
    for key in keys:
        casting.sign(item(deployment, key), cast.member)
        casting.sign(item(deployment, key), cast.reviewer)


def close(cast: SimpleNamespace, deployment: Deployment) -> Deployment:
    commands.cancel_deployment(deployment, by=again(cast.lead), reason="Not needed any more.")
    return Deployment.objects.get(pk=deployment.pk)


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


def test_names_are_those_of_then(cast):
    before, after = pair(cast, line("one"))
    sign_twice(cast, before, "one")
    accounts.rename_person(again(cast.reviewer), by=again(cast.reviewer), full_name="Ruth Married", email="")
    text = page(cast, before, after, show="all")
    assert "verified by 佐藤 Mika and Ruth Okafor" in text
    assert "Ruth Married" not in text


def test_filters_count_what_they_show_and_searches_find_in_both(cast):
    before, after = pair(cast, line("one", text="Alpha"), line("two"), line("three"),
                         edit={"one": {"text": "Beta"}, "two": {"keys": 3}})  # fmt: skip
    text = page(cast, before, after)
    for show, count in (("", 2), ("text", 1), ("keys", 1), ("all", 3), ("limit", 0), ("no such", 2)):
        assert page(cast, before, after, show=show).count('<li id="c-') == count
    assert chips(text) == {"Different": 2, "Other keys": 1, "Other text": 1, "All": 3}
    for find, anchors in (("alpha", ["1"]), ("BETA", ["1"]), ("three", []), ("alpha beta", ["1"])):
        assert re.findall(r'<li id="c-([^"]+)"', page(cast, before, after, q=find)) == anchors
    assert chips(page(cast, before, after, q="three")) == {"Different": 0, "All": 1}


def test_an_empty_page_says_why_and_where_there_is_more_and_keeps_the_rest_of_the_address(cast):
    before, after = pair(cast, line("one"), line("two"))
    text = page(cast, before, after, q="two", sort="gravest")
    assert "No item matches “<bdi>two</bdi>” under “Different”" in text
    assert "1 other does." in text
    assert f'href="?from={before.number}&amp;to={after.number}&amp;show=all&amp;sort=gravest&amp;q=two"' in text
    nothing = page(cast, before, after, q="zzz", show="text")
    assert "No item matches “<bdi>zzz</bdi>”" in nothing
    assert "Show all" not in nothing
    assert f'href="?from={before.number}&amp;to={after.number}&amp;show=text">Clear the search' in nothing
    assert "No item is here under “Other limit”" in page(cast, before, after, show="limit")


def test_a_search_keeps_which_two_are_compared_and_how(cast):
    before, after = pair(cast, line("one"))
    form = page(cast, before, after, show="all", sort="gravest").partition('role="search"')[2].partition("</form>")[0]
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
    assert hidden == {"from": str(before.number), "to": str(after.number), "show": "all", "sort": "gravest"}


def test_the_gravest_comes_first_where_that_is_asked(cast):
    before, after = pair(cast, line("one"), line("two"), edit={"one": {"text": "Beta"}})
    sign_twice(cast, before, "two")
    casting.sign(item(after, "two"), cast.member)
    commands.reject_item(item(after, "two"), by=again(cast.reviewer), reason="No.")
    assert re.findall(r'<li id="c-(\d+)"', page(cast, before, after)) == ["1", "2"]
    assert re.findall(r'<li id="c-(\d+)"', page(cast, before, after, sort="gravest")) == ["2", "1"]


def test_long_ones_come_in_pages(cast, monkeypatch):
    monkeypatch.setattr("apps.boards.selectors.compare.PARTS_PER_PAGE", 2)
    before, after = pair(cast, *(line(f"item-{n}") for n in range(5)))
    first = page(cast, before, after, show="all")
    assert re.findall(r'<li id="c-(\d+)"', first) == ["1", "2"]
    assert "Page 1 of 3" in first
    assert f"?from={before.number}&amp;to={after.number}&amp;show=all&amp;page=2" in first
    assert re.findall(r'<li id="c-(\d+)"', page(cast, before, after, show="all", page="99999")) == ["5"]


@pytest.mark.parametrize("who", ["auditor", "member"])
def test_everybody_of_the_team_may_compare(cast, who):
    before, after = pair(cast, line("one"))
    assert ask(cast, before, after, who=getattr(cast, who)).status_code == 200


def test_nobody_compares_with_a_deployment_of_another_team(cast):
    mine, _ = pair(cast, line("one"))
    theirs = casting.publish(cast.other_team, by=cast.stranger)
    for _ in range(4):
        other = casting.deploy(cast.other_team, theirs, by=cast.stranger, service="stock")
    assert other.number == 4
    for numbers in ((mine, other), (other, mine), (0, other), (other, 0), (other, other)):
        assert ask(cast, *numbers).status_code == 404
    assert ask(cast, mine, mine.number + 1, who=cast.stranger).status_code == 404


@pytest.mark.parametrize("number", ["x", "-1", "1e3", "٣", "9" * 10_000, "1 ", "1;"])
def test_what_is_no_number_leads_nowhere(cast, number):
    assert ask(cast, 1, number).status_code == ask(cast, number, 1).status_code == 404


@pytest.mark.parametrize("typed", ["a\0b", "x" * 10_000, "٪%_'\"<script>", " " * 300, "\u202e"])
def test_no_search_and_no_filter_breaks_it(cast, typed):
    before, after = pair(cast, line("one"))
    for name in ("q", "show", "sort", "page"):
        answer = ask(cast, before, after, **{name: typed})
        assert answer.status_code in (200, 400)
        assert b"<script>" not in answer.content.partition(b"</head>")[2]
        assert ask(cast, before, 0, **{name: typed}).status_code in (200, 400)


def test_as_long_as_one_is_missing_the_others_are_offered_those_of_the_same_checklist_first(cast):
    before, after = pair(cast, line("one"))
    other = start(cast, publish(cast.team, line("else"), by=cast.lead), "9.9")
    text = words(ask(cast, 0, before))
    assert f"Compare {before.code} with which?" in text
    assert re.findall(r'href="\?from=(\d+)&amp;to=1"', text) == [str(after.number), str(other.number)]
    assert re.findall(r'href="\?from=1&amp;to=(\d+)"', words(ask(cast, before, 0))) == ["2", "3"]
    assert re.findall(r'href="\?to=(\d+)"', words(ask(cast, 0, 0))) == ["3", "2", "1"]
    assert re.findall(r'href="\?from=(\d+)&amp;to=1"', words(ask(cast, 0, before, q="9.9"))) == ["3"]
    assert "No other deployment matches “<bdi>zzz</bdi>”" in words(ask(cast, 0, before, q="zzz"))
    assert "does not differ from itself" in words(ask(cast, before, before))


def test_a_lone_deployment_has_nothing_to_be_compared_with(cast):
    lone = start(cast, publish(cast.team, line("one"), by=cast.lead))
    assert "There is no other deployment" in words(ask(cast, 0, lone))
    assert "Compare two" not in words(signed_in(again(cast.lead)).get(reverse("deployments:list", args=["pay"])))


def test_other_checklists_are_compared_by_what_both_have_and_the_page_says_so(cast):
    before = start(cast, publish(cast.team, line("one"), by=cast.lead))
    after = start(cast, publish(cast.team, line("one"), line("two"), by=cast.lead))
    text = page(cast, before, after)
    assert "They run different checklists: items with the same key are taken for the same." in text
    assert chips(text) == {"Different": 1, "Only in one": 1, "All": 2}


def test_a_board_and_the_list_lead_to_it(cast):
    before, after = pair(cast, line("one"))
    browser = signed_in(again(cast.lead))
    board = browser.get(reverse("deployments:board", args=["pay", after.number])).content.decode()
    assert f'href="../compare/?to={after.number}"' in board
    assert (
        reverse("deployments:compare", args=["pay"])
        in browser.get(reverse("deployments:list", args=["pay"])).content.decode()
    )
    assert before.code in words(browser.get(f"{reverse('deployments:compare', args=['pay'])}?to={after.number}"))


def test_it_takes_a_fixed_number_of_queries(cast):
    counts = []
    for many in (2, 30):
        before, after = pair(cast, *(line(f"item-{n}", fill_ins=[blank("Where")]) for n in range(many)))
        histories.waive(cast, item(before, "item-0"))
        fill(after, "item-1", "Here", by=cast.member)
        sign_twice(cast, after, "item-1")
        browser, address = signed_in(again(cast.lead)), reverse("deployments:compare", args=["pay"])
        with CaptureQueriesContext(connection) as captured:
            asked = {"from": before.number, "to": after.number, "show": "all"}
            assert browser.get(address, asked).status_code == 200
        counts.append(len([each for each in captured if not each["sql"].startswith(("SAVEPOINT", "RELEASE"))]))
    assert counts[0] == counts[1] <= MOST_QUERIES, "\n".join(each["sql"][:300] for each in captured)
