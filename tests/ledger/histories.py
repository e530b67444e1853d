"""Honest instances of several shapes: everything people do to a deployment, in one go and by real commands."""

import uuid
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from allauth.mfa.utils import decrypt

from apps.accounts import commands as accounts
from apps.accounts.models import Delegation, User
from apps.accounts.roles import Role
from apps.attachments import commands as attachments
from apps.checklists import commands as checklists
from apps.checklists.models import TemplateVersion
from apps.comments import commands as comments
from apps.deployments import commands as deployments
from apps.deployments.models import Deployment, Item, Waiver
from apps.evidence.models import Kind
from apps.factors.commands import prove
from apps.followups import commands as followups
from apps.imports import commands as imports
from apps.ledger import tasks as ledger_tasks
from apps.ledger.commands import SYSTEM
from apps.notices import commands as notices
from apps.notices.rules import OF_A_TEAM
from apps.probes.argv import Limits
from apps.probes.kinds import FAILED, PASSED, Outcome
from apps.probes.models import Run, Series
from apps.programs import commands as programs
from apps.proposals import commands as proposals
from apps.proposals.models import TemplateProposal
from apps.records import commands as records
from apps.records.models import Record
from apps.reporting import commands as reporting
from apps.reporting.commands.taking import Report
from apps.reporting.models import Token
from apps.reruns import commands as reruns
from apps.reruns.selectors import newest_version
from apps.secrets import commands as secrets
from apps.sheets import commands as sheets
from apps.sheets.models import Sheet
from apps.sheets.states import Answer
from apps.studio import commands as studio
from apps.studio.selectors import draft_of
from apps.teams import commands as teams
from apps.waivers import commands as waiving
from apps.zones import commands as zones
from tests import cast as casting
from tests.canaries import PLANTED
from tests.cast import BY_PASSWORD, PASSWORD, again, keyed, sign, stage
from tests.emergencies import lane
from tests.factors.authenticator import SoftAuthenticator
from tests.factors.enrolled import a_day_ago, codes_of, enrolled
from tests.factors.people import answered, asked, code, turn
from tests.followups.raising import raised
from tests.probing import run_through
from tests.sso.linked import linked
from tests.waivers import asking

COMPLAINTS: dict[str, Any] = {
    "name": "Complaints",
    "kind": "manual",
    "config": {"what": "How many complained", "conditions": "value < 3"},
}
TARGET = {"url": "https://example.com/health"}


def eventful() -> SimpleNamespace:
    """A deployment in review to which everything event that can happen, and one of another team."""
    cast = stage()
    item = {each.number: each for each in cast.items}
    deployments.assign_items(cast.deployment, by=again(cast.lead), numbers=[1, 2, 4], owner=cast.member)
    deployments.assign_items(cast.deployment, by=again(cast.lead), numbers=[2], owner=None)
    comment = comments.write_comment(cast.items[0], by=again(cast.member), text="@Lena Brandt, who has the backup?")
    comments.withdraw_comment(comment, by=again(cast.member))
    deployments.plan_items(cast.deployment, by=again(cast.lead), numbers=[1, 2], due_on=date(2099, 12, 31))
    attach_everything(cast, item[1])
    sign(item[1], cast.member)
    sign(item[1], cast.reviewer)
    casting.fill_in(item[2], cast.lead, result="Took 4 min\n\tno errors · ✓", value="4 min")
    sign(item[2], cast.member)
    reject(cast, item[2], "The log shows a retry — “why”?")
    casting.fill_in(item[2], cast.member, result="Twice, see log", value="5 min")
    sign(item[2], cast.member)
    sign(item[2], cast.reviewer)
    waive(cast, item[3])
    probe(cast, item[4], [FAILED, PASSED])
    sign(item[4], cast.lead)
    deployments.edit_item(item[4], by=again(cast.lead), title="Les tableaux 監視 \u202eodd", text="ü ü")
    sign(item[4], cast.member)
    casting.withdraw(item[4], cast.member, "I looked at the wrong board — “テスト”")
    sign(item[4], cast.member)
    casting.write_plan(cast)
    return cast


