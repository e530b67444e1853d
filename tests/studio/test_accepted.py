"""A problem that does not stand in the way is kept with a reason: it counts no more, whoever publishes reads why."""

import re
import uuid

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from apps.checklists import commands as checklists
from apps.checklists.models import AcceptedProblem, TemplateVersion
from apps.core.errors import NotAllowed, Stale, WrongState
from apps.ledger.models import Entry
from apps.studio import commands, selectors
from tests.cast import again, proof, published, signed_in
from tests.studio.drafts import content, draft
from tests.tampering import sql

pytestmark = pytest.mark.django_db
TEXT = """# Release

## Before

- [ ] The console refuses its own password
  ```bash
  curl -u admin:admin http://console
  ```
- [ ] Keys are younger than X days
- [ ] Say it
- [ ] Say it
"""
CONSOLE, YOUNG = "the-console-refuses-its-own-password", "keys-are-younger-than-x-days"
WHY = "These are what it must refuse."


@pytest.fixture
def version(people):
    selectors.forget()
    return draft(people, text=TEXT)


@pytest.fixture
def by(people):
    return again(people.member)


@pytest.fixture
def client(people):
    return signed_in(again(people.member))


def problem(version, key=CONSOLE):
    now = selectors.draft_of(TemplateVersion.objects.select_related("template").get(pk=version.pk))
    return next(one for one in now.problems if one.key == key)


def keep(version, by, key=CONSOLE, why=WHY):
    return commands.accept_draft_problem(version, by=by, problem=problem(version, key).digest, why=why)


def wrong(version):
    """The keys of the items with an open problem."""
    return [one.key for one in selectors.draft_of(version).problems]


def test_a_kept_problem_counts_no_more_and_names_who_said_why(version, by):
    before = wrong(version)
    keep(version, by)
    assert wrong(version) == [key for key in before if key != CONSOLE]
    [(_, accepted)] = selectors.draft_of(version).accepted.values()
    assert (accepted.why, accepted.by_name, accepted.part) == (WHY, by.full_name, CONSOLE)


def test_what_blocks_cannot_be_kept(version, by):
    with pytest.raises(WrongState, match="must be solved before publishing and cannot be kept"):
        keep(version, by, YOUNG)
    assert not AcceptedProblem.objects.exists()


def test_it_is_one_entry_and_one_step_that_undo_takes_back(version, by):
    entries, before = Entry.objects.count(), wrong(version)
    keep(version, by)
    assert Entry.objects.count() == entries + 1
    step = commands.undo_step(version, by=by)
    assert WHY in step.words
    assert (wrong(version), AcceptedProblem.objects.exists()) == (before, False)
    commands.redo_step(version, by=by)
    assert CONSOLE not in wrong(version)


def test_without_a_reason_it_is_open_again(version, by):
    before = wrong(version)
    digest = problem(version).digest
    keep(version, by)
    commands.accept_draft_problem(version, by=by, problem=digest, why="")
    assert (wrong(version), AcceptedProblem.objects.exists()) == (before, False)
    commands.undo_step(version, by=by)
    assert AcceptedProblem.objects.get().why == WHY


def test_another_reason_takes_the_place_of_the_first(version, by, people):
    digest = problem(version).digest
    keep(version, by)
    commands.accept_draft_problem(version, by=again(people.lead), problem=digest, why="Better words.")
    assert AcceptedProblem.objects.get().why == "Better words."
    commands.undo_step(version, by=by)
    assert AcceptedProblem.objects.get().why == WHY


def test_it_is_kept_as_long_as_what_it_is_about_says_the_same(version, by):
    keep(version, by)
    commands.edit_draft_item(version, by=by, key=CONSOLE, values={"title": "It refuses them", "minutes": 5})
    assert CONSOLE not in wrong(version)
    commands.edit_draft_item(version, by=by, key=CONSOLE, values={"commands": ["curl -u root:root http://console"]})
    assert CONSOLE in wrong(version)


def test_a_problem_that_is_gone_meanwhile_is_not_kept(version, by):
    digest = problem(version).digest
    commands.edit_draft_item(version, by=by, key=CONSOLE, values={"commands": []})
    with pytest.raises(Stale, match="What this problem was about changed"):
        commands.accept_draft_problem(version, by=by, problem=digest, why=WHY)


def test_an_auditor_keeps_nothing(version, people):
    with pytest.raises(NotAllowed):
        keep(version, again(people.auditor))


