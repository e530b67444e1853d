"""The addresses of secrets and of commands that two people approve."""

import uuid
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from apps.core.shown import texts
from apps.programs.models import Command
from apps.secrets.models import Secret
from tests.canaries import PLANTED
from tests.cast import PASSWORD
from tests.house.routes.route import Route, nothing, over, says, team


def secret(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**team(stage), "secret": stage.secret.pk}


def webhook(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**team(stage), "webhook": stage.webhook.pk}


def command(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**team(stage), "command": stage.command.pk}


def of_command(stage: SimpleNamespace) -> Mapping[str, str]:
    return Command.objects.for_signing().get(pk=stage.command.pk).standing


def approving_command(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {"shown": stage.command.digest, "intent": uuid.uuid4(), "password": PASSWORD}


def of_secret(stage: SimpleNamespace) -> Mapping[str, str]:
    return Secret.objects.get(pk=stage.secret.pk).standing


OF_A_TEAM = {
    "programs:list": Route(team, get=200),
    "programs:propose_command": Route(
        team,
        body=says(name="Up", argv="uptime\n-p", seconds="10", cpu_seconds="5", memory_mb="128", processes="8"),
    ),
    "programs:command": Route(command, get=200),
    "programs:approve_command": Route(command, body=approving_command),
    "programs:withdraw_command": Route(command, body=over(of_command)),
    "notices:webhooks": Route(team, get=200),
    "notices:make_webhook": Route(
        team,
        body=says(
            name="Pager", shape="slack", secret_value=f"https://example.com/{quote(PLANTED[22])}", kinds=["verify"]
        ),
    ),
    "notices:webhook": Route(webhook, get=200),
    "notices:remove_webhook": Route(webhook, body=nothing),
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
}
