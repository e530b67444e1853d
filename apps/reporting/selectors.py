"""Questions about tokens."""

from django.utils import timezone

from apps.probes.models import Probe

from .models import Token


def tokens_of(probe: Probe) -> list[Token]:
    """The tokens of a probe, those that work first, then the newest; one query."""
    now = timezone.now()
    found = list(Token.objects.filter(probe=probe).order_by("-created_at"))
    return sorted(found, key=lambda token: token.revoked_at is not None or token.expires_at <= now)