def closed(answer: Answer = Answer.CAVEATS) -> SimpleNamespace:
    """The same, closed after a second try at the sheet, with its record; a cancelled deployment; and a draft."""
    cast = eventful()
    casting.make_ready(cast)
    words: dict[str, Any] = {
        "issues": "Slow — ü",
        "resolution": "Waited",
        "caveats": "Watch the queue" if answer == Answer.CAVEATS else "",
    }
    sheet = casting.complete(cast, answer=answer, **words)
    now = Sheet.objects.get(pk=sheet.pk)
    sheets.send_back_sheet(now, by=again(cast.other_reviewer), reason="Which queue?")
    casting.close(cast, answer=answer, **words | {"resolution": "Waited for the queue of mails"})
    taken_back = casting.ask_reopening(cast)
    sheets.end_reopening(taken_back, by=again(cast.member), why="There is nothing to amend — ü")
    casting.agree_reopening(casting.ask_reopening(cast), cast.reviewer)
    casting.close(cast, answer=answer, **words | {"resolution": "Waited for both queues"})
    file_record(cast)
    templates(cast)
    second = casting.deploy(cast.team, cast.version, by=cast.member, version="2.4.2")
    deployments.cancel_deployment(second, by=again(cast.lead), reason="Superseded")
    deployments.create_deployment(
        cast.team, by=again(cast.member), template_version=cast.version, service="x", version="1", environment="dev"
    )
    ledger_tasks.anchor_heads()
    return cast


def templates(cast: SimpleNamespace) -> None:
    """A second version that was sent back, withdrawn, edited and published; a discarded draft, and one under way."""
    template = cast.version.template
    draft = checklists.start_draft(template, by=again(cast.member))
    keys = [item.key for item in draft.items.order_by("section__position", "position")]
    studio.edit_draft_item(draft, by=again(cast.member), key=keys[0], values={"title": "Take two backups — ü"})
    checklists.reject_version(submit(draft, cast.member), by=again(cast.reviewer), reason="Only one is needed")
    studio.remove_draft_items(draft, by=again(cast.member), keys=keys[1:2])
    checklists.withdraw_version(submit(draft, cast.member), by=again(cast.member))
    casting.published(draft, by=cast.member)
    checklists.discard_draft(checklists.start_draft(template, by=again(cast.lead)), by=again(cast.lead))
    under_way = checklists.start_draft(template, by=again(cast.lead))
    section = under_way.sections.all()[0].key
    studio.add_draft_items(under_way, by=again(cast.lead), section=section, titles=["One", "Two"])
    studio.undo_step(under_way, by=again(cast.lead))
    studio.redo_step(under_way, by=again(cast.lead))
    submit(under_way, cast.lead)
    other = checklists.create_template(cast.team, by=again(cast.member), title="Empty")
    checklists.archive_template(other.template, by=again(cast.lead))
    checklists.restore_template(other.template, by=again(cast.lead))


def everything() -> SimpleNamespace:
    """The same, with what was learned by it: a row of every table."""
    with a_day_ago():
        cast = closed()
        signer = casting.join(cast.team, by=cast.lead, username="nils", full_name="Nils Berg", role=Role.MEMBER)
        phone = enrolled(signer)
    learned(cast)
    go_alone(cast)
    keep_secrets(cast)
    approve_commands(cast)
    open_zones(cast)
    report(cast)
    follow_up(cast)
    sign_by_code_and_passkey(cast, signer, phone)
    hand_over(cast)
    be_reached(cast)
    enrolled(cast.other_reviewer)
    linked(cast.auditor, "aude")
    ledger_tasks.anchor_heads()
    return cast


def go_alone(cast: SimpleNamespace) -> None:
    """A deployment that went by the emergency lane, and whose review two people signed."""
    gone = casting.deploy(cast.team, cast.version, by=cast.member, version="2.4.3")
    casting.write_plan(cast, gone)
    emergency = lane.authorise(cast, deployment=gone)
    lane.write(emergency, cast.lead, findings="The load test — ü")
    lane.verify(emergency, cast.other_reviewer)


