"""Publishing and editing at the same moment, on connections of their own: what is published is what was previewed."""

import uuid

import pytest

from apps.checklists import commands as checklists
from apps.checklists.models import TemplateVersion
from apps.core.errors import Refusal
from apps.signoff.rules import content_digest
from apps.studio import commands
from apps.studio.models import DraftStep
from project import verification
from tests.cast import again, keyed, proof
from tests.signoff.races.at_once import at_once
from tests.studio.drafts import content, draft, outline, people

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.unrecorded]
EDITS = {
    "a title": lambda version, by: commands.edit_draft_item(version, by=by, key="tell-support", values={"title": "x"}),
    "an item goes": lambda version, by: commands.remove_draft_items(version, by=by, keys=["take-a-backup"]),
    "items come": lambda version, by: commands.add_draft_items(version, by=by, section="after", titles=["One", "Two"]),
    "undo": lambda version, by: commands.undo_step(version, by=by),
}


def now(version):
    return TemplateVersion.objects.for_signing().select_related("template").get(pk=version.pk)


def asked(cast):
    """A draft with an edit to undo that a second person is asked to publish."""
    version = draft(cast)
    commands.edit_draft_item(version, by=again(cast.member), key="migrate-the-database", values={"minutes": 5})
    shown, by = now(version).digest, again(cast.member)
    return checklists.submit_version(now(version), by=by, proof=proof(by), note="Why", shown=shown, intent=uuid.uuid4())


def publishing(version, by):
    """A second key as a page turns it that was opened a moment ago."""
    found, by, shown = now(version), again(by), now(version).digest
    return lambda: checklists.publish_version(found, by=by, proof=proof(by), shown=shown, intent=uuid.uuid4()).state


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edit_beside_the_second_key_is_in_whole_and_takes_the_question_back_or_is_refused(edit):
    cast = people()
    version = asked(cast)
    previewed, steps = content(version), DraftStep.objects.count()
    by, found = again(cast.member), now(version)
    published, edited = at_once(publishing(version, cast.reviewer), lambda: edit(found, by) or "done")
    after = now(version)
    if isinstance(published, Refusal):
        assert (after.state, after.sign_off.turned, after.sha256) == ("draft", [], "")
        assert not isinstance(edited, Refusal)
        assert content(version) != previewed
    else:
        assert (after.state, after.sha256) == ("published", content_digest(previewed))
        assert isinstance(edited, Refusal)
        assert "published and stays as it is" in str(edited)
        assert (content(version), DraftStep.objects.count()) == (previewed, steps)
    assert verification.verify().faults == []


def test_an_edit_beside_the_question_is_shown_to_nobody_by_half():
    """The author signs what their page showed: an edit that is quicker turns the question down."""
    cast = people()
    version = draft(cast)
    found, shown = now(version), now(version).digest
    author, editor = again(cast.member), again(cast.lead)
    submitted, _ = at_once(
        lambda: checklists.submit_version(found, note="Why", shown=shown, **keyed(author)).state,
        lambda: EDITS["a title"](now(version), editor) and "done",
    )
    after = now(version)
    assert (after.state, after.sign_off.turned) == ("draft", []), (
        "the question came first and was taken back, or failed"
    )
    assert submitted == "in_review" or "changed after you opened it" in str(submitted)
    assert outline(version)[0][1][2] == "x"
    assert verification.verify().faults == []


def test_two_edits_of_one_moment_are_both_in_one_after_the_other():
    cast = people()
    version = draft(cast)
    first, second = again(cast.member), again(cast.lead)
    found = now(version)
    ends = at_once(
        lambda: EDITS["a title"](found, first) and "done", lambda: EDITS["items come"](found, second) and "done"
    )
    assert ends == ["done", "done"]
    assert sorted(DraftStep.objects.values_list("number", flat=True)) == [1, 2]
    assert (outline(version)[0][1][2], outline(version)[1][1][1:]) == ("x", ["One", "Two"])
    assert verification.verify().faults == []
