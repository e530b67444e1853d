"""From a published checklist to an open review, or to nothing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from apps.accounts.models import Team, User
from apps.checklists.models import TemplateVersion
from apps.checklists.rules.variables import chosen, variable
from apps.core.errors import NotAllowed, WrongState
from apps.core.permissions import require
from apps.core.shown import require_same, require_unchanged, texts
from apps.core.statements import fetched
from apps.core.states import after
from apps.core.wording import timestamp
from apps.deployments import permissions
from apps.deployments.events import DeploymentCancelled, DeploymentCreated, DeploymentEdited, ReviewOpened
from apps.deployments.models import Deployment, Item
from apps.deployments.rules import answers_to_start
from apps.deployments.selectors.applying import known_answers
from apps.deployments.selectors.emergencies import debts_of
from apps.deployments.states import MOVES, Outcome
from apps.evidence import commands as evidence
from apps.ledger import commands as ledger
from apps.rollback.models import RollbackPlan
from apps.signoff import commands as signoff

from .copying import Copied, copy_items
from .parts import close

# The number of the newest deployment of a team, and whether there is one with that id.
BEFORE = """
SELECT COALESCE((SELECT MAX(number) FROM deployments_deployment WHERE team_id = %s), 0),
       EXISTS (SELECT 1 FROM deployments_deployment WHERE id = %s)