def learned(cast: SimpleNamespace) -> None:
    """Run again with what was signed carried over and one item opened; proposals taken, dismissed and open; a kept
    problem; a text that goes into a template.
    """
    rerun(cast, "2.5.0")
    made = deployments.open_review(rerun(cast, "2.5.1"), by=again(cast.lead))
    reruns.reopen_item(made.items.exclude(carried=None)[0], by=again(cast.member))
    added = deployments.add_item(made, by=again(cast.lead), section=made.sections.all()[0].pk, title="Call — ü")
    proposals.take_proposal(propose(added, cast.member), by=again(cast.lead))
    proposals.dismiss_proposal(propose(added, cast.member), by=again(cast.lead))
    propose(added, cast.member)
    draft = made.template_version.template.versions.unpublished().get()
    studio.edit_draft_item(draft, by=again(cast.lead), key=draft.items.all()[0].key, values={"tiers": ["odd"]})
    problem = next(each for each in draft_of(draft).problems if not each.blocks)
    studio.accept_draft_problem(draft, by=again(cast.lead), problem=problem.digest, why="Odd — ü")
    imports.start_import(
        cast.team,
        by=again(cast.member),
        source="# Release\n\n- [ ] One — ü\n",
        into=draft.template,
        intent=uuid.uuid4(),
    )


def be_reached(cast: SimpleNamespace) -> None:
    """Somebody chose how they are reached; a team has a webhook, which signs, and had another one."""
    notices.edit_reach(
        cast.member, by=again(cast.member), paces={"verify": "digest"}, quiet_from=20, quiet_to=7, digest_at=6
    )
    made: dict[str, Any] = {"by": again(cast.lead), "shape": "json", "kinds": [*OF_A_TEAM]}
    address, key = f"https://example.com/{PLANTED[2][:9]}", PLANTED[30]
    notices.make_webhook(cast.team, name="Program — ü", address=address, key=key, **made)
    gone = notices.make_webhook(cast.team, name="Gone — ü", address=address, **made)
    notices.remove_webhook(gone, by=again(cast.lead))


def report(cast: SimpleNamespace) -> None:
    """A script reports by one token, three more are made and one is revoked; somebody measures."""
    made = casting.deploy(cast.team, cast.version, by=cast.lead, version="2.6.0")
    reported_to(made.items.get(number=3), cast)
    measured = attachments.attach_probe(made.items.get(number=5), by=again(cast.lead), **COMPLAINTS)
    reporting.measure(measured, by=again(cast.member), value="2", how="Counted — ü")


def sign_by_code_and_passkey(cast: SimpleNamespace, signer: User, phone: SoftAuthenticator) -> None:
    """A key that a passkey turned, of somebody who has one-time codes too, after one that was typed."""
    secret = decrypt(codes_of(signer).data["secret"])
    made = casting.deploy(cast.team, cast.version, by=cast.lead, version="2.7.0")
    first, second = (casting.load(item) for item in made.items.filter(number__in=(1, 3)).order_by("number"))
    person = again(signer)
    typed = prove(by=person, purpose="1", password=PASSWORD, code=code(secret))
    values: dict[str, Any] = {"by": person, "slot": 1}
    deployments.sign_item(first, shown=first.sign_off.digest, intent=uuid.uuid4(), proof=typed, **values)
    sent = answered(asked(person, turn(second.sign_off)), phone)
    confirmed = prove(by=person, purpose="2", **sent)
    deployments.sign_item(second, shown=second.sign_off.digest, intent=uuid.uuid4(), proof=confirmed, **values)


def hand_over(cast: SimpleNamespace) -> None:
    """Somebody stood in for another and stopped, one declined, one stands in now, and one was only asked."""
    ended, declined = ask_to_verify(cast, cast.reviewer, cast.member), ask_to_verify(cast, cast.lead, cast.member)
    teams.end_delegation(
        teams.accept_delegation(ended, by=again(cast.member), evidence=BY_PASSWORD), by=again(cast.reviewer)
    )
    teams.end_delegation(declined, by=again(cast.member))
    teams.accept_delegation(ask_to_verify(cast, cast.reviewer, cast.lead), by=again(cast.lead), evidence=BY_PASSWORD)
    ask_to_verify(cast, cast.other_reviewer, cast.member)


