"""Whom forms offer: the active people of a team, by name."""

from django.db.models import QuerySet

from apps.accounts.models import Team, User
from apps.accounts.roles import Capability, roles_with
from apps.core.statements import Folded


def people_of(team: Team) -> QuerySet[User]:
    """Those to whom something can be given, in the order of their names: who reads only could not close it."""
    works = {"memberships__team": team, "memberships__role__in": roles_with(Capability.EDIT)}
    return User.objects.filter(**works, is_active=True).order_by(Folded("full_name"), "pk")
