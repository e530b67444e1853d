"""Saying something about an item, and withdrawing it. No key falls out, and nobody contributes by it."""

from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.core.permissions import require
from apps.core.shown import id_of_intent
from apps.core.storable import require_storable
from apps.deployments.commands.parts import of_item
from apps.deployments.models import Deployment, Item
from apps.evidence import commands as evidence
from apps.ledger import commands as ledger

from . import permissions
from .events import CommentWithdrawn, CommentWritten
from .models import Comment
from .rules import mentioned


@transaction.atomic
def write_comment(item: Item, *, by: User, text: str, intent: UUID | None = None) -> Comment:
    """Say something about an item; who is mentioned by `@` and a name of the team is noted with it.

    The same intent twice is one comment.
    """
    require_storable([text])
    found = mentioned(text, _names(item.deployment.team))  # before the lock, in which others wait
    item = _lock(item)
    require(permissions.write_comment(by, item))
    pk = id_of_intent(intent, item.pk, by.pk, text)
    if known := Comment.objects.filter(pk=pk).first():
        return known
    team = item.deployment.team
    evidence.require_room(team, len(text.encode()))
    comment = Comment.objects.create(
        id=pk or uuid4(),
        item=item,
        text=text,
        size=len(text.encode()),
        mentions=[[str(person), name] for person, name in found],
        by=by,
        by_name=by.full_name,
    )
    people = [str(person) for person, _ in found]
    written = CommentWritten(**of_item(item), comment=comment.pk, mentioned=people, message=text)
    ledger.record(item.deployment.stream, written, by=by, rows=[comment])
    return comment


@transaction.atomic
def withdraw_comment(comment: Comment, *, by: User) -> Comment:
    """Take back what one said oneself. It stays on record, and says that it is withdrawn."""
    item = _lock(comment.item)
    comment = Comment.objects.get(pk=comment.pk)
    comment.item = item
    require(permissions.withdraw_comment(by, comment))
    comment.withdrawn_at = timezone.now()
    comment.save(update_fields=["withdrawn_at"])
    withdrawn = CommentWithdrawn(**of_item(item), comment=comment.pk)
    ledger.record(item.deployment.stream, withdrawn, by=by, rows=[comment])
    return comment


def _lock(item: Item) -> Item:
    """The item, its deployment locked first; its keys are not read."""
    deployment = Deployment.objects.lock(item.deployment_id)
    item = Item.objects.get(pk=item.pk)
    item.deployment = deployment
    return item


def _names(team: Team) -> list[tuple[UUID, str]]:
    """What everybody in a team is called: by full name and by the name they sign in with."""
    rows: Any = team.memberships.filter(user__is_active=True).order_by("user")
    found = rows.values_list("user", "user__full_name", "user__username")
    return [(person, name) for person, *names in found for name in names]