def ask_to_verify(cast: SimpleNamespace, of: User, to: User) -> Delegation:
    """Ask a member to verify for somebody, for three days."""
    last_day = datetime.now(UTC).date() + timedelta(days=3)
    return teams.delegate(cast.team, by=again(of), evidence=BY_PASSWORD, person=to, last_day=last_day)


def follow_up(cast: SimpleNamespace) -> None:
    """One follow-up that went to somebody else, one that is closed, and one under way."""
    under_way, given, done = (
        raised(cast.deployment, by=cast.lead, owner=cast.member, what=f"{place}. Watch the queue — ü")
        for place in range(3)
    )
    followups.change_follow_up(given, by=again(cast.member), owner=cast.lead, due_on=under_way.due_on)
    followups.close_follow_up(done, by=again(cast.reviewer), outcome="Quiet — ü")


def reported_to(item: Item, cast: SimpleNamespace) -> None:
    """An item that a script reports to by one of its tokens."""
    item = attachments.attach_probe(item, by=again(cast.lead), name="Nightly — ü", kind="push", config={"every": "1 d"})
    first, *_ = [reporting.issue_token(item, by=again(cast.member), name=name, days=9) for name in ("ü", "b", "c")]
    reporting.take_report(Report(b'{"values": {"ok": true}}', "application/json", "job-7"), by=SYSTEM, token=first)
    reporting.revoke_token(Token.objects.filter(item=item).get(name="b"), by=again(cast.lead))


def keep_secrets(cast: SimpleNamespace) -> None:
    """One secret with two versions, bound anew and used once, and another one."""
    hosts = ["https://example.com", "https://*.example.com:8443"]
    secret = secrets.set_secret(cast.team, by=again(cast.lead), name="metrics", value=PLANTED[1], bindings=hosts)
    secret = secrets.rotate_secret(secret, by=again(cast.lead), value=PLANTED[2])
    secrets.bind_secret(secret, by=again(cast.lead), bindings=hosts[:1])
    secrets.set_secret(cast.team, by=again(cast.lead), name="pager", value=PLANTED[3], bindings=hosts)


def approve_commands(cast: SimpleNamespace) -> None:
    """A team that runs commands: one that two people approved, one that is only proposed, one that was withdrawn."""
    teams.edit_team(cast.team, by=again(cast.lead), two_publish=True, runs_commands=True)
    made = [
        programs.propose_command(cast.team, by=again(cast.lead), name=name, argv=[name, "-ü"], limits=Limits())
        for name in ("df", "free", "uptime")
    ]
    for person in (cast.lead, cast.reviewer):
        programs.approve_command(made[0], **keyed(person), shown=made[0].digest)
    programs.withdraw_command(made[2], by=again(cast.member))


def rerun(cast: SimpleNamespace, version: str) -> Deployment:
    """Run the deployment again that is closed."""
    newest = newest_version(cast.deployment)
    return reruns.rerun_deployment(
        cast.deployment, by=again(cast.lead), template_version=newest, version=version, change="Other weights — ü"
    )


def propose(item: Item, by: User) -> TemplateProposal:
    """Propose for the template what was added."""
    return proposals.propose_change(item, by=again(by), kind="added")


def submit(version: TemplateVersion, by: User) -> TemplateVersion:
    """Ask for a version to be published."""
    shown = TemplateVersion.objects.get(pk=version.pk).digest
    return checklists.submit_version(version, **keyed(by), note="After the fire", shown=shown)


