"""What people see of templates: the library, a template with its versions, what changes, and how it is published."""

import re
import uuid

import pytest
from django.urls import reverse

from apps.checklists import commands as checklists
from apps.checklists.exports import data, table
from apps.checklists.library import built_in, library
from apps.checklists.markdown import content, read
from apps.checklists.models import ChecklistTemplate, TemplateVersion
from apps.studio import commands as studio
from tests import cast as casting
from tests.cast import PASSWORD, again, basis, published, signed_in, words
from tests.studio.drafts import draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(people):
    return published(draft(people), by=people.member)


def page(person, name, *args, **query):
    """A page as that person sees it, in words."""
    return words(signed_in(person).get(reverse(f"templates:{name}", args=args), query))


def changed(version, people):
    """The next version's draft: one item edited, one added, one removed, one moved."""
    by = again(people.member)
    following = checklists.start_draft(version.template, by=by)
    studio.edit_draft_item(following, by=by, key="tell-support", values={"title": "Tell everybody", "keys": 3})
    studio.add_draft_items(following, by=by, section="after", titles=["Close the window"])
    studio.remove_draft_items(following, by=by, keys=["restore-it-elsewhere"])
    studio.move_draft_items(following, by=by, keys=["migrate-the-database"], section="after")
    return TemplateVersion.objects.get(pk=following.pk)


# The library


def test_the_library_shows_ours_with_what_runs_them_and_what_is_built_in(people, version):
    casting.deploy(people.team, version, by=people.lead)
    found = page(people.member, "list", "pay")
    assert "1 template is yours, 1 runs." in found
    assert f"{len(library())} more are built in" in found
    assert "5 items" in found
    assert "PAY-1" in found
    assert all(one.title in found for one in library())


@pytest.mark.parametrize("word", ["Release", "restore", "RESTORE", "elsewhere take"])
def test_a_template_is_found_by_its_title_and_by_what_is_in_it(people, version, word):
    found = page(people.member, "list", "pay", q=word, show="yours")
    assert "Release" in found
    assert "No template of yours with" not in found


def test_what_is_not_there_says_so_and_leads_on(people, version):
    found = page(people.member, "list", "pay", q="zzz")
    assert "No template of yours with “<bdi>zzz</bdi>” in it" in found
    assert "Show all of them" in found


@pytest.mark.parametrize("name", [one.name for one in library()])
def test_the_preview_of_a_built_in_one_reads_names_without_values(people, name):
    assert "{{" not in page(people.member, "built_in", "pay", name)


def test_built_in_ones_are_found_by_a_command(people):
    found = page(people.member, "list", "pay", q="redis-cli ping", show="built-in")
    assert "AI gateway rollout" in found
    assert "Cost optimisation" not in found


@pytest.mark.parametrize("name", [one.name for one in library()])
def test_a_built_in_template_is_looked_into(people, name):
    found = page(people.member, "built_in", "pay", name)
    assert built_in(name).title in found
    assert "Install" in found


def test_a_built_in_template_that_does_not_exist_is_not_found(people):
    answer = signed_in(people.member).get(reverse("templates:built_in", args=["pay", "no-such"]))
    assert answer.status_code == 404


def test_one_click_installs_and_a_second_of_the_same_page_installs_nothing_more(people):
    browser = signed_in(people.member)
    html = browser.get(reverse("templates:built_in", args=["pay", "security-review"])).content.decode()
    intent = re.search(r'name="intent" value="([^"]+)"', html)[1]
    for _ in range(2):
        browser.post(reverse("templates:install_template", args=["pay", "security-review"]), {"intent": intent})
    assert ChecklistTemplate.objects.filter(built_in="security-review").count() == 1


def test_an_auditor_reads_and_installs_nothing(people):
    assert ">Install" not in page(people.auditor, "list", "pay")
    answer = signed_in(people.auditor).post(reverse("templates:install_template", args=["pay", "security-review"]))
    assert answer.status_code == 403


def test_archived_ones_have_a_list_of_their_own_and_come_back(people, version):
    browser = signed_in(people.member)
    url = reverse("templates:template", args=["pay", version.template_id])
    act = reverse("templates:archive_template", args=["pay", version.template_id])
    browser.post(act, basis(browser, url, act))
    assert "Release" not in page(people.member, "list", "pay", show="yours")
    assert "Release" in page(people.member, "list", "pay", show="archived")
    browser.post(reverse("templates:restore_template", args=["pay", version.template_id]))
    assert "Release" in page(people.member, "list", "pay", show="yours")


# A template


def test_a_template_is_read_with_its_limits_filled_in(people):
    by = again(people.member)
    version = draft(people)
    p95 = {"name": "p95", "label": "p95 latency", "value": "2", "unit": "s", "limit": "below"}
    studio.edit_draft(version, by=by, values={"parameters": [p95]})
    studio.edit_draft_item(version, by=by, key="tell-support", values={"title": "p95 is below {{p95}}", "minutes": 90})
    found = page(people.member, "template", "pay", version.template_id)
    assert re.search(r'<data class="param" value="2"[^>]*>2 s</data>', found)
    assert "below 2 s" in found
    assert "about 1 h 30 min of work" in found


