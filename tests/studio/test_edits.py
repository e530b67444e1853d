"""Every edit of a draft: what it does, that it is one step, and that undoing it leaves nothing of it."""

import uuid

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from apps.checklists import commands as checklists
from apps.checklists.models import TemplateVersion
from apps.core.errors import Changed, NotAllowed, Refusal, Stale, TooLarge, WrongState
from apps.core.shown import fingerprint
from apps.evidence import selectors as evidence
from apps.ledger import chain
from apps.ledger.models import Entry
from apps.signoff.models import Contribution
from apps.studio import commands, rules
from apps.studio.models import DraftStep
from tests import cast as casting
from tests.cast import again
from tests.studio.drafts import content, draft, outline

pytestmark = pytest.mark.django_db
BEFORE = ["Take a backup", "  Restore it elsewhere", "Tell support", "Migrate the database"]
AFTER = ["Dashboards are green"]


@pytest.fixture
def version(people):
    return draft(people)


@pytest.fixture
def by(people):
    return again(people.member)


def test_a_draft_begins_as_the_text_says(version):
    assert outline(version) == [("Before", BEFORE), ("After", AFTER)]


def test_an_item_is_edited(version, by):
    commands.edit_draft_item(version, by=by, key="tell-support", values={"title": "Tell everybody", "minutes": 5})
    item = version.items.get(key="tell-support")
    assert (item.title, item.minutes) == ("Tell everybody", 5)


def test_who_edits_is_a_contributor_and_is_named(version, people):
    by = again(people.reviewer)
    commands.edit_draft_item(version, by=by, key="tell-support", values={"title": "Tell everybody"})
    assert Contribution.objects.filter(sign_off=version.sign_off, person=by).exists()
    assert TemplateVersion.objects.get(pk=version.pk).edited_by_name == by.full_name


def test_two_edit_other_fields_of_one_item_and_both_are_saved(version, by, people):
    shown = fingerprint(rules.texts_of({"title": "Tell support", "text": ""}))
    commands.edit_draft_item(version, by=by, key="tell-support", values={"title": "Tell all"}, shown=shown)
    other = again(people.reviewer)
    commands.edit_draft_item(version, by=other, key="tell-support", values={"text": "By mail"}, shown=shown)
    item = version.items.get(key="tell-support")
    assert (item.title, item.text) == ("Tell all", "By mail")


def test_two_edit_the_same_field_and_the_second_is_shown_the_difference(version, by, people):
    shown = fingerprint(rules.texts_of({"title": "Tell support"}))
    commands.edit_draft_item(version, by=by, key="tell-support", values={"title": "Tell all"}, shown=shown)
    other = again(people.reviewer)
    with pytest.raises(Changed) as refused:
        commands.edit_draft_item(version, by=other, key="tell-support", values={"title": "Call them"}, shown=shown)
    assert refused.value.now == {"title": "Tell all"}
    assert version.items.get(key="tell-support").title == "Tell all"


def test_an_edit_that_says_nothing_of_what_it_saw_is_refused(version, by):
    with pytest.raises(Changed):
        commands.edit_draft_item(version, by=by, key="tell-support", values={"title": "Other"}, shown="")


def test_nothing_is_recorded_where_nothing_changes(version, by):
    entries = Entry.objects.count()
    commands.edit_draft_item(version, by=by, key="tell-support", values={"title": "Tell support"})
    assert (Entry.objects.count(), DraftStep.objects.count()) == (entries, 0)


def test_one_edit_is_one_entry(version, by):
    entries = Entry.objects.count()
    commands.edit_draft_item(version, by=by, key="tell-support", values={"title": "Tell all"})
    assert Entry.objects.count() == entries + 1


def test_an_edit_that_is_sent_twice_is_made_once(version, by):
    intent = uuid.uuid4()
    for _ in range(2):
        commands.add_draft_items(version, by=by, section="after", titles=["Write to customers"], intent=intent)
    assert outline(version)[1] == ("After", [*AFTER, "Write to customers"])


def test_a_critical_item_takes_two_keys(version, by):
    commands.edit_draft_item(version, by=by, key="tell-support", values={"keys": 1})
    commands.edit_draft_item(version, by=by, key="tell-support", values={"critical": True})
    assert version.items.get(key="tell-support").keys == 2
    with pytest.raises(WrongState, match="not critical first"):
        commands.edit_draft_item(version, by=by, key="tell-support", values={"keys": 1})


def test_several_items_are_set_as_one_step(version, by):
    keys = ["tell-support", "dashboards-are-green"]
    commands.edit_draft_items(version, by=by, keys=keys, values={"owner_role": "on-call"})
    assert set(version.items.filter(owner_role="on-call").values_list("key", flat=True)) == set(keys)
    assert version.steps.count() == 1


