"""Publishing is a gate: whoever wrote a draft shows it, and a second person publishes what was shown, once."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.accounts import commands as accounts
from apps.accounts.models import Membership
from apps.accounts.roles import Role
from apps.checklists import commands, library, permissions
from apps.checklists.commands import publishing
from apps.checklists.models import TemplateItem, TemplateSection, TemplateVersion
from apps.core.errors import NotAllowed, Refusal, Stale, WrongState
from apps.core.permissions import ALLOW
from apps.ledger.events import sentence
from apps.ledger.models import Entry
from apps.signoff import commands as signoff
from apps.signoff.rules import Meaning, content_digest
from apps.studio import commands as studio
from project import verification
from tests import cast as casting
from tests.cast import again
from tests.studio.drafts import draft
from tests.tampering import lifted

pytestmark = pytest.mark.django_db
TWO_PERSONS = ("checklists_templateversion_changes", "signoff_two_person_rule")


@pytest.fixture
def cast(people):
    return people


@pytest.fixture
def asked(cast):
    """A draft of the member's that somebody is asked to publish."""
    return submit(draft(cast), cast.member)


@pytest.fixture
def alone(cast):
    """A team in which one person may publish."""
    for person in (cast.reviewer, cast.other_reviewer):
        accounts.change_role(Membership.objects.get(user=person), by=again(cast.lead), role=Role.MEMBER)
    return cast


def now(version):
    """The version as a next request loads it."""
    return TemplateVersion.objects.for_signing().get(pk=version.pk)


def submit(version, by, **more):
    given = {"note": "After the fire", "shown": now(version).digest, "intent": uuid.uuid4()} | more
    return commands.submit_version(version, by=again(by), **given)


def publish(version, by, **more):
    given = {"shown": now(version).digest, "intent": uuid.uuid4()} | more
    return commands.publish_version(version, by=again(by), **given)


def edit(version, by, title="Take two backups"):
    return studio.edit_draft_item(version, by=again(by), key="take-a-backup", values={"title": title})


def last_sentence(version):
    entry = Entry.objects.filter(stream__name=version.template.stream).order_by("-sequence")[0]
    return sentence(json.loads(entry.body), {opening.path: opening.value for opening in entry.openings.all()})


def refused(change, match=None):
    with pytest.raises(IntegrityError, match=match), transaction.atomic():
        change()


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
    [("member", "lead or a reviewer"), ("auditor", "Auditors read"), ("stranger", "Auditors read")],
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
    with pytest.raises(NotAllowed, match="You asked for this, so another lead or reviewer publishes it"):
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
    with pytest.raises(NotAllowed, match="another lead or reviewer"):
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
    monkeypatch.setattr(publishing, "Meaning", SimpleNamespace(AUTHORED=Meaning.AGREED, AGREED=Meaning.AGREED))
    with pytest.raises(Stale, match="only reviewers verify"), transaction.atomic():
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
            return publishing.publish_version(version, by=by, shown=shown, intent=uuid.uuid4()).state
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
    commands.submit_version(version, by=lead, note="", intent=uuid.uuid4(), **given)
    commands.publish_version(version, by=reviewer, intent=uuid.uuid4(), **given)
    assert set(now(version).of_one_browser) == {lead.full_name, reviewer.full_name}


# One person


def test_who_alone_may_publishes_alone(alone):
    version = draft(alone)
    published = publish(version, alone.lead, note="Nobody else may")
    assert (published.state, published.note) == ("published", "Nobody else may")
    assert [key.meaning for key in now(version).sign_off.turned] == [Meaning.AUTHORED]
    entry = json.loads(Entry.objects.get(kind="version.published").body)
    assert entry["data"]["alone"] is True
    assert verification.verify().faults == []


def test_an_import_by_who_alone_may_is_published_at_once(alone):
    version = draft(alone, by=alone.lead)
    assert version.is_published
    assert not draft(alone, by=alone.member).is_published


def test_a_team_may_let_one_person_publish_and_the_entry_says_so(cast):
    accounts.edit_team(cast.team, by=again(cast.lead), two_publish=False)
    version = draft(cast)
    assert publish(version, cast.reviewer, note="").is_published
    assert json.loads(Entry.objects.get(kind="version.published").body)["data"]["alone"] is True
    assert verification.verify().faults == []


def test_what_was_asked_of_a_second_person_stays_theirs_when_they_left(alone, cast):
    version = submit(draft(cast, by=cast.member), cast.member)
    assert publish(version, cast.lead).is_published
    assert now(version).sign_off.required == 2


def test_who_left_and_who_came_since_change_nothing_of_what_was_published(alone):
    publish(draft(alone), alone.lead, note="")
    casting.join(alone.team, by=alone.lead, username="nils", full_name="Nils Berg", role=Role.REVIEWER)
    assert verification.verify().faults == []


# What is published never changes; a draft can


def test_rows_of_a_draft_change_and_those_of_a_published_version_do_not(cast):
    version = draft(cast)
    section = version.sections.order_by("position")[0]

    def add():
        return TemplateItem.objects.create(version=version, section=section, key="new", position=7, title="New")

    changes = {
        "added": add,
        "changed": lambda: version.items.update(title="other"),
        "removed": lambda: version.items.order_by("-pk")[0].delete(),
        "section": lambda: TemplateSection.objects.filter(pk=section.pk).update(guidance="other"),
        "version": lambda: TemplateVersion.objects.filter(pk=version.pk).update(guidance="other"),
    }
    for change in changes.values():
        with transaction.atomic():
            change()
            transaction.set_rollback(True)
    casting.published(version, by=cast.member)
    for change in changes.values():
        refused(change)


