"""A text that no database stores is refused by every command, on both engines alike, and nothing of it is done."""

import uuid
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction

from apps.attachments import commands as attachments
from apps.checklists import commands as checklists
from apps.checklists.exports.data import imported_json, imported_yaml
from apps.checklists.library import BuiltIn
from apps.comments import commands as comments
from apps.core.errors import Refusal
from apps.core.storable import Unstorable
from apps.deployments import commands as deployments
from apps.deployments.models import Item
from apps.emergencies import commands as emergencies
from apps.followups import commands as followups
from apps.imports import commands as imports
from apps.imports.rules.decisions import Decision
from apps.ledger.models import Entry
from apps.reporting import commands as reporting
from apps.rollback.models import Step
from apps.sheets import commands as sheets
from apps.sheets.states import Answer
from apps.studio import commands as studio
from apps.studio.selectors import draft_of
from apps.waivers import commands as waiving
from tests import cast as casting
from tests.cast import again, keyed, load, proof
from tests.emergencies.lane import authorise, write
from tests.followups.raising import raised
from tests.house import source
from tests.ledger import histories
from tests.stages import fixtures_on_top
from tests.studio.drafts import content, draft
from tests.waivers import asking

pytestmark = pytest.mark.django_db
TEXTS = {"a NUL": "before\0after", "half a pair": "before\ud83dafter", "a half beyond": "😀\udc00"}

SUPPORT = "tell-support"
PROBE: Any = {"kind": "tcp", "config": {"address": "db.example.com:5432"}}

