"""The first page: one's own work, wherever that is."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from apps.accounts.models import SignedIn, Team
from apps.core.statements import Folded


@require_safe
def home(request: SignedIn) -> HttpResponse:
    """Lead to what waits in the first team, or to the account page of somebody without one."""
    team = Team.objects.visible_to(request.user).order_by(Folded("name"), "pk").first()
    return redirect("deployments:my_work", team.slug) if team else redirect("accounts:account")