def test_a_part_keeps_its_key_and_its_version_while_it_is_a_draft(cast):
    version, other = draft(cast), draft(cast)
    refused(lambda: version.items.filter(key="tell-support").update(key="other"), "keeps its key")
    refused(lambda: version.items.filter(key="tell-support").update(version=other), "keeps its key")


def test_rows_do_not_change_while_somebody_is_asked(cast, asked):
    refused(lambda: asked.items.update(title="other"), "only while it is a draft")
    refused(lambda: TemplateVersion.objects.filter(pk=asked.pk).update(title="other"), "only while it is a draft")


def force(version, by, **values):
    """Publish a version by its row alone."""
    given = {"state": "published", "sha256": "0" * 64, "published_at": timezone.now(), "published_by": by}
    TemplateVersion.objects.filter(pk=version.pk).update(**given, **values)


def test_the_database_publishes_nothing_without_its_keys(cast, asked):
    refused(lambda: force(draft(cast), cast.lead), "whoever signs for it")
    refused(lambda: force(asked, cast.reviewer), "whoever signs for it")


@pytest.mark.unrecorded
def test_the_database_lets_nobody_publish_alone_where_two_could(cast, alone, monkeypatch):
    monkeypatch.setattr(permissions, "publishers_needed", lambda team: 1)
    version = draft(cast)
    casting.join(cast.team, by=cast.lead, username="nils", full_name="Nils Berg", role=Role.REVIEWER)
    refused(lambda: publish(version, cast.lead, note=""), "a second person publishes")


def test_a_version_moves_as_its_table_of_states_says(cast):
    version = draft(cast)
    commands.discard_draft(version, by=again(cast.member))
    refused(lambda: TemplateVersion.objects.filter(pk=version.pk).update(state="draft"))
    with pytest.raises(WrongState, match="was discarded"):
        submit(version, cast.member)


# The chains alone


def found():
    return [fault.what for fault in verification.verify().faults]


@pytest.mark.unrecorded
def test_a_version_that_was_published_without_its_keys_is_found(cast):
    version = draft(cast, by=cast.lead)
    with lifted(*TWO_PERSONS), transaction.atomic():
        publishing.record_publishing(now(version), by=again(cast.lead))
    assert found() == [f"checklists.templateversion/{version.pk} was published without the keys it takes"]


@pytest.mark.unrecorded
def test_a_version_that_the_first_key_alone_published_is_found(cast, asked):
    with lifted(*TWO_PERSONS), transaction.atomic():
        publishing.record_publishing(now(asked), by=again(cast.reviewer))
    assert found() == [f"checklists.templateversion/{asked.pk} was published without the keys it takes"]


@pytest.mark.unrecorded
def test_a_version_that_one_person_published_where_two_could_is_found(cast, monkeypatch):
    version = draft(cast)
    monkeypatch.setattr(permissions, "publishers_needed", lambda team: 1)
    with lifted(*TWO_PERSONS):
        publish(version, cast.lead, note="")
    assert found() == [f"checklists.templateversion/{version.pk} was published by one person where two could"]


def begun_again(cast):
    """A draft of a built-in template that was edited, discarded and begun again: its words are somebody's own."""
    version = commands.install_template(cast.team, by=again(cast.lead), built_in=library.built_in("agent"))
    template = version.template
    studio.edit_draft(version, by=again(cast.lead), values={"guidance": "Mine."})
    commands.discard_draft(now(version), by=again(cast.lead))
    return commands.start_draft(template, by=again(cast.lead))


@pytest.mark.unrecorded
def test_only_what_is_built_in_as_it_was_installed_is_published_alone(cast, monkeypatch):
    version = begun_again(cast)
    assert (version.number, version.edited_at, version.guidance) == (1, None, "Mine.")
    monkeypatch.setattr(permissions, "publishers_needed", lambda team: 1)
    monkeypatch.setattr(publishing.selectors, "problem_to_publish", lambda content: "")
    refused(lambda: publish(version, cast.lead, note=""), "a second person publishes")
    with lifted(*TWO_PERSONS):
        publish(version, cast.lead, note="")
    assert found() == [f"checklists.templateversion/{version.pk} was published by one person where two could"]


@pytest.mark.unrecorded
def test_that_a_team_let_one_person_publish_counts_from_then_on_only(cast, monkeypatch):
    version = draft(cast)
    monkeypatch.setattr(permissions, "publishers_needed", lambda team: 1)
    with lifted(*TWO_PERSONS):
        publish(version, cast.lead, note="")
    accounts.edit_team(cast.team, by=again(cast.lead), two_publish=False)
    assert found() == [f"checklists.templateversion/{version.pk} was published by one person where two could"]


@pytest.mark.unrecorded
def test_a_published_item_that_an_entry_rewrites_is_found(cast):
    version = casting.published(draft(cast), by=cast.member)
    with lifted():
        TemplateVersion.objects.filter(pk=version.pk).update(
            state="draft", published_by=None, published_at=None, sha256=""
        )
        edit(version, cast.lead)
    assert "the content of version 1 of “Release” is not the one its keys cover" in found()
