"""Storing invitations, within the command that says who is invited and records it."""

import secrets
from datetime import timedelta
from typing import Any

from django.utils import timezone

from apps.accounts.models import Invitation, token_digest

VALID_FOR = timedelta(days=7)


def invite(token: str = "", **offer: Any) -> tuple[str, Invitation]:
    """An invitation and the token of its link, which is stored nowhere. With an `address`, one more is mailed there."""
    token = token or secrets.token_urlsafe(32)
    invitation = Invitation(token_digest=token_digest(token), expires_at=timezone.now() + VALID_FOR, **offer)
    if invitation.address:
        invitation.mailed_digest = token_digest(invitation.mailed_token)
    invitation.save(force_insert=True)
    return token, invitation
