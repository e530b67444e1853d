"""A deployment begins from one that has ended; what it carries over can be opened again."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.checklists.models import TemplateVersion
from apps.core.errors import Stale, WrongState
from apps.core.permissions import require
from apps.core.shown import id_of_intent
from apps.deployments.commands.conditions import judge_again
from apps.deployments.commands.lifecycle import answered, begin, lock_team
from apps.deployments.commands.parts import lock_item, of_item, reopen, touch
from apps.deployments.models import Deployment, Item
from apps.ledger import commands as ledger

from . import permissions
from .events import DeploymentRerun, ItemReopened
from .selectors import newest_version, rerun_of


@transaction.atomic
def rerun_deployment(
    parent: Deployment,
    *,
    by: User,
    template_version: TemplateVersion,
    version: str,
    change: str,
    sections: Collection[str] = (),
    items: Collection[str] = (),
    window_start: datetime | None = None,
    window_end: datetime | None = None,
    variables: Mapping[str, str] | None = None,
    tier: str = "",
    intent: UUID | None = None,
) -> Deployment:
    """Make a draft that carries over what `parent` signed and the change does not touch.

    sections, items: keys of what it touches. Besides, open is what nobody signed, what says something else now, and
    what was proved too long ago. The same intent twice is one deployment.
    """
    lock_team(parent.team)
    parent = Deployment.objects.select_related("team", "template_version").get(pk=parent.pk)
    require(permissions.rerun_deployment(by, parent))
    if newest_version(parent) != template_version:
        raise Stale("Another version of the checklist is the newest by now. Reload the page to see what that changes.")
    named: dict[str, Any] = {"service": parent.service, "version": version, "environment": parent.environment}
    named |= answered(template_version, named, variables or {}, tier)
    answers = {**named["variables"], "version": version}
    rerun = rerun_of(parent, template_version, answers, sections=sections, items=items, now=timezone.now())
    if not rerun.open:
        raise WrongState("Nothing would be open, so nobody would sign anything. Choose what the change touches.")
    deployment, copied = begin(
        parent.team,
        by=by,
        template_version=template_version,
        intent=id_of_intent(intent, parent.pk, *sorted(sections), "", *sorted(items)),
        window={"window_start": window_start, "window_end": window_end},
        origins=rerun.origins,
        parent=parent,
        change=change,
        **named,
    )
    if copied:
        event = _rerun(deployment, parent, copied.items, copied.carried)
        ledger.record(deployment.stream, event, by=by, rows=copied.rows, begins=True, anchored=True)
    return deployment


@transaction.atomic
def reopen_item(item: Item, *, by: User) -> Item:
    """Do here what was carried over: its keys stay where they were turned, and what was written there is not here."""
    item = lock_item(item)
    require(permissions.reopen_item(by, item))
    carried = reopen(item, by=by)
    touch(item, "result", "fill_ins")
    event = ItemReopened(**of_item(item), parent_code=carried.origin.deployment.code)
    ledger.record(item.deployment.stream, event, by=by, rows=[item, carried])
    judge_again(item, by=by)
    return item


def _rerun(deployment: Deployment, parent: Deployment, items: int, carried: int) -> DeploymentRerun:
    return DeploymentRerun(
        team=deployment.team_id,
        number=deployment.number,
        parent=parent.pk,
        parent_code=parent.code,
        carried=carried,
        items=items,
        change=deployment.change,
        service=deployment.service,
        version=deployment.version,
        environment=deployment.environment,
    )
