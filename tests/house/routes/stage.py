"""The stage that every address is asked on."""

import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.utils import timezone

from apps.accounts import commands as accounts
from apps.accounts.models import Invitation, Membership, Team, User
from apps.accounts.roles import Role
from apps.attachments import commands as attachments
from apps.checklists import commands as checklists
from apps.checklists.models import TemplateVersion
from apps.comments import commands as comments
from apps.deployments import commands as deployments
from apps.evidence.models import Kind
from apps.factors import selectors as factors
from apps.imports import commands as imports
from apps.imports import formats
from apps.imports.models import ChecklistImport
from apps.imports.rules import Decision
from apps.ledger.commands import SYSTEM
from apps.letters.commands.parts import write
from apps.letters.rules import Kind as LetterKind
from apps.notices import commands as notices
from apps.notices.models import Notice
from apps.notices.rules import WAITING
from apps.probes.argv import Limits
from apps.programs import commands as programs
from apps.proposals import commands as proposals
from apps.proposals.models import ProposalKind
from apps.reporting import commands as reporting
from apps.reporting.models import Token
from apps.reruns import commands as reruns
from apps.secrets import commands as secrets
from apps.sheets import commands as sheets
from apps.sheets.states import Answer
from apps.studio import commands as studio
from apps.teams import commands as teams
from apps.zones import commands as zones
from tests import cast as casting
from tests.canaries import PLANTED
from tests.cast import BY_PASSWORD, again, proof
from tests.factors.enrolled import enrolled
from tests.followups.raising import raised
from tests.house.routes.emergencies import set_the_lane
from tests.ledger import histories
from tests.sso.linked import linked
from tests.waivers import asking

ASKING = f"{casting.CHECKLIST}- [ ] The old server must be switched off\n"  # which the importer has a question about


def set_the_stage() -> SimpleNamespace:
    """A deployment in review, one that waits for its second key and a draft, with one of everything."""
    with transaction.atomic():
        stage = casting.stage()
        member, lead = again(stage.member), again(stage.lead)
        note: dict[str, Any] = {"kind": Kind.NOTE, "title": "Note", "text": "Seen"}
        stage.evidence = attachments.attach_evidence(stage.items[0], by=member, **note)
        histories.probe(stage, stage.items[1], ["passed"])
        stage.waiver = asking.ask(stage.items[2], by=member, justification="The robot tells them")
        casting.sign(stage.items[3], member)
        stage.comment = comments.write_comment(stage.items[4], by=member, text="Who looks at these?")
        stage.follow_up = raised(stage.deployment, by=stage.lead, owner=stage.member)
        stage.draft = deployments.create_deployment(
            stage.team, by=lead, template_version=stage.version, service="s", version="1", environment="test"
        )
        for learned in stage.draft.items.filter(number__lte=2):
            deployments.edit_item(learned, by=member, title="Learned here", text="Do it twice.")
        learned = stage.draft.items.get(number=2)
        stage.proposal = proposals.propose_change(learned, by=member, kind=ProposalKind.EDITED)
        stage.identity = linked(stage.other_reviewer, "omar")
        stage.letter = write(LetterKind.VERIFY, "lena@example.org", person=stage.lead)
        stage.token_text = _reported_to(stage)
        stage.ending = casting.deploy(stage.team, stage.version, by=stage.lead)
        stage.sheet = casting.complete(stage, stage.ending, Answer.NO)
        stage.decided_no = casting.deploy(stage.team, stage.version, by=stage.lead)
        casting.close(stage, stage.decided_no, Answer.NO)
        set_the_lane(stage)
        closed = casting.deploy(stage.team, stage.version, by=stage.lead)
        casting.close(stage, closed, Answer.NO)
        stage.reopening = sheets.ask_reopening(closed, by=member, reason="The issues lack the queue")
        histories.file_record(stage)
        stage.over = casting.deploy(stage.team, stage.version, by=stage.lead)
        casting.sign(stage.over.items.get(number=3), stage.member)
        deployments.cancel_deployment(stage.over, by=lead, reason="Superseded by 2.5")
        stage.rerun = reruns.rerun_deployment(
            stage.over, by=lead, template_version=stage.version, version="2.5", change="Other weights"
        )
        waits = stage.rerun.items.get(number=1)
        attachments.attach_probe(waits, by=member, name="Waits", kind="http", config=histories.TARGET)
        attachments.run_probes(stage.rerun, by=member)
        form = formats.detect("a;b\n1;2\n")
        stage.imported = imports.start_import(stage.team, by=lead, source=ASKING, form=form, original="a;b\n1;2\n")
        stage.decided = imports.start_import(stage.team, by=lead, source=ASKING)
        stage.decided = decided_about(stage.decided, by=lead)
        changed = casting.CHECKLIST.replace("Tell support", "Tell support now").replace("stays low", "stays very low")
        stage.into = imports.start_import(stage.team, by=lead, source=changed, into=stage.version.template)
        stage.asked = _asked(stage)
        stage.begun = checklists.create_template(stage.team, by=lead, title="Begun")
        studio.add_draft_items(stage.begun, by=lead, section="items", titles=["One"])
        stage.put_away = casting.publish(stage.team, by=lead)
        checklists.archive_template(stage.put_away.template, by=lead)
        stage.without_draft = casting.publish(stage.team, by=lead)
        stage.upgradable = casting.deploy(stage.team, stage.without_draft, by=stage.lead)
        open_item = stage.upgradable.items.get(number=5)
        deployments.edit_item(open_item, by=lead, title="Health", text="curl -fsS https://gateway.example/health")
        following = checklists.start_draft(stage.without_draft.template, by=lead)
        studio.add_draft_items(following, by=lead, section="after", titles=["Close the window"])
        casting.published(TemplateVersion.objects.get(pk=following.pk), by=stage.lead)
        stage.written = drafted(stage.team, by=member)
        stage.secret = secrets.set_secret(
            stage.team, by=lead, name="metrics", value=PLANTED[0], bindings=["https://example.com"]
        )
        teams.edit_team(stage.team, by=lead, two_publish=True, runs_commands=True)
        stage.command = programs.propose_command(
            Team.objects.get(pk=stage.team.pk), by=member, name="Free space", argv=["df", "/"], limits=Limits()
        )
        admin = again(stage.stranger)
        stage.zone = zones.create_zone(by=admin, queue="factory", name="Factory")
        stage.widening = zones.propose_widening(stage.zone, by=admin, allow="10.20.0.0/16:5432")
        of_member = Membership.objects.get(team=stage.team, user=stage.member)
        [stage.asked_role] = teams.ask_role(
            of_member, by=lead, evidence=BY_PASSWORD, role=Role.REVIEWER, identity="in person"
        )
        last_day = timezone.now().date() + timedelta(days=3)
        by = again(stage.other_reviewer)
        stage.handed_over = teams.delegate(
            stage.team, by=by, evidence=BY_PASSWORD, person=stage.member, last_day=last_day
        )
        teams.invite_person(stage.team, by=lead, role=Role.MEMBER)
        stage.invitation = Invitation.objects.get(accepted_at=None)
        stage.webhook = notices.make_webhook(
            stage.team, by=lead, name="Channel", shape="slack", address=f"https://example.com/{PLANTED[1][:9]}"
        )
        notices.derive_notices(by=SYSTEM)
        stage.notice = Notice.objects.exclude(kind__in=WAITING).filter(person=stage.lead).order_by("at", "pk")[0]
        stage.phone = enrolled(stage.other_reviewer)
        stage.passkey = factors.visible_passkeys(stage.other_reviewer).get()
        stage.session = accounts.begin_session(SessionStore(), by=stage.lead, address="192.0.2.7", agent="Firefox")
        return stage