"""


@transaction.atomic
def create_deployment(
    team: Team,
    *,
    by: User,
    template_version: TemplateVersion,
    service: str,
    version: str,
    environment: str,
    window_start: datetime | None = None,
    window_end: datetime | None = None,
    variables: Mapping[str, str] | None = None,
    tier: str = "",
    intent: UUID | None = None,
) -> Deployment:
    """Make a draft from a published checklist, its blanks filled with this deployment's values.

    `intent` becomes its id: a second click sends the same intent with the same values, and gets what the first made.
    """
    team = lock_team(team)
    require(permissions.create_deployment(by, team))
    named: dict[str, Any] = {"service": service, "version": version, "environment": environment}
    named |= answered(template_version, named, variables or {}, tier)
    window = {"window_start": window_start, "window_end": window_end}
    deployment, copied = begin(team, by=by, template_version=template_version, intent=intent, window=window, **named)
    if copied:
        event = _created(deployment, copied.items)
        ledger.record(deployment.stream, event, by=by, rows=copied.rows, begins=True, anchored=True)
    return deployment


@transaction.atomic
def open_review(deployment: Deployment, *, by: User) -> Deployment:
    """Let keys be turned."""
    deployment = Deployment.objects.lock(deployment.pk)
    require(permissions.open_review(by, deployment))
    if not deployment.items.exists():
        raise WrongState("This checklist has no items, so there is nothing to review. Choose another one.")
    deployment.state = after(MOVES, deployment.state, "open_review")
    deployment.save(update_fields=["state"])
    ledger.record(deployment.stream, ReviewOpened(), by=by, rows=[deployment, *signoff.open_all(deployment.stream)])
    return deployment


@transaction.atomic
def edit_deployment(
    deployment: Deployment,
    *,
    by: User,
    window_start: datetime | None,
    window_end: datetime | None,
    shown: str | None = None,
) -> Deployment:
    """Move the window, unless it moved since it was `shown`. What signatures cover cannot be edited."""
    deployment = Deployment.objects.lock(deployment.pk)
    require(permissions.edit_deployment(by, deployment))
    now = texts(window_start=deployment.window_start, window_end=deployment.window_end)
    require_unchanged(shown, now, texts(window_start=window_start, window_end=window_end))
    before = {"start_before": _written(deployment.window_start), "end_before": _written(deployment.window_end)}
    deployment.window_start, deployment.window_end = window_start, window_end
    deployment.save(update_fields=["window_start", "window_end"])
    edited = DeploymentEdited(window_start=_written(window_start), window_end=_written(window_end), **before)
    ledger.record(deployment.stream, edited, by=by, rows=[deployment])
    return deployment


@transaction.atomic
def cancel_deployment(deployment: Deployment, *, by: User, reason: str, shown: str | None = None) -> Deployment:
    """Give a deployment up, unless it is in another state than was `shown`. Its number, board and ledger stay."""
    deployment = Deployment.objects.lock(deployment.pk)
    require(permissions.cancel_deployment(by, deployment))
    require_same(shown, deployment.standing, "cancel it")
    if (debts := debts_of(deployment)) and (why := debts.why_not_end):
        raise WrongState(why)
    deployment.state = after(MOVES, deployment.state, "cancel_deployment")
    closed = close(deployment, by=by, outcome=Outcome.CANCELLED, reason=reason)
    ledger.record(deployment.stream, DeploymentCancelled(reason=reason), by=by, rows=closed, anchored=True)
    return deployment


def lock_team(team: Team) -> Team:
    """The team as it is now; until the transaction ends nobody else begins a deployment, so numbers stay gapless."""
    return Team.objects.select_for_update(no_key=True).get(pk=team.pk)


def begin(
    team: Team,
    *,
    by: User,
    template_version: TemplateVersion,
    intent: UUID | None,
    window: Mapping[str, datetime | None],
    origins: Mapping[str, Item] | None = None,
    **named: Any,
) -> tuple[Deployment, Copied | None]:
    """Store a draft of a published version and what it copies, within a command that locked the team and records it.

    named: the fields of the deployment that its intent stands for. origins: by key, the items that are carried over,
    as they were signed. A second click sends the same intent with the same values: then nothing is copied.
    """
    if template_version.template.team_id != team.id:
        raise NotAllowed("This checklist belongs to another team.")
    [(newest, is_known)] = fetched(BEFORE, team.pk, intent)
    if intent and is_known:
        known = Deployment.objects.get(pk=intent)
        if _is_the_same(known, team=team, created_by=by, template_version=template_version, **named):
            return known, None
    if template_version.template.archived_at:
        raise WrongState("This checklist is archived, so no deployment starts from it. Restore it on its page first.")
    evidence.require_room(team, template_version.size, is_locked=True)
    deployment = _create(
        None if is_known else intent,
        team=team,
        number=newest + 1,
        template_version=template_version,
        **window,
        **named,
        rollback_plan=RollbackPlan.objects.create(team=team),
        created_by=by,
        created_by_name=by.full_name,
    )
    copied = copy_items(deployment, origins or {})
    return deployment, replace(copied, rows=[deployment, deployment.rollback_plan, *copied.rows])


def _create(intent: UUID | None, **values: Any) -> Deployment:
    """A deployment whose id is the intent, or another one where two teams send the same intent at once."""
    try:
        with transaction.atomic():
            return Deployment.objects.create(id=intent or uuid4(), **values)
    except IntegrityError:
        if intent is None or not Deployment.objects.filter(pk=intent).exists():
            raise
        return Deployment.objects.create(id=uuid4(), **values)


def _is_the_same(deployment: Deployment, **values: object) -> bool:
    return all(getattr(deployment, name) == value for name, value in values.items())


def answered(version: TemplateVersion, named: Mapping[str, str], typed: Mapping[str, str], tier: str) -> dict[str, Any]:
    """What the version asks at the start, as it is stored. Refuses an answer that is none of those to choose from.

    named: service, version and environment, which answer what asks for them.
    """
    typed = {**known_answers(version, named), **typed}
    answers, refused = answers_to_start([variable(each) for each in version.variables], typed)
    if refused:
        raise WrongState(" ".join(refused.values()))
    if not version.tiers:
        return {"variables": answers, "tier": ""}
    try:
        return {"variables": answers, "tier": chosen(tier, version.tiers, "the tier")}
    except ValueError as error:
        raise WrongState(str(error)) from error


def _created(deployment: Deployment, items: int) -> DeploymentCreated:
    return DeploymentCreated(
        team=deployment.team_id,
        number=deployment.number,
        items=items,
        service=deployment.service,
        version=deployment.version,
        environment=deployment.environment,
    )


def _written(moment: datetime | None) -> str:
    return timestamp(moment) if moment else ""
