"""The addresses of templates."""

import uuid
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from apps.checklists.models import TemplateVersion
from tests.cast import PASSWORD
from tests.house.routes.route import REASON, Route, nothing, over, says, team


def proposal(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**template(stage), "proposal": stage.proposal.pk}


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
    return {"shown": stage.asked.digest, "intent": uuid.uuid4(), "password": PASSWORD}


def submitting(stage: SimpleNamespace) -> Mapping[str, Any]:
    shown = TemplateVersion.objects.get(pk=stage.begun.pk).digest
    return {"shown": shown, "intent": uuid.uuid4(), "password": PASSWORD, "note": "Why"}


OF_A_TEAM = {
    "templates:list": Route(team, get=200),
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
    "templates:take_proposal": Route(proposal, body=nothing),
    "templates:dismiss_proposal": Route(proposal, body=nothing),
}