def _reported_to(stage: SimpleNamespace) -> str:
    """Probes of the draft that a script and a person report to; returns the text of a token."""
    pushed, measured = stage.draft.items.get(number=3), stage.draft.items.get(number=4)
    limit = {"what": "How many complained", "conditions": "value < 3"}
    attachments.attach_probe(pushed, by=again(stage.lead), name="Nightly", kind="push", config={})
    attachments.attach_probe(measured, by=again(stage.lead), name="Complaints", kind="manual", config=limit)
    text = reporting.issue_token(pushed, by=again(stage.member), name="Nightly build", days=7)
    stage.token = Token.objects.get(item=pushed)
    return text


def _asked(stage: SimpleNamespace) -> TemplateVersion:
    """A draft of the next version that a second person is asked to publish."""
    by = again(stage.member)
    version = checklists.start_draft(stage.version.template, by=by)
    studio.add_draft_items(version, by=by, section="after", titles=["Close the window"])
    version = TemplateVersion.objects.get(pk=version.pk)
    checklists.submit_version(version, by=by, proof=proof(by), note="Why", shown=version.digest, intent=uuid.uuid4())
    return TemplateVersion.objects.for_signing().get(pk=version.pk)


def drafted(team: Team, *, by: User) -> TemplateVersion:
    """A draft of two items in one of its two sections, with a problem, an edit to undo and one to make again."""
    draft = checklists.create_template(team, by=by, title="Runbook")
    studio.add_draft_section(draft, by=by, title="After")
    for title in ("Take a backup of {{it}}", "Tell support", "Taken back"):
        studio.add_draft_items(draft, by=by, section="items", titles=[title])
    studio.undo_step(draft, by=by)
    return draft


def decided_about(imported: ChecklistImport, *, by: User) -> ChecklistImport:
    """The import after somebody took the only thing that is proposed."""
    (finding,) = imported.result().findings
    imports.decide_findings(imported, by=by, which=[finding.id], decision=Decision.TAKEN)
    return ChecklistImport.objects.get(pk=imported.pk)
