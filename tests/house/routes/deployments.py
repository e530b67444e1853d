"""The addresses of deployments, their items, probes and records."""

import uuid
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from apps.boards.selectors import proposed_probes
from apps.core.shown import fingerprint
from apps.deployments.commands.items import text_of
from apps.deployments.models import Deployment
from apps.deployments.selectors.upgrades import upgrade_of
from apps.probes.models import Series
from apps.probes.rules import schedule_of
from apps.sheets.models import Sheet
from apps.sheets.selectors import page_digest
from apps.signoff.rules import content_digest
from tests import cast as casting
from tests.cast import PASSWORD
from tests.house.routes import emergencies
from tests.house.routes.route import REASON, Route, Values, nothing, over, says, team
from tests.waivers import asking


def deployment(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {"team": stage.team.slug, "number": stage.deployment.number}


def follow_up(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {"team": stage.team.slug, "follow_up": stage.follow_up.pk}


def changing(stage: SimpleNamespace) -> Mapping[str, Any]:
    """Somebody else and another day for the follow-up that is shown."""
    return {"basis": fingerprint(stage.follow_up.terms), "owner": stage.reviewer.pk, "due_on": "2099-01-01"}


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


def adding(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {"title": "Warm the cache", "section": stage.deployment.sections.first().pk, "keys": 2}


def record(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**deployment(stage), "record": 1}


def evidence(stage: SimpleNamespace) -> Any:
    return stage.evidence.pk


def waiver(stage: SimpleNamespace) -> Any:
    return stage.waiver.pk


def waiting_runs(stage: SimpleNamespace) -> Mapping[str, Any]:
    """The series of a run that nobody has begun."""
    return {"series": Series.objects.get(stream=stage.rerun.stream).pk}


def measured_before(stage: SimpleNamespace) -> Mapping[str, Any]:
    """The newest run of the probe of item 2."""
    probe = casting.load(stage.items[1]).probe
    return {"run": probe.latest_run_id, "basis": fingerprint(probe.compared_with)}


def keys_of(number: int) -> Values:
    """How the keys of an item stand."""
    return lambda stage: casting.load(stage.items[number - 1]).sign_off.standing


def signing(number: int) -> Values:
    """What the ceremony of an item posts."""

    def body(stage: SimpleNamespace) -> Mapping[str, Any]:
        now = casting.load(stage.items[number - 1])
        shown = content_digest(now.content(pinned=now.run_to_pin))
        return {"shown": shown, "intent": uuid.uuid4(), "password": PASSWORD, "slot": len(now.sign_off.turned) + 1}

    return body


def withdrawing(stage: SimpleNamespace) -> Mapping[str, Any]:
    """What whoever turned the first key of item 4 posts to take it back."""
    now = casting.load(stage.items[3]).sign_off
    return {
        **REASON,
        "shown": now.digest,
        "revision": now.revision,
        "intent": uuid.uuid4(),
        "password": PASSWORD,
    }


def ticking(*numbers: int) -> Values:
    """What the page of a series posts."""

    def body(stage: SimpleNamespace) -> Mapping[str, Any]:
        found = {number: signing(number)(stage) for number in numbers}
        boxes = [f"{number}.{key['slot']}.{key['shown']}" for number, key in found.items()]
        return {"item": boxes, "offered": [*numbers], "intent": uuid.uuid4(), "password": PASSWORD}

    return body


def approving(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {"shown": stage.waiver.sign_off.digest, "intent": uuid.uuid4(), "password": PASSWORD}


def reopening(stage: SimpleNamespace) -> Mapping[str, Any]:
    """The question to reopen a deployment that has ended."""
    asked = stage.reopening
    return {"team": stage.team.slug, "number": asked.deployment.number, "reopening": asked.pk}


def agreeing(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {"shown": stage.reopening.sign_off.digest, "intent": uuid.uuid4(), "password": PASSWORD}


def completing(stage: SimpleNamespace) -> Mapping[str, Any]:
    shown = page_digest(Deployment.objects.get(pk=stage.deployment.pk))
    return {"version_deployed": "2.4.1", "answer": "no", "shown": shown, "intent": uuid.uuid4(), "password": PASSWORD}


def verifying(stage: SimpleNamespace) -> Mapping[str, Any]:
    signed = Sheet.objects.select_related("sign_off").get(pk=stage.sheet.pk).sign_off
    return {"shown": signed.digest, "revision": signed.revision, "intent": uuid.uuid4(), "password": PASSWORD}


def attaching(stage: SimpleNamespace) -> Mapping[str, Any]:
    """The probe that a command could become, as the page of all probes shows it."""
    return {"probe": [each.box for each in proposed_probes(stage.upgradable)]}


def planning(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {"owner": stage.member.pk, "title": ["Go back"], "command": [""], "verification": "Look"}


PROBE = says(
    name="Health", url="https://example.com/health", method="GET",
    condition_value="status", condition_sign="==", condition_limit="200", condition_level="fails",
)  # fmt: skip


OPEN = {
    "deployments:take_report": Route(),
}
OF_A_TEAM = {
    "deployments:my_work": Route(team, get=200),
    "deployments:list": Route(team, get=200),
    "deployments:follow_ups": Route(team, get=200),
    "deployments:follow_up": Route(follow_up, get=200),
    "deployments:change_follow_up": Route(follow_up, body=changing),
    "deployments:close_follow_up": Route(follow_up, body=over(lambda s: s.follow_up.standing, outcome="Done")),
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
    "deployments:waivers": Route(deployment, get=200),
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
    "deployments:plan_items": Route(deployment, body=lambda stage: {"due_on": "2099-12-31", "item": ["1", "2"]}),
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
    "deployments:ask_reopening": Route(
        lambda stage: {"team": stage.team.slug, "number": stage.decided_no.number}, body=says(**REASON)
    ),
    "deployments:agree_reopening": Route(reopening, body=agreeing),
    "deployments:end_reopening": Route(reopening, body=says(why="There is nothing to amend")),
    **emergencies.ROUTES,
    "deployments:item": Route(item(1), get=200),
    "deployments:item_panel": Route(item(1), get=200),
    "deployments:sign_item": Route(item(5), body=signing(5)),
    "deployments:withdraw_key": Route(item(4), body=withdrawing, by="member"),
    "deployments:series": Route(deployment, get=200),
    "deployments:sign_items": Route(deployment, body=ticking(5)),
    "deployments:reject_item": Route(item(4), body=over(keys_of(4), **REASON)),
    "deployments:add_item": Route(deployment, get=200, body=adding),
    "deployments:propose_change": Route(lambda stage: {**draft(stage), "item": 1}, body=says(kind="edited")),
    "deployments:edit_item": Route(
        item(5), body=over(lambda s: text_of(s.items[4].title, s.items[4].text), title="Error rate", text="")
    ),
    "deployments:fill_in_item": Route(item(2), body=says(result="Fine", value_0="4 min")),
    "deployments:write_comment": Route(item(5), body=says(text="It stops at 15:20.")),
    "deployments:withdraw_comment": Route(item(5, comment=lambda stage: stage.comment.pk), body=nothing, by="member"),
    "deployments:attach_evidence": Route(item(5), body=says(kind="note", text="Seen")),
    "deployments:download_evidence_archive": Route(deployment, get=200),
    "deployments:evidence_room": Route(deployment, get=200),
    "deployments:download_evidence": Route(item(1, evidence=evidence), get=200),
    "deployments:remove_evidence": Route(item(1, evidence=evidence), body=over(keys_of(1))),
    "deployments:replace_evidence": Route(item(1, evidence=evidence), get=200, body=says(text="Seen again")),
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
    "deployments:request_waiver": Route(item(5), get=200, body=lambda stage: asking.typed(stage.items[4], stage.lead)),
    "deployments:approve_waiver": Route(item(3, waiver=waiver), body=approving),
    "deployments:end_waiver": Route(
        item(3, waiver=waiver), body=over(lambda s: s.waiver.sign_off.standing, why="There is time after all")
    ),
    "records:records": Route(deployment, get=200),
    "records:request_record": Route(deployment, body=nothing, auditor=302),
    "records:record": Route(record, get=302),
    "records:download_pdf": Route(record, get=200),
    "records:download_json": Route(record, get=200),
}
