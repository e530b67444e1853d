"""The studio's pages by plain requests: all of it works without scripts, and htmx gets what changed."""

import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.checklists import commands as checklists
from apps.core.shown import fingerprint
from apps.studio import commands, rules, selectors
from apps.studio.models import DraftStep
from tests import cast as casting
from tests.cast import again, signed_in
from tests.house.filled import FormsOfPage
from tests.studio.drafts import draft, outline

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
GREEN = "Dashboards are green"


@pytest.fixture(autouse=True)
def nothing_is_rendered():
    selectors.forget()


@pytest.fixture
def version(people):
    return draft(people)


@pytest.fixture
def client(people):
    return signed_in(again(people.member))


@pytest.fixture
def by(people):
    return again(people.member)


def at(version, name, *more):
    return reverse(f"studio:{name}", args=[version.template.team.slug, version.template_id, *more])


def seen(**values: Any) -> str:
    return fingerprint(rules.texts_of(values))


def rows(client: Client, version) -> list[str]:
    """The keys of the rows as the page shows them."""
    return re.findall(r'id="item-([\w-]+)"', client.get(at(version, "draft")).content.decode())


def ask(client: Client, version, name: str, *more: str, **sent: Any) -> str:
    """What an open page gets after an edit."""
    answer = client.post(at(version, name, *more), sent, headers=HTMX)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def sequence(text: str) -> int:
    return int(re.search(r'data-sequence="(\d+)"', text)[1])


def test_the_draft_is_a_page_with_all_its_items(version, client):
    text = client.get(at(version, "draft")).content.decode()
    for title in ("Take a backup", "Restore it elsewhere", "Migrate the database", "Dashboards are green"):
        assert title in text
    stored = version.items.order_by("section__position", "position").values_list("key", flat=True)
    assert rows(client, version) == list(stored)


def test_an_item_is_edited_by_a_plain_form(version, client):
    assert "Tell support" in client.get(at(version, "item", "tell-support")).content.decode()
    item = version.items.get(key="tell-support")
    sent = {"title": "Tell everybody", "keys": "3", "basis": seen(**item.own()), "text": "By mail."}
    answer = client.post(at(version, "edit_draft_item", "tell-support"), sent)
    assert (answer.status_code, answer["Location"]) == (302, at(version, "item", "tell-support"))
    item.refresh_from_db()
    assert (item.title, item.keys, item.text) == ("Tell everybody", 3, "By mail.")


def test_a_page_saves_one_field_and_leaves_all_others_alone(version, client, by):
    commands.edit_draft_item(version, by=by, key="tell-support", values={"text": "By mail", "minutes": 5})
    sent = {"only": "title", "title": "Tell everybody", "basis": seen(title="Tell support")}
    ask(client, version, "edit_draft_item", "tell-support", **sent)
    item = version.items.get(key="tell-support")
    assert (item.title, item.text, item.minutes) == ("Tell everybody", "By mail", 5)


