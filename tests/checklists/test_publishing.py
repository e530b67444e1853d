"""Publishing is a gate: whoever wrote a draft shows it, and a second person publishes what was shown, once."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from apps.checklists import commands, permissions
from apps.checklists.commands import publishing
from apps.checklists.models import TemplateVersion
from apps.core.errors import NotAllowed, Refusal, Stale, WrongState
from apps.core.permissions import ALLOW
from apps.ledger.models import Entry
from apps.signoff import commands as signoff
from apps.signoff.rules import Meaning, content_digest
from tests import cast as casting
from tests.cast import again, proof
from tests.checklists.publishing import edit, found, last_sentence, now, publish, refused, submit
from tests.studio.drafts import draft
from tests.tampering import lifted

pytestmark = pytest.mark.django_db
TWO_PERSONS = ("checklists_templateversion_changes", "signoff_two_person_rule")


# Two people


def test_a_second_person_publishes_what_was_shown(cast, asked):
    assert asked.state == "in_review"
    assert last_sentence(asked) == "asked to publish version 1 of Release: After the fire"
    version = publish(asked, cast.reviewer)
    assert (version.state, version.number, version.published_by_name) == ("published", 1, cast.reviewer.full_name)
    assert version.sha256 == content_digest(version.content())
    assert meanings(version) == [(cast.member, Meaning.AUTHORED), (cast.reviewer, Meaning.APPROVED)]
    assert now(version).sign_off.closed_at
    assert last_sentence(version) == "published version 1 of Release"
    assert casting.deploy(cast.team, version, by=cast.lead)


@pytest.mark.parametrize("name", ["lead", "reviewer", "other_reviewer"])
def test_whoever_may_review_publishes_what_somebody_else_wrote(cast, asked, name):
    assert publish(asked, getattr(cast, name)).is_published


@pytest.mark.parametrize(
    ("name", "why"),
    [("member", "template author"), ("auditor", "Auditors read"), ("stranger", "Auditors read")],
)
def test_nobody_else_publishes(cast, asked, name, why):
    with pytest.raises(NotAllowed, match=why):
        publish(asked, getattr(cast, name))
    assert now(asked).state == "in_review"


@pytest.mark.parametrize("name", ["auditor", "stranger"])
def test_who_only_reads_neither_asks_nor_takes_back_nor_sends_back_nor_discards(cast, asked, name):
    version, by = now(asked), getattr(cast, name)
    for permission in ("submit_version", "withdraw_version", "reject_version", "discard_draft", "edit_draft"):
        assert not getattr(permissions, permission)(by, version), permission


def test_who_wrote_it_does_not_publish_it_though_they_may_review(cast):
    version = submit(draft(cast, by=cast.lead), cast.lead)
    with pytest.raises(NotAllowed, match="You asked for this, so another template author publishes it"):
        publish(version, cast.lead)


def meanings(version):
    return [(key.signer, key.meaning) for key in now(version).sign_off.turned]


def test_who_edited_it_does_not_publish_it_where_who_asked_may_not_publish(cast):
    version = draft(cast)
    edit(version, cast.reviewer)
    submit(version, cast.member)
    with pytest.raises(NotAllowed, match="asked without the right to publish it"):
        publish(version, cast.reviewer)
    assert publish(version, cast.other_reviewer).is_published


def test_two_who_may_publish_and_both_wrote_it_confirm_one_another(cast):
    version = draft(cast, by=cast.lead)
    edit(version, cast.reviewer)
    submit(version, cast.lead)
    assert publish(version, cast.reviewer).is_published
    assert meanings(version) == [(cast.lead, Meaning.AGREED), (cast.reviewer, Meaning.AGREED)]
    assert found() == []


def test_who_wrote_it_all_is_confirmed_by_who_asked(cast):
    version = submit(draft(cast, by=cast.reviewer), cast.lead)
    assert publish(version, cast.reviewer).is_published
    assert meanings(version) == [(cast.lead, Meaning.AGREED), (cast.reviewer, Meaning.AGREED)]


def test_who_may_publish_takes_the_question_of_a_member_back_and_asks_anew(cast):
    """The way out that the refusal names, where everybody who may publish edited it."""
    version = draft(cast)
    for person in (cast.lead, cast.reviewer, cast.other_reviewer):
        edit(version, person, title=f"Take a backup with {person.full_name}")
    submit(version, cast.member)
    for person in (cast.lead, cast.reviewer, cast.other_reviewer):
        with pytest.raises(NotAllowed, match="take the question back and ask yourself"):
            publish(version, person)
    commands.withdraw_version(version, by=again(cast.lead))
    submit(version, cast.lead)
    assert publish(version, cast.reviewer).is_published


def test_what_one_agreed_to_is_not_what_another_wrote_since(cast):
    version = draft(cast, by=cast.lead)
    submit(version, cast.lead)
    shown = now(version).sign_off.digest
    edit(version, cast.reviewer)
    with pytest.raises(WrongState, match="A second person publishes it"):
        publish(version, cast.reviewer, shown=shown)
    submit(version, cast.reviewer)
    with pytest.raises(NotAllowed, match="another template author"):
        publish(version, cast.reviewer)
    assert publish(version, cast.lead).is_published


def test_who_edited_nothing_approves_as_before(cast):
    version = submit(draft(cast, by=cast.lead), cast.lead)
    publish(version, cast.reviewer)
    assert meanings(version) == [(cast.lead, Meaning.AGREED), (cast.reviewer, Meaning.APPROVED)]


@pytest.mark.unrecorded
def test_the_database_lets_no_author_publish_beside_a_member(cast, monkeypatch):
    version = draft(cast)
    edit(version, cast.reviewer)
    submit(version, cast.member)
    monkeypatch.setattr(permissions, "publish_version", lambda by, version: ALLOW)
    monkeypatch.setattr(signoff.permissions, "sign", lambda by, sign_off: ALLOW)
    with pytest.raises(Stale, match="who contributed verifies beside others who agreed"), transaction.atomic():
        publish(version, cast.reviewer)
    with lifted(*TWO_PERSONS):
        publish(version, cast.reviewer)
    assert "version 1 of “Release”: who contributed turned a key that others turn" in found()


@pytest.mark.unrecorded
def test_the_database_and_the_judge_let_no_member_agree(cast, monkeypatch):
    version = draft(cast)
    edit(version, cast.reviewer)
    agreed = lambda version, by, keys: Meaning.AGREED  # noqa: E731
    monkeypatch.setattr(TemplateVersion, "meaning_for", agreed)
    with pytest.raises(Stale, match="only people with the role verify"), transaction.atomic():
        submit(version, cast.member)
    with lifted(*TWO_PERSONS):
        submit(version, cast.member)
    publish(version, cast.reviewer)
    assert found() == ["version 1 of “Release”: who turned a key had no role to do so"]


def test_nobody_publishes_alone_where_two_could(cast):
    version = draft(cast, by=cast.lead)
    with pytest.raises(WrongState, match="A second person publishes it"):
        publish(version, cast.lead, note="Quickly")
    assert now(version).state == "draft"


def test_a_draft_is_no_version_that_a_deployment_begins_from(cast, asked):
    refused(lambda: casting.deploy(cast.team, now(asked), by=cast.lead), "begins from a published checklist")


# What was shown


def test_what_changed_after_it_was_shown_is_not_signed(cast):
    version = draft(cast)
    shown = now(version).digest
    edit(version, cast.reviewer)
    with pytest.raises(Stale, match="changed after you opened it"):
        submit(version, cast.member, shown=shown)
    assert now(version).state == "draft"


def test_what_is_not_what_was_asked_about_is_not_published(cast, asked):
    with pytest.raises(Stale, match="changed after you opened it"):
        publish(asked, cast.reviewer, shown="0" * 64)
    assert now(asked).state == "in_review"


def test_an_edit_takes_the_question_back(cast, asked):
    shown = now(asked).digest
    edit(asked, cast.lead)
    version = now(asked)
    assert (version.state, version.sign_off.turned) == ("draft", [])
    with pytest.raises(WrongState, match="A second person publishes it"):
        publish(asked, cast.reviewer, shown=shown)
    submit(asked, cast.member)
    with pytest.raises(Stale, match="changed after you opened it"):
        publish(asked, cast.reviewer, shown=shown)
    assert publish(asked, cast.reviewer).is_published


def test_without_items_nothing_is_asked(cast):
    version = commands.create_template(cast.team, by=again(cast.member), title="Empty")
    with pytest.raises(WrongState, match="no items"):
        submit(version, cast.member)


def test_a_draft_that_says_what_is_published_already_is_no_version(cast, asked):
    template = publish(asked, cast.reviewer).template
    following = commands.start_draft(template, by=again(cast.member))
    same = "says what version 1 says already. Change something in it, or discard"
    with pytest.raises(WrongState, match=same):
        submit(following, cast.member)
    edit(following, cast.member)
    edit(following, cast.member, title="Take a backup")  # as it was
    with pytest.raises(WrongState, match=same):
        submit(following, cast.member)
    edit(following, cast.member)
    assert submit(following, cast.member).is_asked


# Taken back, sent back


def test_who_asked_takes_it_back_and_edits_on(cast, asked):
    version = commands.withdraw_version(asked, by=again(cast.member))
    assert last_sentence(version) == "took back the question to publish version 1 of Release"
    assert (version.state, now(version).sign_off.turned) == ("draft", [])
    with pytest.raises(WrongState, match="Nobody was asked"):
        commands.withdraw_version(asked, by=again(cast.member))
    edit(asked, cast.member)
    submit(asked, cast.member)
    assert publish(asked, cast.reviewer).is_published


def test_what_was_sent_back_is_not_asked_again_unchanged(cast, asked):
    version = commands.reject_version(asked, by=again(cast.reviewer), reason="Which backup?")
    assert last_sentence(version) == "sent version 1 of Release back: Which backup?"
    assert (now(version).state, now(version).sign_off.last_rejection.reason) == ("draft", "Which backup?")
    with pytest.raises(WrongState, match="Nothing changed since this was sent back"):
        submit(asked, cast.member)
    edit(asked, cast.member)
    submit(asked, cast.member)
    assert publish(asked, cast.reviewer).is_published


def test_it_is_sent_back_as_its_keys_were_shown(cast, asked):
    with pytest.raises(Stale, match="changed after you opened it"):
        commands.reject_version(asked, by=again(cast.reviewer), reason="No", shown="revision:0")
    with pytest.raises(NotAllowed, match="You turned a key here"):
        commands.reject_version(submit(draft(cast, by=cast.lead), cast.lead), by=again(cast.lead), reason="No")


def test_it_is_asked_once(cast, asked):
    with pytest.raises(WrongState, match="asked for already"):
        submit(asked, cast.other_reviewer)


# The same click twice, two at once, one browser


def test_a_second_click_changes_nothing(cast):
    version, intent = draft(cast), uuid.uuid4()
    submit(version, cast.member, intent=intent)
    assert submit(version, cast.member, intent=intent).state == "in_review"
    entries, intent = Entry.objects.count(), uuid.uuid4()
    publish(version, cast.reviewer, intent=intent)
    assert publish(version, cast.reviewer, intent=intent).is_published
    assert Entry.objects.filter(kind="version.published").count() == 1
    assert Entry.objects.count() > entries


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_at_once_one_does():
    cast = casting.people()
    version = submit(draft(cast), cast.member)
    shown, together = now(version).digest, Barrier(2)

    def click(person):
        try:
            by = again(person)
            together.wait(timeout=10)
            return publishing.publish_version(version, by=by, proof=proof(by), shown=shown, intent=uuid.uuid4()).state
        except Refusal as refusal:
            return str(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(click, (cast.reviewer, cast.other_reviewer)))
    assert outcomes.count("published") == 1
    assert "stays as it is" in "".join(outcomes)
    assert Entry.objects.filter(kind="version.published").count() == 1


def test_two_accounts_of_one_browser_are_named(cast):
    version, lead, reviewer = draft(cast), again(cast.lead), again(cast.reviewer)
    lead.browser = reviewer.browser = "one browser"
    given = {"shown": now(version).digest}
    commands.submit_version(version, by=lead, proof=proof(lead), note="", intent=uuid.uuid4(), **given)
    commands.publish_version(version, by=reviewer, proof=proof(reviewer), intent=uuid.uuid4(), **given)
    assert set(now(version).of_one_browser) == {lead.full_name, reviewer.full_name}