def test_a_pasted_list_becomes_items_behind_the_one_that_was_pasted_at(version, by):
    keys = commands.add_draft_items(
        version, by=by, section="before", after="take-a-backup", titles=["Tell support", "日本"]
    )
    assert keys == ["tell-support-2", "item-1"]
    assert outline(version)[0][1] == [*BEFORE[:2], "Tell support", "日本", *BEFORE[2:]]


def test_an_item_goes_with_what_stands_under_it(version, by):
    commands.remove_draft_items(version, by=by, keys=["take-a-backup"])
    assert outline(version)[0][1] == BEFORE[2:]


def test_an_item_moves_with_what_stands_under_it_also_across_sections(version, by):
    commands.move_draft_items(version, by=by, keys=["take-a-backup"], section="after", after="dashboards-are-green")
    assert outline(version) == [("Before", BEFORE[2:]), ("After", [*AFTER, *BEFORE[:2]])]


def test_an_item_moves_to_the_top(version, by):
    commands.move_draft_items(version, by=by, keys=["migrate-the-database"], section="before")
    assert outline(version)[0][1] == [BEFORE[3], *BEFORE[:3]]


def test_an_item_becomes_a_sub_item_and_comes_up_again(version, by):
    commands.indent_draft_items(version, by=by, keys=["tell-support"], levels=1)
    assert outline(version)[0][1][2] == "  Tell support"
    commands.indent_draft_items(version, by=by, keys=["tell-support"], levels=-1)
    assert outline(version)[0][1] == BEFORE


def test_the_first_item_of_a_section_is_nobodys_sub_item(version, by):
    commands.indent_draft_items(version, by=by, keys=["take-a-backup"], levels=1)
    assert outline(version)[0][1] == BEFORE


def test_a_section_is_added_edited_moved_and_removed(version, by):
    key = commands.add_draft_section(version, by=by, title="During", after="before")
    commands.edit_draft_section(version, by=by, key=key, values={"guidance": "Stay calm."})
    assert [title for title, _ in outline(version)] == ["Before", "During", "After"]
    commands.move_draft_section(version, by=by, key="after")
    assert [title for title, _ in outline(version)] == ["After", "Before", "During"]
    commands.remove_draft_section(version, by=by, key="before")
    assert [title for title, _ in outline(version)] == ["After", "During"]
    assert version.items.count() == 1


def test_what_the_template_says_of_itself_is_edited(version, by):
    parameter = {"name": "p95", "label": "p95", "value": "2", "unit": "s", "limit": "below"}
    commands.edit_draft(version, by=by, values={"title": "Releases", "parameters": [parameter]})
    assert content(version)["parameters"] == [parameter]


def test_a_content_replaces_another_and_what_stays_keeps_its_key(version, by, people):
    other = draft(people, text=TEXT_CHANGED)
    commands.replace_draft_content(version, by=by, content=content(other), words="imported a text")
    assert content(version) == content(other)
    commands.undo_step(version, by=by)
    assert outline(version) == [("Before", BEFORE), ("After", AFTER)]


TEXT_CHANGED = """# Release

## After

- [ ] Tell support
- [ ] Dashboards are green
- [ ] Close the window

## Before

- [ ] Migrate the database
"""


def test_rows_that_do_not_fit_between_two_others_move_them_away(version, by):
    for number in range(30):
        commands.add_draft_items(version, by=by, section="before", after="take-a-backup", titles=[f"Step {number}"])
    titles = [title.strip() for title in outline(version)[0][1]]
    assert titles == ["Take a backup", "Restore it elsewhere", *(f"Step {n}" for n in reversed(range(30))), *BEFORE[2:]]
    for _ in range(30):
        commands.undo_step(version, by=by)
    assert outline(version) == [("Before", BEFORE), ("After", AFTER)]


def test_undo_is_for_everybody_and_names_what_it_takes_back(version, by, people):
    commands.edit_draft_item(version, by=by, key="tell-support", values={"title": "Tell all"})
    commands.remove_draft_items(version, by=by, keys=["dashboards-are-green"])
    step = commands.undo_step(version, by=again(people.reviewer))
    assert step.words == "removed “Dashboards are green”"
    assert outline(version)[1] == ("After", AFTER)


def test_undo_of_what_is_not_the_newest_any_more_is_refused(version, by):
    commands.edit_draft_item(version, by=by, key="tell-support", values={"title": "Tell all"})
    commands.edit_draft_item(version, by=by, key="tell-support", values={"title": "Tell nobody"})
    with pytest.raises(Stale, match="edited the draft meanwhile"):
        commands.undo_step(version, by=by, shown=1)


