"""Storing invitations, within the command that says who is invited and records it."""

import secrets
from datetime import timedelta
from typing import Any

from django.utils import timezone

from apps.accounts.models import Invitation, token_digest

VALID_FOR = timedelta(days=7)


def invite(token: str = "", **offer: Any) -> tuple[str, Invitation]:
    """An invitation and the token of its link, which is stored nowhere."""
    token = token or secrets.token_urlsafe(32)
    until = timezone.now() + VALID_FOR
    return token, Invitation.objects.create(token_digest=token_digest(token), expires_at=until, **offer)
