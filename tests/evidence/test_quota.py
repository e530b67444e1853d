"""Whatever a team stores counts against its quota, in one place."""

import pytest
from django.apps import apps
from django.db import models

from apps.accounts.models import Team
from apps.attachments import commands as attachments
from apps.checklists.models import TemplateVersion
from apps.core.errors import TooLarge
from apps.deployments import commands as deployments
from apps.evidence import commands as evidence
from apps.evidence import selectors
from apps.evidence.models import Kind
from apps.imports import commands as imports
from apps.ledger import chain
from tests.cast import CHECKLIST, again

pytestmark = pytest.mark.django_db
MEGABYTE = 1024 * 1024
FULL = "Payments has used"
# Models with texts or data of any length that are not counted, and why.
NOT_COUNTED = {
    "ledger.Entry": "the memory of every act: refusing it would refuse signatures; SECURITY.md says so",
    "ledger.Opening": "the same",
    "checklists.TemplateSection": "parts of the version, whose content is counted",
    "checklists.TemplateItem": "the same",
    "checklists.AcceptedProblem": "counted with its version",
    "deployments.Section": "copied from a version, which the deployment counts once more",
    "deployments.Item": "the same; what is typed into it is at most 20,000 characters a field",
    "deployments.Waiver": "at most a few thousand characters by its form, one at a time for each item",
    "signoff.Rejection": "the same",
    "signoff.Withdrawal": "the same",
    "sheets.Reopening": "the same, one at a time for each deployment",
    "signoff.Assertion": "some kilobytes for each answer of a passkey: refusing it would refuse signatures",
    "sso.Identity": "a few hundred characters for each person",
    "letters.Letter": "an address for each, some an hour at most",
    "notices.Reach": "a few hundred characters for each person",
    "notices.Webhook": "an address for each webhook; what was posted is bounded by its log",
    "signoff.Revision": "an id and a cause for each key that fell",
    "rollback.RollbackPlan": "one for each deployment, limited by its form",
    "sheets.Sheet": "the same",
    "deployments.Emergency": "the same",
    "deployments.EmergencyReview": "the same",
    "followups.FollowUp": "some thousand characters by its forms, a few for each deployment",
    "records.Record": "a sentence; its files are blobs",
    "probes.Probe": "an address and what to expect, limited by its form",
    "probes.Run": "limited by what a probe keeps of an answer",
    "secrets.Secret": "a few hosts, limited by its form",
    "secrets.SecretVersion": "some thousand characters of the newest version, nothing of those before",
    "factors.Factor": "one secret, or one public key and its name, of which a person has twenty at most",
    "gates.Gate": "of the tests",
}
# Of the models that are counted: the columns that `stored` sums up, and why the others need not be.
SUMMED = {
    "evidence.Blob.data", "evidence.Evidence.text", "comments.Comment.text", "imports.ChecklistImport.source",
    "checklists.TemplateVersion.guidance", "checklists.TemplateVersion.tiers", "checklists.TemplateVersion.parameters",
    "checklists.TemplateVersion.variables", "checklists.TemplateVersion.sign_off_fields",
    "checklists.TemplateVersion.unread",
    "imports.ChecklistImport.original", "proposals.TemplateProposal.values",
    "studio.DraftStep.changes", "programs.Command.argv", "programs.Command.limits",
}  # fmt: skip
NOT_SUMMED = {
    "comments.Comment.mentions": "a few names that stand in the text",
    "imports.ChecklistImport.corrections": "a few words for each line that somebody corrects by hand",
    "imports.ChecklistImport.decisions": "a few words for each line of the text about which something is asked",
    "imports.ChecklistImport.steps": "at most 50, and of all of them together at most 20,000 lines of a few words",
    "imports.ChecklistImport.apart": "keys of items of its template, each judged by hand",
    "checklists.TemplateVersion.note": "why there is this version, one for each, limited by its form",
    "deployments.Deployment.variables": "limited by its form, as the closing reason is; its template is counted again",
    "deployments.Deployment.closing_reason": "the same",
}
LONG = (models.TextField, models.BinaryField, models.JSONField)