# What each command is given; (stage, text). Commands of those apps that are not here are in TEXTLESS.
GIVEN = {
    "studio.edit_draft_item": lambda s, t: studio.edit_draft_item(s.draft, by=s.by, key=SUPPORT, values={"text": t}),
    "studio.edit_draft_items": lambda s, t: studio.edit_draft_items(
        s.draft, by=s.by, keys=[SUPPORT, "take-a-backup"], values={"controls": [t]}
    ),
    "studio.add_draft_items": lambda s, t: studio.add_draft_items(s.draft, by=s.by, section="after", titles=["One", t]),
    "studio.add_draft_section": lambda s, t: studio.add_draft_section(s.draft, by=s.by, title=t),
    "studio.edit_draft_section": lambda s, t: studio.edit_draft_section(
        s.draft, by=s.by, key="after", values={"commands": [t]}
    ),
    "studio.edit_draft": lambda s, t: studio.edit_draft(
        s.draft, by=s.by, values={"unread": [{"after": "", "text": t}]}
    ),
    "studio.accept_draft_problem": lambda s, t: studio.accept_draft_problem(
        warned(s), by=s.by, problem=draft_of(s.draft).problems[0].digest, why=t
    ),
    "studio.replace_draft_content": lambda s, t: studio.replace_draft_content(
        s.draft, by=s.by, content=content(s.draft) | {"guidance": t}, words="imported a text"
    ),
    "checklists.create_template": lambda s, t: checklists.create_template(s.team, by=s.by, title=t),
    "checklists.install_template": lambda s, t: checklists.install_template(
        s.team, by=s.by, built_in=BuiltIn("one", "", content(s.draft) | {"guidance": t})
    ),
    "imports.start_import": lambda s, t: imports.start_import(s.team, by=s.by, source=f"- [ ] {t}"),
    "imports.correct_import": lambda s, t: imports.correct_import(imported(s), by=s.by, source=f"- [ ] {t}"),
    "checklists.submit_version": lambda s, t: checklists.submit_version(
        s.draft, by=s.by, proof=proof(s.by), note=t, shown=s.draft.digest, intent=uuid.uuid4()
    ),
    "checklists.publish_version": lambda s, t: checklists.publish_version(
        alone(s), **keyed(s.stranger), note=t, shown=s.alone.digest
    ),
    "checklists.reject_version": lambda s, t: checklists.reject_version(asked(s), by=again(s.reviewer), reason=t),
    "deployments.create_deployment": lambda s, t: deployments.create_deployment(
        s.team, by=s.by, template_version=s.version, service=t, version="1", environment="test"
    ),
    "deployments.cancel_deployment": lambda s, t: deployments.cancel_deployment(s.deployment, by=s.lead, reason=t),
    "deployments.add_item": lambda s, t: deployments.add_item(
        s.deployment, by=s.lead, section=s.deployment.sections.first().pk, title="One", text=t
    ),
    "deployments.edit_item": lambda s, t: deployments.edit_item(s.item, by=s.lead, title="One", text=t),
    "deployments.fill_in_item": lambda s, t: deployments.fill_in_item(s.item, by=s.by, result="Done", values=[t]),
    "deployments.reject_item": lambda s, t: deployments.reject_item(
        casting.sign(s.items[2], s.member), by=again(s.reviewer), reason=t
    ),
    "deployments.withdraw_key": lambda s, t: deployments.withdraw_key(
        now := casting.sign(s.items[2], s.member),
        reason=t,
        shown=now.sign_off.digest,
        revision=now.sign_off.revision,
        **keyed(s.member),
    ),
    "waivers.request_waiver": lambda s, t: asking.ask(s.item, by=s.by, justification=t),
    "waivers.end_waiver": lambda s, t: waiving.end_waiver(
        asking.ask(s.item, by=s.by, justification="Old"), by=s.by, why=t
    ),
    "deployments.fill_in_rollback_plan": lambda s, t: deployments.fill_in_rollback_plan(
        s.deployment, by=s.lead, owner=None, steps=[Step("Go back", t)], verification="", last_rehearsed_on=None
    ),
    "comments.write_comment": lambda s, t: comments.write_comment(s.item, by=s.by, text=t),
    "attachments.attach_evidence": lambda s, t: attachments.attach_evidence(
        s.item, by=s.by, title="", kind="note", text=t
    ),
    "attachments.replace_evidence": lambda s, t: attachments.replace_evidence(
        s.item,
        by=s.by,
        evidence=attachments.attach_evidence(s.item, by=s.by, title="", kind="note", text="Old"),
        title="",
        kind="note",
        text=t,
    ),
    "attachments.attach_probes": lambda s, t: attachments.attach_probes(
        s.deployment, by=s.lead, probes={s.item.number: {"name": t, **PROBE}}
    ),
    "attachments.attach_probe": lambda s, t: attachments.attach_probe(s.item, by=s.lead, name=t, **PROBE),
    "attachments.detach_probe": lambda s, t: attachments.detach_probe(
        attachments.attach_probe(s.item, by=s.lead, name="One", **PROBE), by=s.lead, reason=t
    ),
    "reporting.issue_token": lambda s, t: reporting.issue_token(
        attachments.attach_probe(s.item, by=s.lead, name="One", kind="push", config={}), by=s.lead, name=t, days=7
    ),
    "reporting.measure": lambda s, t: reporting.measure(
        attachments.attach_probe(s.item, by=s.lead, **histories.COMPLAINTS), by=s.lead, value="2", how=t
    ),
    "followups.close_follow_up": lambda s, t: followups.close_follow_up(
        raised(s.deployment, by=s.lead, owner=s.lead), by=s.by, outcome=t
    ),
    "emergencies.authorise_emergency": lambda s, t: authorise(gone(s), reason=t),
    "emergencies.write_review": lambda s, t: write(authorise(gone(s)), s.member, findings=t),
    "emergencies.send_back_review": lambda s, t: emergencies.send_back_review(
        write(authorise(gone(s)), s.member), by=again(s.other_reviewer), reason=t
    ),
    "sheets.complete_sheet": lambda s, t: casting.complete(s, answer=Answer.NO, issues=t),
    "sheets.ask_reopening": lambda s, t: sheets.ask_reopening(ended(s), by=s.by, reason=t),
    "sheets.end_reopening": lambda s, t: sheets.end_reopening(
        sheets.ask_reopening(ended(s), by=s.by, reason="We forgot"), by=s.by, why=t
    ),
    "sheets.send_back_sheet": lambda s, t: sheets.send_back_sheet(
        casting.complete(s, answer=Answer.NO), by=again(s.reviewer), reason=t
    ),
}
# Those that take no text but keys, of which such a one names nothing.
NAMING = {
    "imports.decide_findings": lambda s, t: imports.decide_findings(
        imports.start_import(s.team, by=s.by, source="- [ ] The error rate is below X%"),
        by=s.by,
        which=["placeholder", t],
        decision=Decision.TAKEN,
        value=t,
    ),
    "imports.judge_match": lambda s, t: imports.judge_match(merging(s), by=s.by, key=t, same=False),
    "studio.remove_draft_items": lambda s, t: studio.remove_draft_items(s.draft, by=s.by, keys=[t]),
    "studio.move_draft_items": lambda s, t: studio.move_draft_items(s.draft, by=s.by, keys=[t], section=t, after=t),
    "studio.indent_draft_items": lambda s, t: studio.indent_draft_items(s.draft, by=s.by, keys=[t], levels=1),
    "studio.move_draft_section": lambda s, t: studio.move_draft_section(s.draft, by=s.by, key=t),
    "studio.remove_draft_section": lambda s, t: studio.remove_draft_section(s.draft, by=s.by, key=t),
}
TEXTLESS = {
    "studio.undo_step", "studio.redo_step",
    "imports.draft_import", "imports.discard_import", "imports.merge_import", "imports.undo_import_step",
    "checklists.withdraw_version",
    "checklists.archive_template", "checklists.restore_template", "checklists.discard_draft", "checklists.start_draft",
    "deployments.assign_items", "deployments.plan_items", "deployments.sign_item", "deployments.sign_items",
    "deployments.open_review",
    "deployments.edit_deployment",
    "deployments.upgrade_deployment", "waivers.approve_waiver", "waivers.expire_waivers",
    "comments.withdraw_comment", "attachments.remove_evidence", "attachments.run_probes", "attachments.try_probe",
    "attachments.schedule_probe", "attachments.order_due_runs", "attachments.cancel_series",
    "attachments.set_baseline",
    "reporting.note_missed_reports", "reporting.revoke_token", "reporting.take_report",
    "emergencies.verify_review", "sheets.verify_sheet", "sheets.agree_reopening", "followups.change_follow_up",
    "proposals.propose_change", "proposals.take_proposal", "proposals.dismiss_proposal",
}  # fmt: skip


