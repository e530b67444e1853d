"""Whoever acts with a page that is older does nothing else than that page showed.

Every act is of one of four kinds, each held to by a test: it signs what was shown, it edits (test_saving.py), it takes
away or ends what was shown, or it needs no page, and NEEDS_NO_PAGE says why.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from apps.accounts.models import Membership
from apps.attachments import commands as attachments
from apps.checklists import commands as checklists
from apps.checklists.models import TemplateVersion
from apps.deployments import commands as deployments
from apps.deployments.models import Deployment, Waiver
from apps.deployments.selectors.upgrades import upgrade_of
from apps.followups import commands as followups
from apps.imports import commands as imports
from apps.imports.rules import Decision
from apps.ledger.models import Entry
from apps.programs import commands as programs
from apps.secrets import commands as secrets
from apps.sheets.states import Answer
from apps.studio import commands as studio
from apps.teams import commands as teams
from apps.waivers import commands as waiving
from apps.zones import commands as zones
from tests import cast as casting
from tests.canaries import PLANTED
from tests.cast import AUDITING, BY_PASSWORD, again, basis, keyed, signed_in
from tests.emergencies.lane import write
from tests.followups.raising import in_days
from tests.house import test_walk
from tests.house.filled import FormsOfPage
from tests.house.routes import ROUTES
from tests.house.routes.route import REASON, nothing, says
from tests.house.test_saving import KNOWN as EDITING
from tests.ledger import histories
from tests.waivers import asking

made, stage, no_broker = test_walk.made, test_walk.stage, test_walk.no_broker  # its fixtures
pytestmark = pytest.mark.django_db
Change = Callable[[SimpleNamespace], Any]

SIGNING = {
    "templates:submit_version", "templates:publish_version",
    "deployments:sign_item", "deployments:withdraw_key", "deployments:approve_waiver",
    "deployments:authorise_emergency", "deployments:write_review", "deployments:verify_review",
    "deployments:complete_sheet", "deployments:verify_sheet", "deployments:agree_reopening",
    "programs:approve_command", "zones:confirm_widening",
}  # fmt: skip
SHOWN = {"basis", "draft", "shown", "slot", "revision"}  # what says what a page showed
NEW = "makes something new; what was there stays"
OWN = "is about whoever acts, and asks for the password where that matters"
UNDONE = "names what it is about by keys that never change, is one step, and anybody undoes it"
STEP = "names the step that its page showed, and is refused where another one is next"
NEEDS_NO_PAGE = {
    "studio:undo_step": STEP,
    "studio:here": "stores nothing: the broker forgets it within a minute",
    "studio:redo_step": STEP,
    "imports:undo_import_step": STEP,
    "accounts:sign_out": OWN,
    "accounts:change_password": OWN,
    "notices:make_webhook": NEW,
    "deployments:ask_reopening": NEW,
    "deployments:end_reopening": "names one question, which never changes, and is refused once that is settled",
    "notices:remove_webhook": "names a webhook, which never changes but by being removed, and is refused then",
    "notices:finish_notice": "names one notice, which never changes; undo takes it back",
    "notices:reopen_notice": "names one notice, which never changes; done again takes it back",
    "notices:finish_all": "names the moment of its page, and nothing that came later is done with; each is taken back",
    "accounts:end_session": "names a session that never changes, and is done once",
    "accounts:end_other_sessions": OWN,
    "letters:verify_address": "names a letter and its address, and is done once",
    "factors:change_address": OWN,
    "sso:link_identity": OWN,
    "sso:unlink_identity": OWN,
    "factors:add_codes": OWN,
    "factors:remove_codes": OWN,
    "factors:add_passkey": OWN,
    "factors:remove_passkey": OWN,
    "factors:make_recovery_codes": OWN,
    "accounts:create_team": NEW,
    "zones:create_zone": NEW,
    "zones:propose_widening": NEW,
    "teams:invite_person": NEW,
    "teams:ask_role": NEW,
    "teams:delegate": NEW,
    "teams:accept_delegation": "agrees to what was asked, which changes only by being ended, and is refused then",
    "teams:grant_role": "names what was asked for, which changes only by being granted or ended, and is refused then",
    "teams:revoke_invitation": "names a link that never changes but by being used, which is refused",
    "imports:start_import": NEW,
    "templates:create_template": NEW,
    "templates:install_template": NEW,
    "templates:start_draft": "makes the next draft, or finds the one there is",
    "templates:withdraw_version": "takes back one question, and nothing that anybody wrote",
    "templates:restore_template": "is done once, and takes nothing away",
    "deployments:create_deployment": NEW,
    "deployments:rerun_deployment": NEW,
    "deployments:reopen_item": "is done once; what was signed stays where it was",
    "deployments:open_review": "is done once, and takes nothing away",
    "deployments:sign_items": "each tick says which key over which digest its row showed, and another one stops all",
    "deployments:run_probes": NEW,
    "deployments:attach_probes": "gives a probe to what has none, and each box says what its page showed",
    "deployments:run_item_probe": NEW,
    "deployments:cancel_series": "names a series that never changes, is done once, and ends only what nobody has begun",
    "deployments:measure": NEW,
    "deployments:issue_token": NEW,
    "deployments:revoke_token": "names a token that never changes but by being revoked, which is done once",
    "deployments:try_probe": "asks once, and changes nothing",
    "deployments:attach_evidence": NEW,
    "deployments:replace_evidence": "names the revision it replaces, which never changes and is replaced once",
    "deployments:write_comment": NEW,
    "deployments:withdraw_comment": "names what one said oneself, which never changes, and is done once",
    "deployments:add_item": NEW,
    "deployments:propose_change": "makes a proposal of what the item says by then; others decide over it",
    "templates:take_proposal": "names a proposal that never changes, and is done once; undo takes it back",
    "templates:dismiss_proposal": "names a proposal that never changes, and is done once",
    "records:request_record": NEW,
    "secrets:set_secret": NEW,
    "programs:propose_command": NEW,
    "studio:accept_draft_problem": UNDONE,
    "studio:add_draft_items": UNDONE,
    "studio:add_draft_section": UNDONE,
    "studio:edit_draft_items": UNDONE,
    "studio:indent_draft_items": UNDONE,
    "studio:move_draft_items": UNDONE,
    "studio:move_draft_section": UNDONE,
    "studio:remove_draft_items": UNDONE,
    "studio:remove_draft_section": UNDONE,
}
ACTS = sorted(name for name, route in ROUTES.items() if route.body is not None)


def another_probe(stage: SimpleNamespace) -> None:
    url = {"url": "https://example.com/other"}
    attachments.attach_probe(stage.items[1], by=again(stage.member), name="Other", kind="http", config=url)


def another_key(stage: SimpleNamespace) -> None:
    casting.sign(stage.items[3], stage.reviewer)


def a_first_key(stage: SimpleNamespace) -> None:
    casting.sign(stage.items[0], stage.member)


def another_text_of_it(stage: SimpleNamespace) -> None:
    deployments.edit_item(stage.items[4], by=again(stage.member), title="Something else", text="Read it twice.")


def an_approval(stage: SimpleNamespace) -> None:
    waiver = Waiver.objects.select_related("sign_off", "item").get(pk=stage.waiver.pk)
    digest = waiver.sign_off.digest
    waiving.approve_waiver(waiver, shown=digest, **keyed(stage.reviewer, waiver.item_id))


def completed_again(stage: SimpleNamespace) -> None:
    casting.complete(stage, stage.ending, answer=Answer.NO)


def another_role(stage: SimpleNamespace) -> None:
    teams.change_role(Membership.objects.get(user=stage.member), by=again(stage.lead), **AUDITING)


def a_second_admin(stage: SimpleNamespace) -> None:
    teams.grant_role(stage.asked_role, by=again(stage.stranger), evidence=BY_PASSWORD)


def an_agreement(stage: SimpleNamespace) -> None:
    teams.accept_delegation(stage.handed_over, by=again(stage.member), evidence=BY_PASSWORD)


def another_text(stage: SimpleNamespace) -> None:
    imports.correct_import(stage.imported, by=again(stage.member), source="# Mine\n\n- [ ] all day\n")


def another_decision(stage: SimpleNamespace) -> None:
    which = [finding.id for finding in stage.imported.result().findings]
    imports.decide_findings(stage.imported, by=again(stage.member), which=which, decision=Decision.DISMISSED)


def the_finding(stage: SimpleNamespace) -> dict[str, Any]:
    return {"which": stage.imported.result().findings[0].id, "decision": "taken"}


def another_draft(stage: SimpleNamespace) -> None:
    studio.add_draft_items(stage.asked, by=again(stage.member), section="after", titles=["Two"])


def another_judgement(stage: SimpleNamespace) -> None:
    imports.judge_match(stage.into, by=again(stage.member), key="error-rate-stays-low", same=False)


def another_version(stage: SimpleNamespace) -> None:
    shown = stage.asked.sign_off.digest
    checklists.publish_version(stage.asked, **keyed(stage.reviewer), shown=shown)


def another_edit(stage: SimpleNamespace) -> None:
    studio.add_draft_items(stage.begun, by=again(stage.member), section="items", titles=["Two"])


def the_newest(stage: SimpleNamespace) -> dict[str, Any]:
    upgrade = upgrade_of(Deployment.objects.get(pk=stage.upgradable.pk))
    assert upgrade
    return {"version": upgrade.version.pk}


def a_key_before_the_upgrade(stage: SimpleNamespace) -> None:
    casting.sign(stage.upgradable.items.get(number=3), stage.member)


def asked_again(stage: SimpleNamespace) -> None:
    by = again(stage.member)
    version = checklists.withdraw_version(stage.asked, by=by)
    version = TemplateVersion.objects.get(pk=version.pk)
    checklists.submit_version(version, note="Because", shown=version.digest, **keyed(by))


def a_review_written_again(stage: SimpleNamespace) -> None:
    write(stage.emergency, stage.reviewer, findings="Two tests were skipped")


def one_publishes(stage: SimpleNamespace) -> None:
    teams.edit_team(stage.team, by=again(stage.lead), two_publish=False)


def another_binding(stage: SimpleNamespace) -> None:
    secrets.bind_secret(stage.secret, by=again(stage.lead), bindings=["https://other.example.com"])


def an_approval_of_a_command(stage: SimpleNamespace) -> None:
    programs.approve_command(stage.command, **keyed(stage.reviewer), shown=stage.command.digest)


def another_value(stage: SimpleNamespace) -> None:
    secrets.rotate_secret(stage.secret, by=again(stage.lead), value=PLANTED[22])


def another_day(stage: SimpleNamespace) -> None:
    owner, due_on = stage.follow_up.owner, in_days(20)
    followups.change_follow_up(stage.follow_up, by=again(stage.lead), owner=owner, due_on=due_on)


def an_open_review(stage: SimpleNamespace) -> None:
    deployments.open_review(stage.draft, by=again(stage.member))


def a_confirmation(stage: SimpleNamespace) -> None:
    zones.confirm_widening(stage.widening, by=again(stage.stranger), shown=stage.widening.digest)


def the_run(stage: SimpleNamespace) -> dict[str, Any]:
    return {"run": casting.load(stage.items[1]).probe.latest_run_id}


def another_baseline(stage: SimpleNamespace) -> None:
    """Of two newer runs the older one is the baseline; the page shows the newest."""
    runs = []
    for _ in range(2):
        attachments.run_probes(stage.deployment, by=again(stage.member), numbers=[2])
        runs.append(histories.finish(stage.items[1], "passed"))
    attachments.set_baseline(casting.load(stage.items[1]), by=again(stage.member), run=runs[0].pk)


# The page that offers it, the act, what it takes besides, and what somebody else does meanwhile.
REMOVING: dict[str, tuple[str, Any, Change]] = {
    "deployments:detach_probe": ("deployments:item", says(**REASON), another_probe),
    "deployments:set_baseline": ("deployments:probe", the_run, another_baseline),
    "deployments:reject_item": ("deployments:item", says(**REASON), another_key),
    "deployments:remove_evidence": ("deployments:item", nothing, a_first_key),
    "deployments:end_waiver": ("deployments:item", says(why="There is time after all"), an_approval),
    "deployments:request_waiver": (
        "deployments:request_waiver",
        lambda stage: asking.typed(stage.items[4], stage.lead),
        another_text_of_it,
    ),
    "deployments:send_back_sheet": ("deployments:sheet", says(**REASON), completed_again),
    "deployments:send_back_review": ("deployments:emergency", says(**REASON), a_review_written_again),
    "deployments:cancel_deployment": (
        "deployments:cancel_deployment",
        says(confirmed="on", **REASON),
        an_open_review,
    ),
    "teams:remove_member": ("teams:member", nothing, another_role),
    "teams:change_role": ("teams:member", says(role="member"), another_role),
    "teams:end_role": ("teams:member", nothing, a_second_admin),
    "teams:end_delegation": ("teams:people", nothing, an_agreement),
    "imports:discard_import": ("imports:preview", nothing, another_text),
    "imports:draft_import": ("imports:preview", nothing, another_text),
    "imports:decide_findings": ("imports:preview", the_finding, another_decision),
    "imports:merge_import": ("imports:merge_import", nothing, another_draft),
    "imports:judge_match": ("imports:merge_import", says(key="tell-support", same="no"), another_judgement),
    "templates:archive_template": ("templates:template", nothing, another_version),
    "teams:edit_team": ("teams:people", says(two_publish="on", waiver_days="30"), one_publishes),
    "templates:reject_version": ("templates:changes", says(**REASON), asked_again),
    "templates:discard_draft": ("templates:changes", nothing, another_edit),
    "secrets:rotate_secret": ("secrets:secret", says(secret_value=PLANTED[21]), another_binding),
    "programs:withdraw_command": ("programs:command", nothing, an_approval_of_a_command),
    "secrets:remove_secret": ("secrets:secret", nothing, another_value),
    "deployments:upgrade_deployment": ("deployments:upgrade_deployment", the_newest, a_key_before_the_upgrade),
    "deployments:close_follow_up": ("deployments:follow_up", says(outcome="Done"), another_day),
    "zones:end_widening": ("zones:zone", nothing, a_confirmation),
}


@pytest.mark.parametrize("name", REMOVING)
def test_nothing_else_is_taken_away_than_was_shown(stage, name):
    page, body, change = REMOVING[name]
    act = test_walk.Asking(stage, name, None).url
    own, of_page = (ROUTES[each].arguments(stage) for each in (name, page))
    arguments = {key: own.get(key, value) for key, value in of_page.items()}
    shown_on = reverse(page, kwargs=arguments)
    browser = signed_in(again(getattr(stage, ROUTES[page].by)))
    form = {
        "teams:edit_team": f"{act}?",
        "teams:end_delegation": f"{act}?",
        "deployments:cancel_deployment": "",
        "deployments:upgrade_deployment": "",
    }.get(name, act)
    old = {**body(stage), **basis(browser, shown_on, form)}
    change(stage)
    entries = Entry.objects.count()
    late = browser.post(act, old)
    assert late.status_code == 409, f"{name}: its form inherits from AgainstShown, its command asks require_same"
    assert "changed after you opened it" in late.content.decode(), f"{name}: its command asks require_same"
    assert Entry.objects.count() == entries
    now = {**body(stage), **basis(browser, shown_on, form)}
    assert browser.post(act, now).status_code == 302
    assert Entry.objects.count() > entries


@pytest.mark.parametrize("name", sorted({*ACTS} - {*NEEDS_NO_PAGE} - (EDITING - SIGNING)))
def test_whoever_does_not_say_what_their_page_showed_does_nothing(stage, name):
    asking = test_walk.Asking(stage, name, ROUTES[name].by)
    body = dict((ROUTES[name].body or nothing)(stage))
    typed = {field: value for field, value in body.items() if field not in SHOWN}
    entries = Entry.objects.count()
    blind = asking.client.post(asking.url, typed)
    lacks = f"{name} answers {blind.status_code} to whoever saw nothing: let it compare, or say why in NEEDS_NO_PAGE"
    assert blind.status_code in (409, 422), lacks
    assert Entry.objects.count() == entries, lacks
    answer = blind.content.decode()
    assert "eload" in answer, f"{name} is refused, but not for its missing basis: let its command ask require_same"
    for written in (value for field, value in typed.items() if field in ("reason", "why", "version_deployed")):
        assert written in answer, f"{name} loses what was typed"
    assert asking.client.post(asking.url, body).status_code == 302, f"{name} does not work as its row in routes says"


def test_every_act_is_of_one_kind():
    kinds = (SIGNING, {*REMOVING}, EDITING - SIGNING, {*NEEDS_NO_PAGE})
    listed = sorted(name for kind in kinds for name in kind)
    new, idle = sorted({*ACTS} - {*listed}), sorted({*listed} - {*ACTS})
    assert not new, (
        f"list {new}: in REMOVING what takes away or ends, in KNOWN of test_saving.py what edits, in SIGNING what "
        "signs, in NEEDS_NO_PAGE, with the reason, what does none of these"
    )
    assert not idle, f"tests/house lists {idle}, which post nothing in routes"
    assert listed == ACTS, "an act is of one kind only"


@pytest.mark.parametrize(
    ("act", "typed"),
    [
        ("deployments:reject_item", {"reason": "The queue is still full"}),
        ("deployments:detach_probe", {"reason": "It looks at another service"}),
        ("deployments:end_waiver", {"why": "There is time after all"}),
        ("deployments:send_back_sheet", {"reason": "The queue is still full"}),
        ("deployments:cancel_deployment", {"reason": "Too late by now", "confirmed": "on"}),
    ],
)
def test_what_was_typed_is_sent_again_from_the_answer(stage, act, typed):
    """The answer to an old page shows how things stand now, and its form is meant for that."""
    asking = test_walk.Asking(stage, act, "lead")
    REMOVING[act][2](stage)
    late = asking.client.post(asking.url, typed | {"basis": "-"})
    assert late.status_code == 409
    form = next(form for form in FormsOfPage(late.content.decode(), asking.url).forms if form.action == asking.url)
    assert form.shows(typed)
    assert asking.client.post(asking.url, form.sent(**typed)).status_code == 302