FIELDS: dict[str, Any] = {
    "commands": ({"commands": ["ls\n-l", "  ", "make"]}, ["ls\n-l", "make"]),
    "keys": ({"keys": "4"}, 4),
    "critical": ({"critical": "on"}, True),
    "passkey": ({"passkey": "on"}, True),
    "fill_ins": (
        {"fill_ins-label": ["Size", ""], "fill_ins-kind": ["choice", "text"], "fill_ins-options": ["small, big", ""],
         "fill_ins-unit": ["", ""]},
        [{"label": "Size", "kind": "choice", "options": ["small", "big"], "unit": ""}],
    ),
    "evidence_kinds": ({"evidence_kinds": ["file", "probe"]}, ["file", "probe"]),
    "max_age_days": ({"max_age_days": "14"}, 14),
    "probe": (
        {"probe_kind": "http", "probe_settings": "url: https://example.com/\nexpected: 200"},
        {"kind": "http", "settings": {"url": "https://example.com/", "expected": "200"}},
    ),
    "conditions": (
        {"conditions": "environment is production\nstrategy is canary"},
        [{"subject": "environment", "name": "", "is_not": False, "values": ["production"]},
         {"subject": "strategy", "name": "", "is_not": False, "values": ["canary"]}],
    ),
    "owner_role": ({"owner_role": " on-call  lead "}, "on-call lead"),
    "controls": ({"controls": "CC8.1, A.8.32"}, ["CC8.1", "A.8.32"]),
    "links": ({"links-text": ["Runbook"], "links-url": ["docs/run.md"]}, [{"text": "Runbook", "url": "docs/run.md"}]),
    "minutes": ({"minutes": "10"}, 10),
}  # fmt: skip


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_is_saved_alone_and_shown_again(version, client, name):
    sent, stored = FIELDS[name]
    item = version.items.get(key="tell-support")
    now = {name: getattr(item, name)}
    ask(client, version, "edit_draft_item", item.key, only=name, basis=seen(**now), **sent)
    item.refresh_from_db()
    assert getattr(item, name) == stored
    page = client.get(at(version, "item", item.key)).content.decode()
    form = at(version, "edit_draft_item", item.key)
    shown = next(each for each in FormsOfPage(page, "/").forms if each.action == form).sent()
    ask(client, version, "edit_draft_item", item.key, **{**shown, "only": name})
    item.refresh_from_db()
    assert getattr(item, name) == stored, "saved as it is shown, it stays"


@pytest.mark.parametrize(
    ("name", "sent", "sentence"),
    [
        ("title", {"title": " "}, "Fill this in: Title"),
        ("fill_ins", {"fill_ins-label": ["Size"], "fill_ins-kind": ["choice"]}, "Say what can be chosen"),
        ("conditions", {"conditions": "nonsense"}, "is not a condition"),
        ("probe", {"probe_kind": "", "probe_settings": "url: x"}, "which kind of probe"),
        ("probe", {"probe_kind": "http", "probe_settings": "no colon"}, "is no setting"),
        ("links", {"links-text": ["Runbook"], "links-url": [""]}, "Where does the link"),
        ("max_age_days", {"max_age_days": "0"}, "greater than or equal to 1"),
        ("fill_ins", {"fill_ins-label": ["x"] * 201}, "At most 200"),
    ],
)
def test_what_cannot_be_saved_is_refused_with_the_reason(version, client, name, sent, sentence):
    form = {"only": name, "basis": "-", **sent}
    url = at(version, "edit_draft_item", "tell-support")
    for headers in (HTMX, {}):
        answer = client.post(url, form, headers=headers)
        assert (answer.status_code, DraftStep.objects.count()) == (422, 0)
        assert sentence in answer.content.decode()


def test_a_field_that_somebody_saved_meanwhile_is_shown_with_both_texts(version, client, by, people):
    commands.edit_draft_item(version, by=again(people.reviewer), key="tell-support", values={"title": "Tell all"})
    sent = {"only": "title", "title": "Call them", "basis": seen(title="Tell support")}
    answer = client.post(at(version, "edit_draft_item", "tell-support"), sent, headers=HTMX)
    text = answer.content.decode()
    assert (answer.status_code, version.items.get(key="tell-support").title) == (409, "Tell all")
    assert "Ruth Okafor" in text
    assert "Tell all" in text
    again_ = re.search(r'data-seen="([^"]+)"', text)[1]
    ask(client, version, "edit_draft_item", "tell-support", **{**sent, "basis": again_})
    assert version.items.get(key="tell-support").title == "Call them"


def test_a_section_and_the_template_are_edited_alike(version, client):
    section = {"only": "title", "title": "Before the release", "basis": seen(title="Before")}
    ask(client, version, "edit_draft_section", "before", **section)
    own = {"only": "parameters", "basis": seen(parameters=[]), "parameters-name": ["p95"], "parameters-value": ["2"]}
    own |= {"parameters-label": ["p95"], "parameters-unit": ["s"], "parameters-limit": ["below"]}
    ask(client, version, "edit_draft", **own)
    version.refresh_from_db()
    assert outline(version)[0][0] == "Before the release"
    assert version.parameters == [{"name": "p95", "label": "p95", "value": "2", "unit": "s", "limit": "below"}]
    for name, more in (("section", ["before"]), ("version", [])):
        assert "Save" in client.get(at(version, name, *more)).content.decode()


