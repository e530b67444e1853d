"""Whom forms offer: the active people of a team, by name."""

from django.db.models import QuerySet

from apps.accounts.models import Team, User
from apps.core.statements import Folded


def people_of(team: Team) -> QuerySet[User]:
    """Those to whom something can be given, in the order of their names."""
    return User.objects.filter(memberships__team=team, is_active=True).order_by(Folded("full_name"), "pk")
