"""Tokens: made for one probe of one item, shown once, and revoked."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import Refusal
from apps.core.permissions import require
from apps.core.shown import id_of_intent
from apps.core.wording import exact
from apps.deployments.commands.parts import lock_item, of_item
from apps.deployments.models import Deployment, Item
from apps.ledger import commands as ledger
from apps.reporting import permissions
from apps.reporting.events import TokenIssued, TokenRevoked
from apps.reporting.models import Token
from apps.reporting.rules import LONGEST_DAYS, MOST_WORKING, digest_of, new_token
from apps.signoff import commands as signoff


@transaction.atomic
def issue_token(item: Item, *, by: User, name: str, days: int, intent: UUID | None = None) -> str:
    """Make a token by which a script reports to the item's probe; returns its text, which is stored nowhere.

    Whoever makes it contributes to the item; its keys stay. Sent twice it makes one, whose text is not known any more:
    then the answer is empty.
    """
    item = lock_item(item)
    require(permissions.issue_token(by, item))
    if not 1 <= days <= LONGEST_DAYS:
        raise Refusal(f"A token is good for 1 to {LONGEST_DAYS} days.")
    assert item.probe
    pk = id_of_intent(intent, item.pk, by.pk, name)
    if Token.objects.filter(pk=pk).exists():
        return ""
    text, now = new_token(pk), timezone.now()
    if Token.objects.working(now).filter(probe=item.probe).count() >= MOST_WORKING:
        raise Refusal(f"This probe has {MOST_WORKING} tokens that work. Revoke those that no job uses any more.")
    signoff.contribute(item.sign_off, by=by)
    token = Token.objects.create(
        id=pk,
        item=item,
        probe=item.probe,
        name=name,
        digest=digest_of(text),
        created_by=by,
        created_by_name=by.full_name,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    issued = TokenIssued(**_about(token), until=exact(token.expires_at, "minutes"))
    ledger.record(item.deployment.stream, issued, by=by, rows=[token, *item.sign_off.changes])
    return text


@transaction.atomic
def revoke_token(token: Token, *, by: User) -> None:
    """Let nobody report by it any more. What was reported stays."""
    deployment = Deployment.objects.lock(token.item.deployment_id)
    token = Token.objects.select_related("item__deployment").get(pk=Token.objects.lock(token.pk).pk)
    require(permissions.revoke_token(by, token))
    token.revoked_at, token.revoked_by, token.revoked_by_name = timezone.now(), by, by.full_name
    token.save(update_fields=["revoked_at", "revoked_by", "revoked_by_name"])
    ledger.record(deployment.stream, TokenRevoked(**_about(token)), by=by, rows=[token])


def _about(token: Token) -> dict[str, Any]:
    """What every entry about a token has."""
    return of_item(token.item) | {"probe": token.probe_id, "token": token.pk, "name": token.name}