@pytest.mark.parametrize(
    ("name", "sent", "titles"),
    [
        ("add_draft_items", {"section": "after", "titles": "- [ ] Call\n2. Write"}, [GREEN, "Call", "Write"]),
        ("move_draft_items", {"item": "tell-support", "to": "end", "section": "after"}, [GREEN, "Tell support"]),
        ("move_draft_items", {"item": "migrate-the-database", "to": "down"}, ["Migrate the database", GREEN]),
        ("move_draft_items", {"item": "tell-support", "section": "after", "after": ""}, ["Tell support", GREEN]),
        ("remove_draft_items", {"item": "dashboards-are-green"}, []),
    ],
)  # fmt: skip
def test_items_are_added_moved_and_removed_by_plain_forms(version, client, name, sent, titles):
    assert client.post(at(version, name), sent).status_code == 302
    assert outline(version)[1] == ("After", titles)


def test_items_are_indented_and_set_together(version, client):
    client.post(at(version, "indent_draft_items"), {"item": "migrate-the-database", "levels": "1"})
    client.post(at(version, "edit_draft_items"), {"item": ["tell-support", "take-a-backup"], "what": "keys 3"})
    client.post(
        at(version, "edit_draft_items"), {"item": "tell-support", "what": "conditions", "to": "strategy is all"}
    )
    assert outline(version)[0][1][-1] == "  Migrate the database"
    assert version.items.get(key="take-a-backup").keys == 3
    assert version.items.get(key="tell-support").conditions[0]["subject"] == "strategy"


@pytest.mark.parametrize(
    ("what", "to", "field", "value"),
    [
        ("critical yes", "", "critical", True), ("critical no", "", "critical", False),
        ("evidence_kinds file", "", "evidence_kinds", ["file"]), ("evidence_kinds", "", "evidence_kinds", []),
        ("owner_role", "on-call", "owner_role", "on-call"), ("controls", "CC8.1, A.8", "controls", ["CC8.1", "A.8"]),
    ],
)  # fmt: skip
def test_every_field_that_is_set_together(version, client, what, to, field, value):
    client.post(at(version, "edit_draft_items"), {"item": "tell-support", "what": what, "to": to})
    assert getattr(version.items.get(key="tell-support"), field) == value


def test_sections_are_added_moved_and_removed(version, client):
    client.post(at(version, "add_draft_section"), {"title": "Rollback"})
    client.post(at(version, "move_draft_section", "rollback"), {"to": "up"})
    assert [title for title, _ in outline(version)] == ["Before", "Rollback", "After"]
    refused = client.post(at(version, "move_draft_section", "before"), {"to": "up"}, headers=HTMX)
    assert (refused.status_code, "very top" in refused.content.decode()) == (409, True)
    client.post(at(version, "remove_draft_section", "before"))
    assert [title for title, _ in outline(version)] == ["Rollback", "After"]


@pytest.mark.parametrize(("key", "to"), [("take-a-backup", "up"), ("dashboards-are-green", "down")])
def test_what_stands_at_the_end_goes_no_further_and_says_so(version, client, key, to):
    answer = client.post(at(version, "move_draft_items"), {"item": key, "to": to}, headers=HTMX)
    assert (answer.status_code, "very" in answer.content.decode()) == (409, True)


def test_undo_and_redo_are_buttons_that_name_the_step_they_saw(version, client, by):
    commands.edit_draft_item(version, by=by, key="tell-support", values={"title": "Tell all"})
    assert 'name="shown" value="1"' in client.get(at(version, "draft")).content.decode()
    client.post(at(version, "undo_step"), {"shown": "1"})
    assert version.items.get(key="tell-support").title == "Tell support"
    assert client.post(at(version, "undo_step"), {"shown": "1"}).status_code == 409
    client.post(at(version, "redo_step"), {"shown": "1"})
    assert version.items.get(key="tell-support").title == "Tell all"