def test_every_model_that_holds_texts_or_files_is_counted_or_says_why_not():
    ours = [model for model in apps.get_models() if model.__module__.startswith(("apps.", "project.", "tests."))]
    holding = {m._meta.label for m in ours if any(isinstance(field, LONG) for field in m._meta.concrete_fields)}
    counted = {model._meta.label for model in ours if hasattr(model, "stored")}
    lacking = sorted(holding - counted - NOT_COUNTED.keys())
    assert not lacking, f"say by `stored` what {lacking} store of a team, or in NOT_COUNTED why that stays small"
    assert not counted & NOT_COUNTED.keys()


def test_every_long_column_of_a_model_that_is_counted_is_summed_up_or_says_why_not():
    counted = [model for model in apps.get_models() if hasattr(model, "stored")]
    long = {str(field) for model in counted for field in model._meta.concrete_fields if isinstance(field, LONG)}
    lacking = sorted(long - SUMMED - NOT_SUMMED.keys())
    assert not lacking, f"sum {lacking} up by `stored` of its model (SUMMED), or say in NOT_SUMMED why it stays small"
    assert long == SUMMED | NOT_SUMMED.keys()


@pytest.fixture
def nearly_full(stage, settings):
    """A team with room for less than the text that it tries to store."""
    settings.KEYTURN_TEAM_QUOTA_MB = 1
    room = MEGABYTE - selectors.used(stage.team)
    evidence.store_blob(stage.team, b"x" * (room - 50))
    return stage


TEXT = "# T\n\n- [ ] one\n\n" + "words and words\n" * 10


def start(stage, text=TEXT):
    return imports.start_import(stage.team, by=again(stage.member), source=text)


def attach(stage, **content):
    return attachments.attach_evidence(stage.items[0], by=again(stage.member), title="x", **content)


def deploy(stage):
    return deployments.create_deployment(
        stage.team, by=again(stage.lead), template_version=stage.version, service="s", version="1", environment="e"
    )


STORING = {
    "file": lambda stage: attach(stage, kind=Kind.FILE, data=b"x" * 60),
    "note": lambda stage: attach(stage, kind=Kind.NOTE, text="x" * 60),
    "link": lambda stage: attach(stage, kind=Kind.LINK, url="https://example.com/" + "x" * 60),
    "import": start,
    "longer text": lambda stage: imports.correct_import(start(stage, "- a"), by=again(stage.member), source=TEXT),
    "deployment": deploy,
}


@pytest.mark.unrecorded
@pytest.mark.parametrize("store", STORING.values(), ids=STORING)
def test_nothing_more_is_stored_than_the_quota_has_room_for(nearly_full, store):
    before = selectors.used(nearly_full.team)
    with pytest.raises(TooLarge, match=FULL):
        store(nearly_full)
    assert selectors.used(nearly_full.team) - before <= len("- a")
    assert evidence.store_blob(nearly_full.other_team, b"x" * 100).size == 100


@pytest.mark.unrecorded
def test_what_is_published_counts_once_more(nearly_full, settings):
    settings.KEYTURN_TEAM_QUOTA_MB = 2
    imported = start(nearly_full)
    settings.KEYTURN_TEAM_QUOTA_MB = 1
    with pytest.raises(TooLarge, match=FULL):
        imports.draft_import(imported, by=again(nearly_full.lead))
    assert TemplateVersion.objects.filter(template__team=nearly_full.team).count() == 1


def test_every_byte_is_counted_where_it_is_stored_and_given_back_where_it_is_thrown_away(stage):
    team = Team.objects.get(pk=stage.team.pk)

    def grown(store):
        before = selectors.used(team)
        made = store(stage)
        return selectors.used(team) - before, made

    assert grown(lambda stage: attach(stage, kind=Kind.FILE, data=b"abc"))[0] == 3
    assert grown(lambda stage: attach(stage, kind=Kind.NOTE, text="äb"))[0] == 3
    size, imported = grown(lambda stage: start(stage, "- [ ] ä"))
    assert size == 8
    imported = imports.correct_import(imported, by=again(stage.member), source="- [ ] b")
    assert grown(lambda stage: imports.discard_import(imported, by=again(stage.member)))[0] == -7
    assert grown(deploy)[0] == stage.version.size
    (version,) = TemplateVersion.objects.filter(template__team=stage.other_team)
    assert version.size == len(chain.encode(version.content()))
    assert selectors.used(stage.other_team) == len(CHECKLIST.encode()) + 2 * version.size, "and a deployment"