def gone(stage):
    """The stage with a deployment that may go by the emergency lane."""
    made = SimpleNamespace(**vars(stage))
    made.deployment = casting.deploy(stage.team, stage.version, by=stage.lead)
    casting.write_plan(made, made.deployment)
    return made


def ended(stage):
    """The deployment, closed."""
    casting.close(stage, answer=Answer.NO)
    return stage.deployment


def add_draft(stage):
    stage.draft, stage.by, stage.lead = draft(stage), again(stage.member), again(stage.lead)
    stage.item = load(Item.objects.get(deployment=stage.deployment, number=2))


made_of_file, cast = fixtures_on_top("stage", add_draft)


def imported(stage):
    return imports.start_import(stage.team, by=stage.by, source="- [ ] One")


def merging(stage):
    return imports.start_import(stage.team, by=stage.by, source="- [ ] One", into=stage.version.template)


def warned(stage):
    """The draft with a problem that may be kept."""
    studio.add_draft_items(stage.draft, by=stage.by, section="after", titles=["Twice", "Twice"])
    return stage.draft


def asked(stage):
    shown = stage.draft.digest
    return checklists.submit_version(stage.draft, note="Why", shown=shown, **keyed(stage.by))


def alone(stage):
    """A draft of a team where nobody else could publish it."""
    stage.alone = checklists.create_template(stage.other_team, by=again(stage.stranger), title="One")
    by = again(stage.stranger)
    studio.add_draft_items(stage.alone, by=by, section="items", titles=["One"])
    return stage.alone


@pytest.mark.parametrize(
    "app",
    [
        "studio",
        "checklists",
        "imports",
        "deployments",
        "attachments",
        "comments",
        "sheets",
        "proposals",
        "reporting",
        "followups",
        "waivers",
    ],
)
def test_every_command_that_takes_a_text_is_tried(app):
    assert {f"{app}.{command}" for command in source.commands(app)} <= GIVEN.keys() | NAMING.keys() | TEXTLESS


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("command", GIVEN)
def test_a_command_refuses_it_and_does_nothing(cast, command, text):
    entries = Entry.objects.count()
    with transaction.atomic():
        with pytest.raises(Unstorable, match="Nothing was changed: take it out"):
            GIVEN[command](cast, text)
        transaction.set_rollback(True)  # what led there
    assert Entry.objects.count() == entries


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("command", NAMING)
def test_a_key_that_no_part_can_have_names_nothing(cast, command, text):
    entries = Entry.objects.count()
    with suppress(Refusal), transaction.atomic():
        NAMING[command](cast, text)
    assert Entry.objects.count() == entries


def test_what_escapes_in_a_text_become_is_refused_when_it_is_read():
    for read, text in (
        (imported_json, r'{"title": "a\u0000b"}'), (imported_json, r'{"sections": [{"title": "a\ud800"}]}'),
        (imported_yaml, r'title: "a\0b"'),
    ):  # fmt: skip
        with pytest.raises(Unstorable, match="which no database stores"):
            read(text)


def test_what_settings_above_a_text_become_is_refused_when_it_is_stored(cast):
    text = '---\nkeyturn: 1\noccasion: "a\\0b"\n---\n\n# One\n\n- [ ] Two\n'
    with pytest.raises(Unstorable):
        imports.draft_import(imports.start_import(cast.team, by=cast.by, source=text), by=cast.by)


def test_texts_about_such_characters_are_stored(cast):
    """Escapes are characters like others, in a text and in a value of JSON; a whole pair is one character."""
    text = r'{"a": "\u0000 \ud83d"} 😀'
    studio.edit_draft_item(cast.draft, by=cast.by, key=SUPPORT, values={"text": text, "commands": [text]})
    item = cast.draft.items.get(key=SUPPORT)
    assert (item.text, item.commands) == (text, [text])
