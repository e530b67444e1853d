"""What is recorded is live: whatever an act changes on a board or an item's page, open pages hear of it.

Every act of a long history is done by its command. What it announces is compared with what a fresh page then shows
otherwise: an announcement names the items that changed; one that names none, and one about people, stands for all.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts import commands as accounts
from apps.accounts.models import Membership, User
from apps.accounts.roles import Role
from apps.attachments import commands as attachments
from apps.checklists import commands as checklists
from apps.checklists.models import TemplateVersion
from apps.comments import commands as comments
from apps.deployments import commands as deployments
from apps.deployments.models import Deployment, Item
from apps.emergencies import commands as emergencies
from apps.followups import commands as followups
from apps.live import publish
from apps.probes import commands as probes
from apps.proposals import commands as proposals
from apps.records import commands as records
from apps.reporting import commands as reporting
from apps.reruns import commands as reruns
from apps.reruns.selectors import newest_version
from apps.sheets import commands as sheets
from apps.sheets.models import Sheet
from apps.sheets.states import Answer
from apps.studio import commands as studio
from apps.teams import commands as teams
from apps.waivers import commands as waiving
from tests import cast as casting
from tests.boards.desk import address
from tests.cast import BY_PASSWORD, again
from tests.emergencies import lane
from tests.followups.raising import raised
from tests.house import source
from tests.ledger import histories

pytestmark = pytest.mark.django_db

COMMANDS = (
    deployments, attachments, comments, waiving, sheets, followups, proposals, reruns, reporting, probes, records,
    accounts, teams, emergencies,
)  # fmt: skip
CHANGING = {
    "accept_invitation", "agree_reopening", "authorise_emergency", "verify_review",
    "accept_delegation", "add_item", "end_delegation", "end_role", "grant_role",
    "propose_change", "approve_waiver", "assign_items", "attach_evidence",
    "attach_probe", "attach_probes", "cancel_deployment", "cancel_series",
    "change_follow_up", "change_role", "claim_runs", "close_follow_up",
    "detach_probe", "edit_deployment", "edit_item", "end_waiver", "fill_in_item",
    "fill_in_rollback_plan", "finish_runs", "issue_token", "measure", "open_review", "plan_items", "reject_item",
    "remove_evidence", "remove_member", "replace_evidence",
    "rename_person", "reopen_item", "request_waiver", "revoke_token", "run_probes", "sign_item", "take_report",
    "upgrade_deployment", "verify_sheet", "withdraw_comment", "withdraw_key", "write_comment",
}  # fmt: skip
# No page of a board or an item shows otherwise what these do, or they are done by one that is watched. What the clock
# does to waivers is in tests/waivers/test_waivers_end.py.
UNWATCHED = {
    "sign_items", "take_proposal", "dismiss_proposal", "edit_team", "ask_role", "delegate", "expire_waivers",
    "write_review", "send_back_review", "create_deployment", "rerun_deployment", "ask_reopening", "end_reopening",
    "complete_sheet", "send_back_sheet", "schedule_probe", "set_baseline", "order_due_runs", "try_probe",
    "define_probe", "change_probe", "request_runs", "record_report", "note_missed_reports",
    "sweep_runs", "let_secrets_go", "request_record", "claim_record", "note_progress", "file_record", "fail_record",
    "release_record", "sweep_records", "become", "sign_in", "sign_out",
    "end_session", "end_other_sessions", "change_password", "create_first_team",
    "create_team", "change_administrator", "invite_first_person", "invite_person", "revoke_invitation",
}  # fmt: skip
# What waits next for whoever turned a key leads on from there, and is asked when the page is.
DIFFERS = re.compile(
    r'name="(?:csrfmiddlewaretoken|intent)" value="[^"]*"|X-CSRFToken[^}]*|data-(?:now|live-\w+)="[^"]*"'
    r'|<div class="next-item[\s\S]*?</div>'
)
RELATIVE = re.compile(r"(<time[^>]*>)[^<]*")
ROW = re.compile(r'<li class="item" id="item-(\d+)".*?</span></li>', re.S)
# What comes with the named items of an entry (templates/boards/_rows.html), or is counted by static/js/filter.js.
ALONG = re.compile(
    r'<title.*?</title>|<a class="verdict.*?</a>|<(button|a)[^>]*id="(?:run-button|sheet-link)".*?</\1>'
    r'|<nav class="sections".*?</nav>|<section class="(?:sheet blockers|follow-ups)".*?</section>|<b>\d+</b>'
    r'|<span class="muted small" data-left>.*?</span>|data-rows="\d+"|<label class="folded">.*?</label>'
    r'|<section class="hatched shout.*?</section>'
    r'|name="section" value="[^"]*"',  # which is sent only where nothing is live
    re.S,
)


# Done by opening any page, those that the test opens to compare too.
BY_READING = {"begin_session", "move_session", "note_session"}
UNWATCHED |= BY_READING


class Watch:
    """What the pages of one deployment show after each act, and what was announced meanwhile."""

    def __init__(self, viewer: Client) -> None:
        self.viewer, self.depth = viewer, 0
        self.items: list[Item] = []
        self.deployment: Deployment | None = None
        self.announced: list[tuple[str, set[str]]] = []
        self.last: dict[str, str] = {}
        self.seen: set[str] = set()

    def hear(self, topic: str, *, sequence: int | None = None, items: Any = ()) -> None:
        self.announced.append((topic, {str(item) for item in items}))

    def pages(self) -> dict[str, str]:
        """The board as it is under "board", without what comes along under "", each item's page and row by its id."""
        board = self._read(address(self.items[0]).partition("items/")[0])
        rows = {found[1]: found[0] for found in ROW.finditer(board)}
        shown = {str(item.pk): rows[str(item.number)] + self._read(address(item)) for item in self.items}
        return shown | {"board": board, "": ALONG.sub("", ROW.sub("", board))}

    def _read(self, path: str) -> str:
        return RELATIVE.sub(r"\1", DIFFERS.sub("", self.viewer.get(path).content.decode()))

    def watched(self, name: str, command: Callable[..., Any]) -> Callable[..., Any]:
        def act(*arguments: Any, **named: Any) -> Any:
            if self.depth or not self.items:
                return command(*arguments, **named)
            is_new = name not in self.seen
            self.last = (self.last or self.pages()) if is_new else {}
            self.announced, self.depth = [], 1
            try:
                done = command(*arguments, **named)
            finally:
                self.depth = 0
            if is_new:
                self.compare(name)
            return done

        return act

    def compare(self, name: str) -> None:
        """Whatever is shown otherwise than after the last act was named, or all of it was."""
        assert self.deployment
        before, self.last = self.last, self.pages()
        heard = [items for topic, items in self.announced if topic in (self.deployment.stream, publish.PEOPLE)]
        changed = {place for place, page in self.last.items() if page != before[place]}
        if changed:
            self.seen.add(name)
        assert heard or not changed, f"{name} changed {changed}, and nobody hears of it: ledger.record announces"
        if all(heard):
            rest = f"{name} changed {changed} and announces {heard}: its event names them by `item` or `items`, or none"
            assert changed <= {"board"}.union(*heard), rest


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    found = Watch(Client())
    monkeypatch.setattr(publish, "announce", found.hear)
    for module in COMMANDS:
        for name in source.commands(module.__name__.split(".")[1]):
            if name not in BY_READING:
                monkeypatch.setattr(module, name, found.watched(name, vars(module)[name]))
    return found