def attach_everything(cast: SimpleNamespace, item: Item) -> None:
    """A file, a link and a note, and a note that was taken away, and one that was replaced."""
    attach = attachments.attach_evidence
    attach(
        item,
        by=again(cast.member),
        kind=Kind.FILE,
        title="dump.log",
        data=b"\x00\xff dump ok\n" * 50,
        media_type="text/plain",
    )
    attach(item, by=again(cast.member), kind=Kind.LINK, title="Run 7", url="https://ci.example.com/7?q=ü")
    attach(item, by=again(cast.lead), kind=Kind.NOTE, title="Note", text="Restored on staging — 佐藤")
    gone = attach(item, by=again(cast.member), kind=Kind.NOTE, title="Wrong note", text="never mind")
    attachments.remove_evidence(item, by=again(cast.member), evidence=gone)
    older = attach(item, by=again(cast.member), kind=Kind.NOTE, title="First figures", text="41 %")
    newer: dict[str, Any] = {"kind": Kind.NOTE, "title": "Second figures", "text": "42 %"}
    attachments.replace_evidence(item, by=again(cast.lead), evidence=older, **newer)


def reject(cast: SimpleNamespace, item: Item, reason: str) -> None:
    """Send an item back."""
    deployments.reject_item(item, by=again(cast.reviewer), reason=reason)


def waive(cast: SimpleNamespace, item: Item) -> Waiver:
    """A waiver that is refused, then one that outlives a change of the item and is approved."""
    refused = asking.ask(item, by=again(cast.member), justification="No time")
    waiving.end_waiver(refused, by=again(cast.reviewer), why="There is time")
    waiver = asking.ask(item, by=again(cast.member), justification="Support is told by the robot")
    deployments.edit_item(item, by=again(cast.lead), title="Tell support in time", text="By phone")
    now = Waiver.objects.select_related("sign_off", "item").get(pk=waiver.pk)
    return waiving.approve_waiver(now, **keyed(cast.reviewer), shown=now.sign_off.digest)


def probe(cast: SimpleNamespace, item: Item, verdicts: list[str]) -> Run:
    """A probe with runs that ended so, and one more that is still to come."""
    attachments.attach_probe(item, by=again(cast.member), name="Health", kind="http", config=TARGET)
    attachments.schedule_probe(item, by=again(cast.member), seconds=3600)
    attachments.run_probes(cast.deployment, by=again(cast.member), numbers=[item.number])
    series = Series.objects.get(runs__item=item.pk, runs__state="queued")
    attachments.cancel_series(cast.deployment, by=again(cast.member), series=series.pk)
    for verdict in verdicts:
        attachments.run_probes(cast.deployment, by=again(cast.member), numbers=[item.number])
        run = finish(item, verdict)
    return run


def finish(item: Item, verdict: str) -> Run:
    """Give the run that the probe of an item waits for its result."""
    run = Run.objects.live().get(item=item.pk)
    outcome = Outcome(
        verdict,
        "Answered.",
        value="226",
        unit="ms",
        limit="300",
        request=TARGET,
        response={"status": 200, "sha256": "a" * 64},
    )
    run_through(run, outcome)
    return run


def file_record(cast: SimpleNamespace) -> Record:
    """A record that was asked for and filed."""
    asked = records.request_record(cast.deployment, by=again(cast.auditor))
    record = records.claim_record(asked.pk, asked.attempt, by=SYSTEM)
    made = records.Made(b"%PDF- one", b"{}", 3, record.head_sequence, record.head_digest)
    return records.file_record(record.pk, record.attempt, made, by=SYSTEM)


def open_zones(cast: SimpleNamespace) -> None:
    """A zone with a network and a team that two administrators opened, one that is closed again, and one proposed."""
    accounts.change_administrator(cast.reviewer, by=SYSTEM, is_admin=True)
    zone = zones.create_zone(by=again(cast.stranger), queue="factory", name="Factory — ü", description="Far away")
    zones.edit_zone(zone, by=again(cast.reviewer), name="Plant — ü", description="Far away")
    widenings = [
        zones.propose_widening(zone, by=again(cast.stranger), **what)
        for what in ({"allow": "10.20.0.0/16:5432"}, {"team": cast.team}, {"allow": ":9090"})
    ]
    for each in widenings[:2]:
        zones.confirm_widening(each, by=again(cast.reviewer), shown=each.digest)
    zones.end_widening(widenings[0], by=again(cast.stranger))
