"""Who may say how pages speak to somebody."""

from apps.accounts.models import User
from apps.core.permissions import ALLOW, Verdict, deny


def edit_preferences(by: User, person: User) -> Verdict:
    """Everybody says it for themselves."""
    return ALLOW if by.pk == person.pk else deny("Everybody changes only their own preferences.")