def show(watch: Watch, deployment: Deployment, viewer: User, *, most: int = 5) -> None:
    """From here on, the pages of this deployment are watched, as this person sees them."""
    watch.viewer.force_login(viewer)
    watch.deployment = deployment
    watch.items = list(deployment.items.select_related("deployment__team").order_by("number")[:most])
    watch.last = watch.pages()


def people_come_and_go(cast: SimpleNamespace) -> None:
    """Names, roles and members change while a board is open."""
    accounts.rename_person(again(cast.other_reviewer), by=again(cast.other_reviewer), full_name="Omar Haddad")
    zoe = casting.join(cast.team, by=cast.lead, username="zoe", full_name="Zoe Newcomer", role=Role.AUDITOR)
    membership = Membership.objects.get(user=zoe, team=cast.team)
    teams.change_role(membership, by=again(cast.lead), role=Role.MEMBER)
    deployments.assign_items(cast.deployment, by=again(cast.lead), numbers=[5], owner=zoe)
    teams.remove_member(membership, by=again(cast.lead))


def from_draft_to_nothing(cast: SimpleNamespace, watch: Watch) -> None:
    """A draft is opened, its window is moved, it is cancelled."""
    values = {"template_version": cast.version, "service": "x", "version": "1", "environment": "dev"}
    draft = deployments.create_deployment(cast.team, by=again(cast.lead), **values)
    show(watch, draft, cast.reviewer, most=1)
    opened = deployments.open_review(draft, by=again(cast.lead))
    deployments.edit_deployment(opened, by=again(cast.lead), window_start=draft.created_at, window_end=None)
    deployments.cancel_deployment(opened, by=again(cast.lead), reason="Superseded")


def go_alone(cast: SimpleNamespace, watch: Watch) -> None:
    """A deployment goes by the emergency lane, and its review is written, sent back, written again and verified."""
    run = casting.deploy(cast.team, cast.version, by=cast.lead)
    casting.write_plan(cast, run)
    show(watch, run, cast.reviewer, most=1)
    emergency = lane.authorise(cast, deployment=run)
    watch.seen.discard("sign_item")
    casting.sign(run.items.get(number=1), cast.member)
    lane.write(emergency, cast.lead)
    emergencies.send_back_review(lane.review_of(emergency), by=again(cast.other_reviewer), reason="What of the logs?")
    lane.write(emergency, cast.lead, findings="The logs show nothing")
    lane.verify(emergency, cast.other_reviewer)