def test_every_version_can_be_read_and_says_who_wrote_and_who_published_it(people, version):
    second = published(changed(version, people), by=people.member)
    found = page(people.auditor, "template", "pay", version.template_id)
    assert "Since version 1: 1 new item, 1 removed, 1 changed, 1 moved." in found
    assert f"published by <bdi>{second.published_by_name}</bdi>" in found
    assert "Restore it elsewhere" not in found
    assert "Restore it elsewhere" in page(people.auditor, "template", "pay", version.template_id, version="1")


# What changes


def test_changes_are_shown_word_by_word_and_what_stays_is_folded(people, version):
    following = changed(version, people)
    found = page(people.lead, "changes", "pay", version.template_id)
    assert "1 new item, 1 removed, 1 changed, 1 moved." in found
    assert "Tell <del>support</del><ins>everybody</ins>" in found
    assert "<del>2</del> <ins>3</ins>" in found
    assert re.search("Moved here from .?Before.?, word for word the same", found)
    assert "word for word · Show" in found
    assert following.number == 2


def test_a_character_that_nobody_sees_stands_in_a_box(people, version):
    by = again(people.member)
    following = checklists.start_draft(version.template, by=by)
    studio.edit_draft_item(following, by=by, key="tell-support", values={"commands": ["diff\u00a0a b\u200b"]})
    found = page(people.lead, "changes", "pay", version.template_id)
    assert '<span class="inv" title="NBSP">NBSP</span>' in found
    assert '<span class="inv" title="ZWSP">ZWSP</span>' in found


def test_a_limit_that_moves_says_so_and_changes_what_uses_it(people):
    by = again(people.member)
    version = draft(people)
    limit = {"name": "p95", "label": "p95 latency", "value": "3", "unit": "s", "limit": "below"}
    studio.edit_draft(version, by=by, values={"parameters": [limit]})
    studio.edit_draft_item(version, by=by, key="tell-support", values={"title": "p95 below {{p95}}"})
    first = published(TemplateVersion.objects.get(pk=version.pk), by=people.member)
    following = checklists.start_draft(first.template, by=by)
    studio.edit_draft(following, by=by, values={"parameters": [limit | {"value": "2"}]})
    found = page(people.lead, "changes", "pay", first.template_id)
    assert "1 changed, 1 stricter limit." in found
    assert "<del>below 3 s</del> <ins>below 2 s</ins>" in found
    assert "<del>3</del><ins>2</ins>" in found


# Publishing, from the street


def form(person, version, act):
    """What a form of the page of changes brings along."""
    html = signed_in(person).get(reverse("templates:changes", args=["pay", version.template_id])).content.decode()
    url = reverse(f"templates:{act}", args=["pay", version.template_id, version.pk])
    part = html.partition(f'action="{url}"')[2].partition("</form>")[0]
    assert part, f"no form posts to {act}"
    return url, dict(re.findall(r'name="(shown|intent|basis|since)" value="([^"]*)"', part))


def post(person, version, act, **values):
    url, fields = form(person, version, act)
    return signed_in(person).post(url, fields | values)


def test_an_author_asks_and_a_second_person_publishes(people, version):
    following = changed(version, people)
    assert post(people.member, following, "submit_version", note="After PAY-1", password=PASSWORD).status_code == 302
    found = page(people.member, "changes", "pay", version.template_id)
    assert "After PAY-1" in found
    assert "Publish version 2</button>" not in found
    assert "waits for a second person" in page(people.reviewer, "list", "pay")
    assert post(people.reviewer, following, "publish_version", password=PASSWORD).status_code == 302
    following.refresh_from_db()
    assert following.is_published
    assert following.note == "After PAY-1"


def test_the_second_person_reads_why_they_can_be_it(people, version):
    following = changed(version, people)
    studio.edit_draft(following, by=again(people.reviewer), values={"guidance": "Read it all."})
    post(people.lead, following, "submit_version", note="Why", password=PASSWORD)
    at = "changes", "pay", version.template_id
    assert "You edited this draft too. <bdi>Lena Brandt</bdi> may publish and agreed to all of it" in page(
        people.reviewer, *at
    )
    assert "changed nothing in this draft" in page(people.other_reviewer, *at)
    assert post(people.reviewer, following, "publish_version", password=PASSWORD).status_code == 302


def test_what_is_missing_leads_to_its_field(people, version):
    by = again(people.member)
    following = checklists.start_draft(version.template, by=by)
    nameless = {"name": "p95", "label": "p95 latency", "value": "", "unit": "s", "limit": "below"}
    studio.edit_draft(following, by=by, values={"parameters": [nameless]})
    at = reverse("studio:version", args=["pay", version.template_id])
    assert f'<a href="{at}#f-parameters">Solve it in the studio</a>' in page(
        people.member, "changes", "pay", version.template_id
    )
    assert 'id="f-parameters"' in words(signed_in(people.member).get(at))


