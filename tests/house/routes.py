"""Every address of Keyturn, with a request that works. The walk fails for an address that has no row here.

`arguments` and `body` are computed from the stage (see `set_the_stage`); `get` is what the right person's GET
answers, None where the address takes no GET; `body` is a valid POST, None where the address takes none.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.db import transaction

from apps.accounts import commands as accounts
from apps.accounts.models import Invitation, Team, User
from apps.accounts.roles import Role
from apps.attachments import commands as attachments
from apps.boards.selectors import proposed_probes
from apps.checklists import commands as checklists
from apps.checklists.models import ITEM_FIELDS, SECTION_FIELDS, VERSION_FIELDS, TemplateVersion
from apps.core.shown import fingerprint, texts
from apps.deployments import commands as deployments
from apps.deployments.commands.items import text_of
from apps.deployments.models import Deployment
from apps.deployments.selectors.upgrades import upgrade_of
from apps.evidence.models import Kind
from apps.imports import commands as imports
from apps.imports import formats
from apps.imports.models import ChecklistImport
from apps.imports.rules import Decision, stated
from apps.imports.selectors import merge_of
from apps.probes.argv import Limits
from apps.probes.models import Series
from apps.probes.rules import schedule_of
from apps.programs import commands as programs
from apps.programs.models import Command
from apps.proposals import commands as proposals
from apps.proposals.models import ProposalKind
from apps.reporting import commands as reporting
from apps.reporting.models import Token
from apps.reruns import commands as reruns
from apps.secrets import commands as secrets
from apps.secrets.models import Secret
from apps.sheets.models import Sheet
from apps.sheets.selectors import page_digest
from apps.sheets.states import Answer
from apps.signoff.rules import content_digest
from apps.studio import commands as studio
from apps.studio.rules import texts_of
from apps.studio.selectors import draft_of
from apps.zones import commands as zones
from tests import cast as casting
from tests.canaries import PLANTED
from tests.cast import PASSWORD, again
from tests.ledger import histories

Values = Callable[[SimpleNamespace], Mapping[str, Any]]
TOKEN = "not-a-token-that-anybody-was-given"
ASKING = f"{casting.CHECKLIST}- [ ] The old server must be switched off\n"  # which the importer has a question about


def nothing(stage: SimpleNamespace) -> Mapping[str, Any]:
    """No values."""
    return {}


@dataclass(frozen=True)
class Route:
    """How one address is asked. `by` makes the POST; `auditor` is what an auditor's POST answers.

    records: whether the POST leaves an entry; one that stores nothing leaves none.
    """

    arguments: Values = nothing
    get: int | None = None
    body: Values | None = None
    by: str = "lead"
    query: Values = nothing
    auditor: int = 403
    records: bool = True


def set_the_stage() -> SimpleNamespace:
    """A deployment in review, one that waits for its second key and a draft, with one of everything."""
    with transaction.atomic():
        stage = casting.stage()
        member, lead = again(stage.member), again(stage.lead)
        note: dict[str, Any] = {"kind": Kind.NOTE, "title": "Note", "text": "Seen"}
        stage.evidence = attachments.attach_evidence(stage.items[0], by=member, **note)
        histories.probe(stage, stage.items[1], ["passed"])
        stage.waiver = deployments.request_waiver(stage.items[2], by=member, justification="The robot tells them")
        casting.sign(stage.items[3], member)
        stage.draft = deployments.create_deployment(
            stage.team, by=lead, template_version=stage.version, service="s", version="1", environment="test"
        )
        for learned in stage.draft.items.filter(number__lte=2):
            deployments.edit_item(learned, by=member, title="Learned here", text="Do it twice.")
        learned = stage.draft.items.get(number=2)
        stage.proposal = proposals.propose_change(learned, by=member, kind=ProposalKind.EDITED)
        stage.token_text = _reported_to(stage)
        stage.ending = casting.deploy(stage.team, stage.version, by=stage.lead)
        stage.sheet = casting.complete(stage, stage.ending, Answer.NO)
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
        accounts.edit_team(stage.team, by=lead, two_publish=True, runs_commands=True)
        stage.command = programs.propose_command(
            Team.objects.get(pk=stage.team.pk), by=member, name="Free space", argv=["df", "/"], limits=Limits()
        )
        admin = again(stage.stranger)
        stage.zone = zones.create_zone(by=admin, queue="factory", name="Factory")
        stage.widening = zones.propose_widening(stage.zone, by=admin, allow="10.20.0.0/16:5432")
        accounts.invite_person(stage.team, by=lead, role=Role.MEMBER)
        stage.invitation = Invitation.objects.get(accepted_at=None)
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
    checklists.submit_version(version, by=by, note="Why", shown=version.digest, intent=uuid.uuid4())
    return TemplateVersion.objects.for_signing().get(pk=version.pk)


def drafted(team: Team, *, by: User) -> TemplateVersion:
    """A draft of two items in one of its two sections, with a problem, an edit to undo and one to make again."""
    draft = checklists.create_template(team, by=by, title="Runbook")
    studio.add_draft_section(draft, by=by, title="After")
    for title in ("Take a backup of {{it}}", "Tell support", "Taken back"):
        studio.add_draft_items(draft, by=by, section="items", titles=[title])
    studio.undo_step(draft, by=by)
    return draft


def team(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {"team": stage.team.slug}


def secret(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**team(stage), "secret": stage.secret.pk}


def command(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**team(stage), "command": stage.command.pk}


def of_command(stage: SimpleNamespace) -> Mapping[str, str]:
    return Command.objects.for_signing().get(pk=stage.command.pk).standing


def approving_command(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {"shown": stage.command.digest, "intent": uuid.uuid4()}


def zone(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {"zone": stage.zone.pk}


def widening(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**zone(stage), "widening": stage.widening.pk}


def of_secret(stage: SimpleNamespace) -> Mapping[str, str]:
    return Secret.objects.get(pk=stage.secret.pk).standing


def deployment(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {"team": stage.team.slug, "number": stage.deployment.number}


def upgradable(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {"team": stage.team.slug, "number": stage.upgradable.number}


def upgrading(stage: SimpleNamespace) -> Mapping[str, Any]:
    upgrade = upgrade_of(Deployment.objects.get(pk=stage.upgradable.pk))
    assert upgrade
    return {"basis": fingerprint(upgrade.shown), "version": upgrade.version.pk}


def over_again(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {"team": stage.team.slug, "number": stage.over.number}


def draft(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {"team": stage.team.slug, "number": stage.draft.number}


def of_draft(number: int, **more: Callable[[SimpleNamespace], Any]) -> Values:
    """The address of an item of the draft."""
    return lambda stage: {**draft(stage), "item": number, **{name: of(stage) for name, of in more.items()}}


def ending(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {"team": stage.team.slug, "number": stage.ending.number}


def item(number: int, **more: Callable[[SimpleNamespace], Any]) -> Values:
    """The address of an item; `more` are computed from the stage."""
    return lambda stage: {**deployment(stage), "item": number, **{name: of(stage) for name, of in more.items()}}


def proposal(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**template(stage), "proposal": stage.proposal.pk}


def adding(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {"title": "Warm the cache", "section": stage.deployment.sections.first().pk, "keys": 2}


def record(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**deployment(stage), "record": 1}


def imported(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**team(stage), "imported": stage.imported.pk}


def decided(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**team(stage), "imported": stage.decided.pk}


def decided_about(imported: ChecklistImport, *, by: User) -> ChecklistImport:
    """The import after somebody took the only thing that is proposed."""
    (finding,) = imported.result().findings
    imports.decide_findings(imported, by=by, which=[finding.id], decision=Decision.TAKEN)
    return ChecklistImport.objects.get(pk=imported.pk)


def deciding(stage: SimpleNamespace) -> Mapping[str, Any]:
    """What the form of the only finding posts."""
    (finding,) = stage.imported.result().findings
    shown = fingerprint(stated([finding], stage.imported.decisions))
    return {"basis": shown, "which": finding.id, "decision": "taken"}


def into(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**team(stage), "imported": stage.into.pk}


def template(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**team(stage), "template": stage.version.template_id}


def without_draft(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**team(stage), "template": stage.without_draft.template_id}


def asked(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**template(stage), "version": stage.asked.pk}


def begun(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**team(stage), "template": stage.begun.template_id, "version": stage.begun.pk}


def put_away(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**team(stage), "template": stage.put_away.template_id}


def built_in(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**team(stage), "name": "security-review"}


def publishing(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {"shown": stage.asked.digest, "intent": uuid.uuid4(), "confirm": "on"}


def submitting(stage: SimpleNamespace) -> Mapping[str, Any]:
    shown = TemplateVersion.objects.get(pk=stage.begun.pk).digest
    return {"shown": shown, "intent": uuid.uuid4(), "confirm": "on", "note": "Why"}


def written(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**team(stage), "template": stage.written.template_id}


def own(row: Any, names: tuple[str, ...]) -> dict[str, str]:
    """What a form of the studio shows of a row."""
    return texts_of({name: getattr(row, name) for name in names})


def part(key: str) -> Values:
    """The address of an item or a section of the draft."""
    return lambda stage: {**written(stage), "key": key}


def person(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**team(stage), "person": stage.member.pk}


def evidence(stage: SimpleNamespace) -> Any:
    return stage.evidence.pk


def waiver(stage: SimpleNamespace) -> Any:
    return stage.waiver.pk


def says(**values: Any) -> Values:
    """The same body whatever the stage."""
    return lambda stage: values


def waiting_runs(stage: SimpleNamespace) -> Mapping[str, Any]:
    """The series of a run that nobody has begun."""
    return {"series": Series.objects.get(stream=stage.rerun.stream).pk}


def measured_before(stage: SimpleNamespace) -> Mapping[str, Any]:
    """The newest run of the probe of item 2."""
    probe = casting.load(stage.items[1]).probe
    return {"run": probe.latest_run_id, "basis": fingerprint(probe.compared_with)}


def over(shown: Values, **values: Any) -> Values:
    """The body of a form that edits, filled with what is `shown`."""
    return lambda stage: {"basis": fingerprint(dict(shown(stage))), **values}


def keys_of(number: int) -> Values:
    """How the keys of an item stand."""
    return lambda stage: casting.load(stage.items[number - 1]).sign_off.standing


def signing(number: int) -> Values:
    """What the ceremony of an item posts."""

    def body(stage: SimpleNamespace) -> Mapping[str, Any]:
        now = casting.load(stage.items[number - 1])
        shown = content_digest(now.content(pinned=now.run_to_pin))
        return {"shown": shown, "intent": uuid.uuid4(), "confirm": "on", "slot": len(now.sign_off.turned) + 1}

    return body


def approving(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {"shown": stage.waiver.sign_off.digest, "intent": uuid.uuid4(), "confirm": "on"}


def completing(stage: SimpleNamespace) -> Mapping[str, Any]:
    shown = page_digest(Deployment.objects.get(pk=stage.deployment.pk))
    return {"version_deployed": "2.4.1", "answer": "no", "shown": shown, "intent": uuid.uuid4(), "confirm": "on"}


def verifying(stage: SimpleNamespace) -> Mapping[str, Any]:
    signed = Sheet.objects.select_related("sign_off").get(pk=stage.sheet.pk).sign_off
    return {"shown": signed.digest, "revision": signed.revision, "intent": uuid.uuid4(), "confirm": "on"}


def attaching(stage: SimpleNamespace) -> Mapping[str, Any]:
    """The probe that a command could become, as the page of all probes shows it."""
    return {"probe": [each.box for each in proposed_probes(stage.upgradable)]}


def planning(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {"owner": stage.member.pk, "title": ["Go back"], "command": [""], "verification": "Look"}


REASON = {"reason": "Because it has to be so"}
PROBE = says(name="Health", url="https://example.com/health", method="GET", conditions="status == 200")

# Addresses that lead to nothing of a team's: the page of whoever asks, or open to everybody.
PERSONAL = {
    "home": Route(get=302),
    "accounts:sign_out": Route(body=nothing),
    "accounts:account": Route(get=200),
    "accounts:rename_person": Route(
        body=over(lambda s: texts(full_name=s.lead.full_name, email=s.lead.email), full_name="Lena B.", email="")
    ),
    "accounts:change_password": Route(body=says(old=PASSWORD, new="another long password indeed")),
    "accounts:create_team": Route(body=says(name="Third", slug="third"), by="stranger"),
    "zones:list": Route(get=200),
    "zones:create_zone": Route(body=says(name="DMZ", queue="dmz", description=""), by="stranger"),
    "zones:zone": Route(zone, get=200, by="stranger"),
    "zones:edit_zone": Route(
        zone, body=over(lambda s: s.zone.standing, name="Plant", description="Far away"), by="stranger"
    ),
    "zones:propose_widening": Route(zone, body=says(allow="10.30.0.0/16:6379"), by="stranger"),
    "zones:confirm_widening": Route(widening, body=lambda s: {"shown": s.widening.digest}, by="stranger"),
    "zones:end_widening": Route(widening, body=over(lambda s: s.widening.standing), by="stranger"),
}
OPEN = {
    "healthz": Route(get=200),
    "readyz": Route(get=503),
    "accounts:sign_in": Route(get=200),
    "accounts:become": Route(),
    "accounts:create_first_team": Route(says(token=TOKEN)),
    "accounts:accept_invitation": Route(says(token=TOKEN)),
    "deployments:take_report": Route(),
}
OF_A_TEAM = {
    "accounts:people": Route(team, get=200),
    "accounts:invited": Route(team, get=302),
    "accounts:invite_person": Route(team, body=says(note="Jun", role="member")),
    "accounts:revoke_invitation": Route(lambda stage: {**team(stage), "invitation": stage.invitation.pk}, body=nothing),
    "accounts:change_role": Route(person, body=over(lambda s: texts(role="member"), role="auditor")),
    "accounts:edit_team": Route(team, body=over(lambda s: texts(two_publish=True, runs_commands=True))),
    "accounts:remove_member": Route(person, body=over(lambda s: texts(role="member"))),
    "programs:list": Route(team, get=200),
    "programs:propose_command": Route(
        team,
        body=says(name="Up", argv="uptime\n-p", seconds="10", cpu_seconds="5", memory_mb="128", processes="8"),
    ),
    "programs:command": Route(command, get=200),
    "programs:approve_command": Route(command, body=approving_command),
    "programs:withdraw_command": Route(command, body=over(of_command)),
    "secrets:list": Route(team, get=200),
    "secrets:set_secret": Route(
        team, body=says(name="pager", secret_value=PLANTED[20], bindings="https://example.com")
    ),
    "secrets:secret": Route(secret, get=200),
    "secrets:rotate_secret": Route(secret, body=over(of_secret, secret_value=PLANTED[21])),
    "secrets:bind_secret": Route(
        secret, body=over(lambda s: texts(bindings="https://example.com"), bindings="https://example.com:8443")
    ),
    "secrets:remove_secret": Route(secret, body=over(of_secret)),
    "templates:list": Route(team, get=200),
    "imports:start_import": Route(team, get=200, body=says(text="# Two\n\n- [ ] one\n")),
    "imports:preview": Route(imported, get=200, query=says(change="5")),
    "imports:original": Route(imported, get=200),
    "imports:edit_text": Route(
        imported, get=200, body=over(lambda s: texts(source=s.imported.source), source="# Two\n\n- [ ] one\n")
    ),
    "imports:correct_import": Route(
        imported, body=over(lambda s: s.imported.stated([5], [5]), f5="guidance", t5="- [ ] Take a backup")
    ),
    "imports:line": Route(lambda stage: {**imported(stage), "number": 5}, get=302),
    "imports:decide_findings": Route(imported, body=deciding),
    "imports:undo_import_step": Route(decided, body=lambda stage: {"shown": stage.decided.steps[-1]["number"]}),
    "imports:merge_import": Route(into, get=200, body=lambda s: {"basis": merge_of(s.into).basis}),
    "imports:judge_match": Route(into, body=over(lambda s: s.into.draft, key="tell-support", same="no")),
    "imports:draft_import": Route(imported, body=over(lambda s: s.imported.previewed)),
    "imports:discard_import": Route(imported, body=over(lambda s: s.imported.draft)),
    "templates:create_template": Route(team, get=200, body=says(title="Another")),
    "templates:built_in": Route(built_in, get=200),
    "templates:install_template": Route(built_in, body=lambda stage: {"intent": uuid.uuid4()}),
    "templates:changes": Route(template, get=200),
    "templates:export": Route(lambda stage: {**template(stage), "kind": "markdown"}, get=200),
    "templates:start_draft": Route(without_draft, body=nothing),
    "templates:submit_version": Route(begun, body=submitting),
    "templates:publish_version": Route(asked, body=publishing, by="reviewer"),
    "templates:withdraw_version": Route(asked, body=nothing, by="member"),
    "templates:reject_version": Route(asked, body=over(lambda s: s.asked.sign_off.standing, **REASON), by="reviewer"),
    "templates:discard_draft": Route(begun, body=over(lambda s: TemplateVersion.objects.get(pk=s.begun.pk).draft)),
    "templates:restore_template": Route(put_away, body=nothing),
    "templates:template": Route(template, get=200),
    "templates:archive_template": Route(template, body=over(lambda s: s.version.standing)),
    "deployments:my_work": Route(team, get=200),
    "deployments:list": Route(team, get=200),
    "deployments:compare": Route(
        team, get=200, query=lambda stage: {"from": stage.deployment.number, "to": stage.draft.number}
    ),
    "deployments:create_deployment": Route(
        team,
        get=200,
        query=lambda stage: {"template": stage.version.pk},
        body=says(service="s", version="2", environment="test"),
    ),
    "deployments:board": Route(deployment, get=200),
    "deployments:rows": Route(deployment, get=200),
    "deployments:blockers": Route(deployment, get=200),
    "deployments:history": Route(deployment, get=200),
    "deployments:follow": Route(lambda stage: {"deployment": stage.deployment.pk}, get=200),
    "deployments:open_review": Route(draft, body=nothing),
    "deployments:edit_deployment": Route(deployment, get=200, body=says(window_start="2026-12-01T10:00")),
    "deployments:cancel_deployment": Route(
        draft, get=200, body=over(lambda s: s.draft.standing, reason="Superseded by 2.5", confirmed="on")
    ),
    "deployments:upgrade_deployment": Route(upgradable, get=200, body=upgrading),
    "deployments:rerun_deployment": Route(
        over_again,
        get=200,
        body=lambda stage: {"template_version": stage.version.pk, "version": "2.6", "change": "Other weights"},
    ),
    "deployments:reopen_item": Route(
        lambda stage: {"team": stage.team.slug, "number": stage.rerun.number, "item": 3}, body=nothing
    ),
    "deployments:assign_items": Route(deployment, body=lambda stage: {"owner": stage.member.pk, "item": ["1", "2"]}),
    "deployments:probes": Route(deployment, get=200),
    "deployments:run_probes": Route(deployment, body=nothing),
    "deployments:cancel_series": Route(
        lambda stage: {"team": stage.team.slug, "number": stage.rerun.number}, body=waiting_runs
    ),
    "deployments:attach_probes": Route(upgradable, body=attaching),
    "deployments:fill_in_rollback_plan": Route(deployment, get=200, body=planning),
    "deployments:sheet": Route(deployment, get=200),
    "deployments:complete_sheet": Route(deployment, body=completing),
    "deployments:verify_sheet": Route(ending, body=verifying),
    "deployments:send_back_sheet": Route(ending, body=over(lambda s: s.sheet.sign_off.standing, **REASON)),
    "deployments:item": Route(item(1), get=200),
    "deployments:item_panel": Route(item(1), get=200),
    "deployments:sign_item": Route(item(5), body=signing(5)),
    "deployments:reject_item": Route(item(4), body=over(keys_of(4), **REASON)),
    "deployments:add_item": Route(deployment, get=200, body=adding),
    "deployments:propose_change": Route(lambda stage: {**draft(stage), "item": 1}, body=says(kind="edited")),
    "deployments:edit_item": Route(
        item(5), body=over(lambda s: text_of(s.items[4].title, s.items[4].text), title="Error rate", text="")
    ),
    "deployments:fill_in_item": Route(item(2), body=says(result="Fine", value_0="4 min")),
    "deployments:attach_evidence": Route(item(5), body=says(kind="note", text="Seen")),
    "deployments:download_evidence": Route(item(1, evidence=evidence), get=200),
    "deployments:remove_evidence": Route(item(1, evidence=evidence), body=over(keys_of(1))),
    "deployments:probe": Route(item(2), get=200),
    "deployments:attach_probe": Route(item(5), get=200, body=PROBE),
    "deployments:try_probe": Route(item(5), body=PROBE, records=False),
    "deployments:tried": Route(item(5), get=200),
    "deployments:detach_probe": Route(item(2), body=over(lambda s: casting.load(s.items[1]).probe.standing, **REASON)),
    "deployments:run_item_probe": Route(item(2), body=nothing),
    "deployments:schedule_probe": Route(item(2), body=over(lambda s: schedule_of(3600), every="300")),
    "deployments:set_baseline": Route(item(2), body=measured_before),
    "deployments:measure": Route(of_draft(4), body=says(value="2", how="Counted the mails")),
    "deployments:issue_token": Route(of_draft(3), body=says(name="CI", days="7")),
    "deployments:revoke_token": Route(of_draft(3, token=lambda s: s.token.pk), body=nothing),
    "deployments:request_waiver": Route(item(5), body=says(justification="It was done by the other team already")),
    "deployments:approve_waiver": Route(item(3, waiver=waiver), body=approving),
    "deployments:end_waiver": Route(
        item(3, waiver=waiver), body=over(lambda s: s.waiver.sign_off.standing, why="There is time after all")
    ),
    "templates:take_proposal": Route(proposal, body=nothing),
    "templates:dismiss_proposal": Route(proposal, body=nothing),
    "studio:draft": Route(written, get=200),
    "studio:rows": Route(written, get=200),
    "studio:here": Route(
        written, body=says(page=str(uuid.UUID(int=7)), place="items/tell-support"), auditor=200, records=False
    ),
    "studio:follow": Route(lambda stage: {"template": stage.written.template_id}, get=200),
    "studio:item": Route(part("tell-support"), get=200),
    "studio:item_panel": Route(part("tell-support"), get=200),
    "studio:section": Route(part("items"), get=200),
    "studio:section_panel": Route(part("items"), get=200),
    "studio:version": Route(written, get=200),
    "studio:version_panel": Route(written, get=200),
    "studio:undo_step": Route(written, body=lambda stage: {"shown": 3}),
    "studio:redo_step": Route(written, body=lambda stage: {"shown": 4}),
    "studio:edit_draft": Route(written, body=over(lambda s: own(s.written, VERSION_FIELDS), title="Release")),
    "studio:accept_draft_problem": Route(
        written, body=lambda stage: {"problem": draft_of(stage.written).problems[0].digest, "why": "It is a word."}
    ),
    "studio:add_draft_items": Route(written, body=says(section="items", titles="Call somebody")),
    "studio:edit_draft_items": Route(written, body=says(item=["tell-support"], what="keys 3")),
    "studio:edit_draft_item": Route(
        part("tell-support"),
        body=over(
            lambda s: own(s.written.items.get(key="tell-support"), ITEM_FIELDS), title="Tell everybody", keys="2"
        ),
    ),
    "studio:move_draft_items": Route(written, body=says(item=["tell-support"], to="up")),
    "studio:indent_draft_items": Route(written, body=says(item=["tell-support"], levels="1")),
    "studio:remove_draft_items": Route(written, body=says(item=["tell-support"])),
    "studio:add_draft_section": Route(written, body=says(title="Rollback")),
    "studio:edit_draft_section": Route(
        part("items"), body=over(lambda s: own(s.written.sections.get(key="items"), SECTION_FIELDS), title="Before")
    ),
    "studio:move_draft_section": Route(part("items"), body=says(to="down")),
    "studio:remove_draft_section": Route(part("items"), body=nothing),
    "records:records": Route(deployment, get=200),
    "records:request_record": Route(deployment, body=nothing, auditor=302),
    "records:record": Route(record, get=302),
    "records:download_pdf": Route(record, get=200),
    "records:download_json": Route(record, get=200),
}
ROUTES = PERSONAL | OPEN | OF_A_TEAM
