"""What commands have in common by which somebody else comes to turn keys: proof of who decides that."""

from django.utils import timezone

from apps.accounts.models import User
from apps.core.permissions import require
from apps.factors.commands import Evidence
from apps.factors.commands.confirming import confirm
from apps.teams import permissions


def require_proof(evidence: Evidence, *, by: User) -> None:
    """Refuse unless this shows that it is `by`, who signs now; before the transaction, so that a wrong try counts."""
    require(permissions.hand_over(as_stored(by), timezone.now()))
    confirm(evidence, by=by, recovers=False)


def as_stored(by: User) -> User:
    """Whoever acts, as they are now."""
    return User.objects.get(pk=by.pk)


def as_held(by: User) -> User:
    """The same, held: since their request began, they may have been suspended, or stopped to administer this."""
    return User.objects.select_for_update(no_key=True).get(pk=by.pk)