def run_again(cast: SimpleNamespace, watch: Watch) -> None:
    """What has ended is run again, and an item that it carries over is opened."""
    parent = Deployment.objects.get(pk=cast.deployment.pk)
    version = newest_version(parent)
    again_by = again(cast.lead)
    run = reruns.rerun_deployment(parent, by=again_by, template_version=version, version="3", change="Other weights")
    run = deployments.open_review(run, by=again_by)
    show(watch, run, cast.reviewer)
    first = next(item for item in run.items.select_related("carried").order_by("number") if item.is_carried)
    reruns.reopen_item(first, by=again_by)
    casting.sign(first, cast.member)
    casting.withdraw(first, cast.member)
    casting.sign(first, cast.member)  # so that it waits for whoever may verify
    last_day = timezone.now().date() + timedelta(days=1)
    asked = teams.delegate(
        cast.team, by=again(cast.reviewer), evidence=BY_PASSWORD, person=cast.member, last_day=last_day
    )
    teams.end_delegation(
        teams.accept_delegation(asked, by=again(cast.member), evidence=BY_PASSWORD), by=again(cast.member)
    )
    casting.take(cast.team, cast.other_reviewer, Role.REVIEWER, by=cast.lead)
    casting.give(cast.team, cast.other_reviewer, Role.REVIEWER, by=cast.lead)


def test_every_act_names_the_items_it_changes_or_stands_for_all(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    make = casting.stage

    def staged() -> SimpleNamespace:
        cast = make()
        show(watch, cast.deployment, cast.reviewer)
        return cast

    monkeypatch.setattr(histories, "stage", staged)
    cast = histories.eventful()
    probe = {"name": "Health", "kind": "http", "config": {"url": "https://gateway.example/"}}
    attachments.attach_probes(cast.deployment, by=again(cast.lead), probes={cast.items[4].number: probe})
    attachments.detach_probe(cast.items[3], by=again(cast.lead), reason="It looks after nothing")
    histories.reported_to(cast.items[3], cast)
    attachments.detach_probe(cast.items[3], by=again(cast.lead), reason="People measure it from now on")
    attachments.attach_probe(cast.items[3], by=again(cast.lead), **histories.COMPLAINTS)
    reporting.measure(cast.items[3], by=again(cast.member), value="2", how="Counted")
    proposals.propose_change(cast.items[3], by=again(cast.lead), kind="edited")
    comments.withdraw_comment(
        comments.write_comment(cast.items[3], by=again(cast.lead), text="Hm"), by=again(cast.lead)
    )
    section = cast.deployment.sections.first().pk
    deployments.add_item(cast.deployment, by=again(cast.lead), section=section, title="Warm the cache", keys=1)
    upgraded(cast)
    people_come_and_go(cast)
    histories.file_record(cast)
    left = raised(cast.deployment, by=cast.lead, owner=cast.lead)
    followups.change_follow_up(left, by=again(cast.lead), owner=again(cast.member), due_on=left.due_on)
    followups.close_follow_up(left, by=again(cast.member), outcome="Quiet")
    sheet = casting.complete(cast, answer=Answer.NO)
    sheets.send_back_sheet(Sheet.objects.get(pk=sheet.pk), by=again(cast.reviewer), reason="Which queue?")
    casting.close(cast, answer=Answer.NO, issues="The queue of mails")
    casting.agree_reopening(casting.ask_reopening(cast), cast.reviewer)
    casting.close(cast, answer=Answer.NO, issues="The queue of mails, twice")
    from_draft_to_nothing(cast, watch)
    go_alone(cast, watch)
    run_again(cast, watch)
    missed = sorted(CHANGING - watch.seen)
    assert not missed, f"nothing was shown otherwise by {missed}: do it in this history, where it changes something"


def upgraded(cast: SimpleNamespace) -> None:
    """A newer version of the checklist is published and taken over."""
    by = again(cast.lead)
    draft = checklists.start_draft(cast.version.template, by=by)
    studio.add_draft_items(draft, by=by, section="after", titles=["Close the window"])
    version = casting.published(TemplateVersion.objects.get(pk=draft.pk), by=cast.lead)
    deployments.upgrade_deployment(Deployment.objects.get(pk=cast.deployment.pk), by=by, version=version)


def test_every_act_is_watched_or_changes_nothing_there() -> None:
    acts = {name for module in COMMANDS for name in source.commands(module.__name__.split(".")[1])}
    new, idle = sorted(acts - CHANGING - UNWATCHED), sorted((CHANGING | UNWATCHED) - acts)
    assert not new, f"do {new} in the history above and list it in CHANGING, or in UNWATCHED if no page there shows it"
    assert not idle, f"{idle} is no command any more"
