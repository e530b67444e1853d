"""From a published checklist to an open review, or to nothing."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Max

from apps.accounts.models import Team, User
from apps.checklists.models import TemplateItem, TemplateSection, TemplateVersion
from apps.checklists.rules import LONGEST_TEXT
from apps.core.errors import NotAllowed, TooLarge, WrongState
from apps.core.permissions import require
from apps.core.shown import require_same, require_unchanged, texts
from apps.core.states import after
from apps.core.wording import timestamp
from apps.deployments import permissions
from apps.deployments.events import DeploymentCancelled, DeploymentCreated, DeploymentEdited, ReviewOpened
from apps.deployments.models import Deployment, Item, Section
from apps.deployments.rules import LONGEST_TITLE, fill_variables
from apps.deployments.states import MOVES, Outcome
from apps.evidence import commands as evidence
from apps.ledger import commands as ledger
from apps.rollback.models import RollbackPlan
from apps.signoff import commands as signoff
from apps.signoff.models import SignOff
from apps.signoff.rules import content_digest

from .parts import close

MOST_ADDED = 1_000_000  # characters that values may add to all texts of a checklist together


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
    intent: UUID | None = None,
) -> Deployment:
    """Make a draft from a published checklist, its blanks filled with this deployment's values.

    `intent` becomes its id: a second click sends the same intent with the same values, and gets what the first made.
    """
    team = Team.objects.select_for_update(no_key=True).get(pk=team.pk)  # numbers stay gapless
    require(permissions.create_deployment(by, team))
    if template_version.template.team_id != team.id:
        raise NotAllowed("This checklist belongs to another team.")
    named = {"service": service, "version": version, "environment": environment, "variables": dict(variables or {})}
    known = Deployment.objects.filter(pk=intent).first() if intent else None
    if known and _is_the_same(known, team=team, created_by=by, template_version=template_version, **named):
        return known
    evidence.require_room(team, template_version.size)
    deployment = _create(
        None if known else intent,
        team=team,
        number=(team.deployments.aggregate(newest=Max("number"))["newest"] or 0) + 1,
        template_version=template_version,
        window_start=window_start,
        window_end=window_end,
        **named,
        rollback_plan=RollbackPlan.objects.create(team=team),
        created_by=by,
        created_by_name=by.full_name,
    )
    sections, items = _copy_items(deployment)
    rows = [deployment, deployment.rollback_plan, *sections, *items, *(item.sign_off for item in items)]
    ledger.record(deployment.stream, _created(deployment, len(items)), by=by, rows=rows)
    ledger.anchor(deployment.stream, by=by)
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
    deployment.window_start, deployment.window_end = window_start, window_end
    deployment.save(update_fields=["window_start", "window_end"])
    edited = DeploymentEdited(window_start=_written(window_start), window_end=_written(window_end))
    ledger.record(deployment.stream, edited, by=by, rows=[deployment])
    return deployment


@transaction.atomic
def cancel_deployment(deployment: Deployment, *, by: User, reason: str, shown: str | None = None) -> Deployment:
    """Give a deployment up, unless it is in another state than was `shown`. Its number, board and ledger stay."""
    deployment = Deployment.objects.lock(deployment.pk)
    require(permissions.cancel_deployment(by, deployment))
    require_same(shown, deployment.standing, "cancel it")
    deployment.state = after(MOVES, deployment.state, "cancel_deployment")
    closed = close(deployment, by=by, outcome=Outcome.CANCELLED, reason=reason)
    ledger.record(deployment.stream, DeploymentCancelled(reason=reason), by=by, rows=closed)
    ledger.anchor(deployment.stream, by=by)
    return deployment


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


def _created(deployment: Deployment, items: int) -> DeploymentCreated:
    return DeploymentCreated(
        team=deployment.team_id,
        number=deployment.number,
        items=items,
        service=deployment.service,
        version=deployment.version,
        environment=deployment.environment,
    )


def _copy_items(deployment: Deployment) -> tuple[list[Section], list[Item]]:
    values = deployment.values
    items: list[Item] = []
    sources = list(deployment.template_version.sections.order_by("position").prefetch_related("items"))
    _require_short_texts(sources, values)
    sections = Section.objects.bulk_create(
        Section(
            deployment=deployment,
            position=source.position,
            title=fill_variables(source.title, values)[:LONGEST_TITLE],
            parent=source.parent,
            guidance=fill_variables(source.guidance, values),
            commands=[fill_variables(command, values) for command in source.commands],
        )
        for source in sources
    )
    for source, section in zip(sources, sections, strict=True):
        for line in sorted(source.items.all(), key=lambda line: line.position):
            items.append(_copy_item(deployment, section, line, len(items) + 1, values))
    SignOff.objects.bulk_create([item.sign_off for item in items])
    Item.objects.bulk_create(items)
    return sections, items


def _require_short_texts(sections: Sequence[TemplateSection], values: Mapping[str, str]) -> None:
    """A short checklist may name a long value again and again; its texts are to stay readable all the same."""
    added = 0
    for section in sections:
        for what, text in _texts(section):
            length = len(fill_variables(text, values))
            if length > max(LONGEST_TEXT, len(text)):
                raise TooLarge(
                    f"With these values, {what} would have {length:,} characters; at most {LONGEST_TEXT:,} can be "
                    "read and signed. Nothing was made. Type shorter values, or take a checklist that names them "
                    "less often."
                )
            added += max(0, length - len(text))
    if added > MOST_ADDED:
        raise TooLarge(
            f"These values would make the checklist {added:,} characters longer; at most {MOST_ADDED:,} can be added. "
            "Nothing was made. Type shorter values, or take a checklist that names them less often."
        )


def _texts(section: TemplateSection) -> Iterator[tuple[str, str]]:
    """What values are put into and of any length: what it is, and its words."""
    yield f"the guidance of “{section.title}”", section.guidance
    for command in section.commands:
        yield f"a command of “{section.title}”", command
    for line in section.items.all():
        yield f"the text of “{line.title}”", line.text
        for command in line.commands:
            yield f"a command of “{line.title}”", command


def _copy_item(
    deployment: Deployment, section: Section, line: TemplateItem, number: int, values: Mapping[str, str]
) -> Item:
    item = Item(
        deployment=deployment,
        section=section,
        key=line.key,
        number=number,
        title=fill_variables(line.title, values)[:LONGEST_TITLE],
        text=fill_variables(line.text, values),
        commands=[fill_variables(command, values) for command in line.commands],
        fill_ins=[{**blank, "value": ""} for blank in line.fill_ins],
        critical=line.critical,
        keys=line.keys,
    )
    signoff.prepare(
        item,
        team=deployment.team,
        stream=deployment.stream,
        digest=content_digest(item.content(pinned=None, evidence=[])),
        is_open=False,
    )
    return item


def _written(moment: datetime | None) -> str:
    return timestamp(moment) if moment else ""