def test_an_open_page_gets_the_rows_that_changed_after_what_it_shows(version, client, by):
    since = sequence(client.get(at(version, "rows"), headers=HTMX).content.decode())
    commands.edit_draft_item(version, by=by, key="tell-support", values={"title": "Tell all"})
    commands.remove_draft_items(version, by=by, keys=["dashboards-are-green"])
    text = client.get(at(version, "rows") + f"?since={since}", headers=HTMX).content.decode()
    assert re.findall(r'id="item-([\w-]+)"', text) == ["tell-support"]
    assert re.findall(r'data-order="([\w-]+)" value="([^"]*)"', text) == [("after", "")]
    assert sequence(text) == since + 2
    later = client.get(at(version, "rows") + f"?since={since + 2}", headers=HTMX).content.decode()
    assert 'id="item-' not in later


def test_a_page_that_another_process_rendered_misses_nothing(version, client, by):
    since = sequence(client.get(at(version, "rows"), headers=HTMX).content.decode())
    commands.edit_draft_item(version, by=by, key="tell-support", values={"title": "Tell all"})
    selectors.forget()  # this one never saw the draft
    text = client.get(at(version, "rows") + f"?since={since}", headers=HTMX).content.decode()
    assert "Tell all" in text


def test_an_edit_that_is_sent_again_still_says_what_it_added(version, client):
    sent = {"section": "after", "titles": "Call", "intent": str(uuid.uuid4())}
    for _ in range(2):
        assert 'data-added="call"' in ask(client, version, "add_draft_items", **sent)
    assert outline(version)[1][1] == ["Dashboards are green", "Call"]


def test_after_any_edits_the_page_is_as_if_it_were_rendered_for_the_first_time(version, client, by):
    edits = [
        lambda: commands.edit_draft_item(version, by=by, key="tell-support", values={"title": "Wait X days"}),
        lambda: commands.add_draft_items(version, by=by, section="before", titles=["A", "B"], after="tell-support"),
        lambda: commands.move_draft_items(version, by=by, keys=["a"], section="after"),
        lambda: commands.edit_draft(version, by=by, values={"variables": [
            {"name": "a", "label": "", "kind": "text", "options": []}]}),
        lambda: commands.edit_draft_section(version, by=by, key="after", values={"title": "Afterwards"}),
        lambda: commands.remove_draft_items(version, by=by, keys=["take-a-backup"]),
        lambda: commands.undo_step(version, by=by),
    ]  # fmt: skip
    for edit in edits:
        client.get(at(version, "draft"))
        edit()
        assert groups(client, version) == fresh(client, version)


def groups(client: Client, version) -> str:
    text = client.get(at(version, "draft")).content.decode()
    body = text[text.index('id="verdict"') : text.index("data-clear-choice")]
    return re.sub(r'value="(?:[0-9a-f-]{36}|\w{64})"', "", body)


def fresh(client: Client, version) -> str:
    selectors.forget()
    return groups(client, version)


def test_filters_and_search_work_on_the_server_too(version, client, by):
    commands.edit_draft_items(version, by=by, keys=["tell-support"], values={"critical": True})
    for query, hidden in (("show=critical", 4), ("q=support", 4), ("q=nothing+fits", 5), ("show=all", 0)):
        text = client.get(at(version, "draft") + f"?{query}").content.decode()
        assert text.count("<li hidden") == hidden, query


def test_what_is_new_or_changed_since_the_last_version_says_so(people, client):
    published = casting.publish(people.team, by=people.lead)
    version = checklists.start_draft(published.template, by=again(people.member))
    commands.add_draft_items(version, by=again(people.member), section=version.sections.first().key, titles=["New one"])
    commands.edit_draft_item(version, by=again(people.member), key="tell-support", values={"minutes": 5})
    text = client.get(at(version, "draft")).content.decode()
    assert text.count('<span class="tag success">new</span>') == 1
    assert text.count('<span class="tag">changed</span>') == 1


