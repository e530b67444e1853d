"""Accounts that are linked to a sign-in service, as its answer links them."""

from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

from django.conf import settings
from django.utils import timezone

from apps.accounts.commands import parts
from apps.accounts.models import User
from apps.sso import commands
from apps.sso.commands import Answer
from apps.sso.models import Asked, Identity
from apps.sso.rules import Purpose
from tests.cast import again


def answered(purpose: Purpose, subject: str, **of: object) -> Answer:
    """What the service answered to a question that is not stored any more."""
    return Answer(Asked(purpose=purpose, **of), settings.KEYTURN_OIDC_ISSUER, subject)


def linked(person: User, subject: str) -> Identity:
    """Since two days ago, so that they sign."""
    then = timezone.now() - timedelta(days=2)
    with patch.object(parts, "timezone", SimpleNamespace(now=lambda: then)):
        return commands.link_identity(answered(Purpose.LINK, subject, person=person), by=again(person))