def test_whoever_kept_one_wrote_the_draft_and_takes_the_question_to_publish_it_back(version, by, people):
    commands.edit_draft_item(version, by=by, key=YOUNG, values={"title": "Keys are younger than 90 days"})
    shown = TemplateVersion.objects.get(pk=version.pk).digest
    checklists.submit_version(version, by=by, proof=proof(by), note="First", shown=shown, intent=uuid.uuid4())
    keep(version, again(people.reviewer))
    now = TemplateVersion.objects.for_signing().get(pk=version.pk)
    assert now.state == "draft"
    assert people.reviewer.full_name in now.sign_off.contributor_names


def test_the_second_person_and_readers_of_the_published_version_are_told(version, by, people):
    commands.edit_draft_item(version, by=by, key=YOUNG, values={"title": "Keys are younger than 90 days"})
    keep(version, by)
    pages = [reverse(f"templates:{name}", args=["pay", version.template_id]) for name in ("changes", "template")]
    for publish in (lambda: None, lambda: published(TemplateVersion.objects.get(pk=version.pk), by=by)):
        publish()
        for page in pages:
            text = signed_in(again(people.reviewer)).get(page).content.decode()
            assert "1 problem kept" in text, page
            assert (WHY in text, by.full_name in text) == (True, True)


def test_the_next_draft_keeps_it_by_the_same_person(version, by, people):
    commands.edit_draft_item(version, by=by, key=YOUNG, values={"title": "Keys are younger than 90 days"})
    keep(version, by)
    published(TemplateVersion.objects.get(pk=version.pk), by=by)
    following = checklists.start_draft(version.template, by=again(people.lead))
    assert CONSOLE not in wrong(following)
    [accepted] = following.accepted_problems.all()
    assert (accepted.why, accepted.by_id, accepted.by_name) == (WHY, by.pk, by.full_name)


def test_of_a_published_version_the_database_keeps_it_too(version, by):
    commands.edit_draft_item(version, by=by, key=YOUNG, values={"title": "Keys are younger than 90 days"})
    keep(version, by)
    published(TemplateVersion.objects.get(pk=version.pk), by=by)
    for statement in ("DELETE FROM checklists_acceptedproblem", "UPDATE checklists_acceptedproblem SET why = ''"):
        with pytest.raises(DatabaseError, match="only while it is a draft"), transaction.atomic():
            sql(statement)


def test_pages_show_it_apart_and_a_form_opens_it_again(version, by, client):
    page = reverse("studio:draft", args=["pay", version.template_id])
    text = client.get(page).content.decode()
    assert ("Worth a look" in text, "Keep, say why" in text, "<h3>Kept</h3>" in text) == (True, True, False)
    act = reverse("studio:accept_draft_problem", args=["pay", version.template_id])
    digest = problem(version).digest
    assert client.post(act, {"problem": digest, "why": " "}, headers={"HX-Request": "true"}).status_code == 422
    assert client.post(act, {"problem": digest, "why": WHY}).status_code == 302
    text = client.get(page).content.decode()
    assert ("<h3>Kept</h3>" in text, WHY in text, "3 problems" in text) == (True, True, True)
    item = client.get(reverse("studio:item", args=["pay", version.template_id, CONSOLE])).content.decode()
    assert (WHY in item, "Open it again" in item) == (True, True)
    assert client.post(act, {"problem": digest, "open": "1"}).status_code == 302
    assert not AcceptedProblem.objects.exists()


def test_an_open_page_gets_the_row_without_it(version, by, client):
    draft_page = reverse("studio:draft", args=["pay", version.template_id])
    since = re.search(r'data-studio-since="(\d+)"', client.get(draft_page).content.decode())[1]
    keep(version, by)
    parts = client.get(reverse("studio:rows", args=["pay", version.template_id]) + f"?since={since}").content.decode()
    row = parts[parts.index(f'id="item-{CONSOLE}"') :]
    assert 'class="why half"' not in row[: row.index("</li>")]


def test_what_is_said_of_it_counts_against_the_quota(version, by):
    before = TemplateVersion.objects.get(pk=version.pk).size
    keep(version, by)
    accepted = AcceptedProblem.objects.get()
    assert TemplateVersion.objects.get(pk=version.pk).size - before >= len(accepted.sentence + accepted.why)
    assert "accepted" not in content(version)