def test_a_long_draft_comes_in_pages_of_whole_sections(version, client, by, monkeypatch):
    monkeypatch.setattr("apps.studio.selectors.page.ROWS_PER_PAGE", 4)
    text = client.get(at(version, "draft")).content.decode()
    assert ("Take a backup" in text, "Dashboards are green" in text) == (True, False)
    assert 'href="?page=2#s-after"' in text
    assert "Dashboards are green" in client.get(at(version, "draft") + "?page=2").content.decode()


def test_filter_and_search_find_in_all_pages_and_stay_in_the_address(version, client, monkeypatch):
    monkeypatch.setattr("apps.studio.selectors.page.ROWS_PER_PAGE", 4)
    page = client.get(at(version, "draft") + "?q=green").content.decode()
    assert re.findall(r'<li hidden class="item[^>]*id="([\w-]+)"', page) == []
    assert ("1 item fits" in page, GREEN in page, "Tell support" in page) == (True, True, False)
    assert 'href="?show=critical&amp;q=green"' in page
    assert f'action="{at(version, "add_draft_section")}?q=green"' in page
    assert 'href="?page=1#s-before"' in page, "the outline leads to every section"


def test_what_several_pages_of_a_filter_find_is_paged_too(version, client, by, monkeypatch):
    monkeypatch.setattr("apps.studio.selectors.page.ROWS_PER_PAGE", 1)
    for key in ("tell-support", "dashboards-are-green"):
        commands.edit_draft_item(version, by=by, key=key, values={"critical": True})
    page = client.get(at(version, "draft") + "?show=critical").content.decode()
    assert ("2 items fit" in page, "Page 1 of 2" in page) == (True, True)
    assert 'href="?show=critical&amp;page=2"' in page
    assert GREEN in client.get(at(version, "draft") + "?show=critical&page=2").content.decode()


def test_a_filter_over_several_pages_that_finds_nothing_says_so(version, client, monkeypatch):
    monkeypatch.setattr("apps.studio.selectors.page.ROWS_PER_PAGE", 1)
    page = client.get(at(version, "draft") + "?q=nothing+like+it").content.decode()
    assert ("no items fit" in page, "Page 1 of" in page, 'class="group"' in page) == (True, False, False)
    assert '<div class="empty" id="none-found">' in page


@pytest.mark.parametrize("name", ["draft", "rows", "item", "version", "section"])
def test_pages_ask_a_fixed_number_of_queries(people, client, by, name):
    long = "# Long\n\n## Part\n\n" + "\n".join(f"- [ ] Step {number}" for number in range(60))
    few, many = draft(people), draft(people, text=long)
    counts = []
    for version in (few, many):
        more = {"item": [version.items.first().key], "section": [version.sections.first().key]}.get(name, [])
        client.get(at(version, name, *more))
        commands.edit_draft(version, by=by, values={"occasion": "Changed"})
        with CaptureQueriesContext(connection) as queries:
            client.get(at(version, name, *more))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_auditor_reads_and_edits_nothing(version, people):
    client = signed_in(again(people.auditor))
    assert client.get(at(version, "draft")).status_code == 200
    assert "Delete" not in client.get(at(version, "item", "tell-support")).content.decode()
    sent = {"only": "title", "title": "Other", "basis": seen(title="Tell support")}
    assert client.post(at(version, "edit_draft_item", "tell-support"), sent).status_code == 403


def test_what_is_gone_is_not_found(version, client):
    for name in ("item", "edit_draft_item"):
        assert client.post(at(version, "edit_draft_item", "gone"), {}).status_code == 404, name
    assert client.get(at(version, "section", "gone")).status_code == 404


def test_a_published_version_has_no_draft_page(people, client):
    published = casting.publish(people.team, by=people.lead)
    assert client.get(at(published, "draft")).status_code == 404


def test_the_stream_says_where_the_chain_is(version, client, people):
    url = reverse("studio:follow", args=[version.template_id])
    assert client.get(f"{url}?once&after=0").json()["seq"] >= 0
    assert signed_in(again(people.stranger)).get(f"{url}?once").status_code == 404