def test_without_items_it_leads_to_the_list(people):
    made = checklists.create_template(people.team, by=again(people.member), title="Empty")
    at = reverse("studio:draft", args=["pay", made.template_id])
    assert f'<a href="{at}">Solve it in the studio</a>' in page(people.member, "changes", "pay", made.template_id)


def test_without_a_note_nothing_is_asked_and_without_a_tick_nothing_is_published(people, version):
    following = changed(version, people)
    answer = post(people.member, following, "submit_version", note="", password=PASSWORD)
    assert answer.status_code == 422
    assert "Say what changes and why" in words(answer)
    post(people.member, following, "submit_version", note="Why", password=PASSWORD)
    assert post(people.reviewer, following, "publish_version").status_code == 422


def test_what_was_edited_after_it_was_read_is_not_published(people, version):
    following = changed(version, people)
    post(people.member, following, "submit_version", note="Why", password=PASSWORD)
    url, fields = form(people.reviewer, following, "publish_version")
    studio.edit_draft_item(following, by=again(people.member), key="tell-support", values={"title": "Slipped in"})
    answer = signed_in(people.reviewer).post(url, fields | {"password": PASSWORD})
    assert answer.status_code in (403, 409)
    following.refresh_from_db()
    assert following.state == "draft"


def test_the_refusal_says_which_edits_came_since_it_was_read(people, version):
    following = changed(version, people)
    url, fields = form(people.member, following, "submit_version")
    studio.edit_draft_item(following, by=again(people.reviewer), key="tell-support", values={"title": "Slipped in"})
    answer = signed_in(people.member).post(url, fields | {"note": "Why", "password": PASSWORD})
    assert answer.status_code == 409
    text = words(answer)
    assert "Ruth Okafor edited the draft of version 2: edited “Tell everybody”." in text
    assert "Close the window" not in text  # that came before


def test_it_is_sent_back_with_a_reason_that_its_authors_read(people, version):
    following = changed(version, people)
    post(people.member, following, "submit_version", note="Why", password=PASSWORD)
    assert post(people.reviewer, following, "reject_version", reason="The limit is too loose").status_code == 302
    found = page(people.member, "changes", "pay", version.template_id)
    assert "Sent back by" in found
    assert "The limit is too loose" in found


def test_an_author_takes_the_question_back(people, version):
    following = changed(version, people)
    post(people.member, following, "submit_version", note="Why", password=PASSWORD)
    post(people.member, following, "withdraw_version")
    following.refresh_from_db()
    assert following.state == "draft"


def test_a_draft_is_discarded(people, version):
    following = changed(version, people)
    assert post(people.member, following, "discard_draft").status_code == 302
    following.refresh_from_db()
    assert following.state == "discarded"


@pytest.mark.parametrize("name", ["template", "changes"])
def test_a_page_asks_a_fixed_number_of_questions(people, version, name, django_assert_max_num_queries):
    by = again(people.member)
    browser = signed_in(people.member)
    url = reverse(f"templates:{name}", args=["pay", version.template_id])
    with django_assert_max_num_queries(40) as few:
        browser.get(url)
    following = checklists.start_draft(version.template, by=by)
    studio.add_draft_items(following, by=by, section="after", titles=[f"Item {n}" for n in range(40)])
    published(TemplateVersion.objects.get(pk=following.pk), by=people.member)
    with django_assert_max_num_queries(len(few) + 6):
        browser.get(url)


def test_a_strange_team_finds_nothing(people, version):
    for name in ("template", "changes"):
        answer = signed_in(people.stranger).get(reverse(f"templates:{name}", args=["pay", version.template_id]))
        assert answer.status_code == 404
    for act in ("submit_version", "publish_version", "withdraw_version", "reject_version", "discard_draft"):
        url = reverse(f"templates:{act}", args=["pay", version.template_id, version.pk])
        assert signed_in(people.stranger).post(url, {"intent": uuid.uuid4()}).status_code == 404


# Taken along


@pytest.mark.parametrize(
    ("kind", "imported"),
    [
        ("markdown", lambda text: content.content(read(text).templates[0])),
        ("json", data.imported_json),
        ("yaml", data.imported_yaml),
        ("csv", table.imported),
    ],
)
def test_what_is_taken_along_gives_the_version_back(people, version, kind, imported):
    answer = signed_in(people.auditor).get(reverse("templates:export", args=["pay", version.template_id, kind]))
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="release-1.')
    assert imported(answer.content.decode()) == TemplateVersion.objects.get(pk=version.pk).content()


def test_a_format_that_nobody_writes_is_not_found(people, version):
    answer = signed_in(people.auditor).get(reverse("templates:export", args=["pay", version.template_id, "pdf"]))
    assert answer.status_code == 404