def test_an_edit_after_an_undo_ends_what_could_be_done_again(version, by):
    commands.edit_draft_item(version, by=by, key="tell-support", values={"title": "Tell all"})
    commands.undo_step(version, by=by)
    commands.edit_draft_item(version, by=by, key="tell-support", values={"title": "Tell nobody"})
    with pytest.raises(Stale, match="nothing left to redo"):
        commands.redo_step(version, by=by)


def test_an_auditor_edits_nothing(version, people):
    with pytest.raises(NotAllowed):
        commands.edit_draft_item(version, by=again(people.auditor), key="tell-support", values={"title": "x"})


def test_what_can_be_undone_counts_against_the_quota(version, by):
    before = evidence.used(version.template.team)
    commands.edit_draft_item(version, by=by, key="tell-support", values={"text": "x" * 5_000})
    commands.edit_draft_item(version, by=by, key="tell-support", values={"text": ""})
    steps = list(version.steps.all())
    assert [step.size for step in steps] == [len(chain.encode(step.changes)) for step in steps]
    assert evidence.used(version.template.team) == before + sum(step.size for step in steps) > before + 10_000


def test_where_there_is_no_room_nothing_is_edited_even_shorter(version, by, settings):
    commands.edit_draft_item(version, by=by, key="tell-support", values={"text": "x" * 5_000})
    settings.KEYTURN_TEAM_QUOTA_MB = 0
    for values in ({"text": "x" * 6_000}, {"text": ""}):
        with pytest.raises(TooLarge, match="Payments has used"):
            commands.edit_draft_item(version, by=by, key="tell-support", values=values)
    commands.undo_step(version, by=by)
    assert version.items.get(key="tell-support").text == ""


def test_what_was_published_can_no_longer_be_undone_and_takes_no_room(version, by, people):
    commands.edit_draft_item(version, by=by, key="tell-support", values={"text": "x" * 5_000})
    casting.published(TemplateVersion.objects.get(pk=version.pk), by=by)
    following = checklists.start_draft(version.template, by=again(people.lead))
    commands.edit_draft_item(following, by=by, key="tell-support", values={"minutes": 5})
    assert {step.version_id for step in DraftStep.objects.filter(version__template=version.template)} == {following.pk}


KEYS = ["take-a-backup", "restore-it-elsewhere", "tell-support", "migrate-the-database", "dashboards-are-green"]
ACTS = st.one_of(
    st.tuples(st.just("edit"), st.sampled_from(KEYS), st.text(st.characters(codec="ascii"), max_size=8)),
    st.tuples(st.just("add"), st.sampled_from(["before", "after"]), st.sampled_from(["", *KEYS])),
    st.tuples(st.just("move"), st.sampled_from(KEYS), st.sampled_from(["", *KEYS])),
    st.tuples(st.just("indent"), st.sampled_from(KEYS), st.sampled_from([1, -1])),
    st.tuples(st.just("remove"), st.sampled_from(KEYS), st.none()),
    st.tuples(st.just("section"), st.sampled_from(["before", "after"]), st.sampled_from(["", "before", "after"])),
)


def act(version, by, kind, one, other):
    """One edit; whatever is refused leaves the draft as it was."""
    sections = {"before": "after", "after": "before"}
    match kind:
        case "edit":
            commands.edit_draft_item(version, by=by, key=one, values={"title": other or "x"})
        case "add":
            commands.add_draft_items(version, by=by, section=one, after=other, titles=["New", "Newer"], depth=1)
        case "move":
            commands.move_draft_items(version, by=by, keys=[one], section=sections.get(other, "after"), after=other)
        case "indent":
            commands.indent_draft_items(version, by=by, keys=[one], levels=other)
        case "remove":
            commands.remove_draft_items(version, by=by, keys=[one])
        case _:
            commands.move_draft_section(version, by=by, key=one, after=other)


@given(st.lists(ACTS, min_size=1, max_size=6))
@example([("edit", "tell-support", "\0"), ("edit", "tell-support", "Tell all")])  # no database stores it
@example([("edit", "tell-support", "half \ud83d"), ("indent", "tell-support", 1)])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_was_done_undone_is_as_it_was_and_redone_as_it_became(people, acts):
    by = again(people.member)
    version = draft(people)
    before = content(version)
    for one in acts:
        try:
            act(version, by, *one)
        except Refusal:
            continue
    after, steps = content(version), version.steps.count()
    for _ in range(steps):
        commands.undo_step(version, by=by)
    assert content(version) == before
    for _ in range(steps):
        commands.redo_step(version, by=by)
    assert content(version) == after
