"""What deployments propose for a template: taken into its draft, or dismissed."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from apps.accounts.models import SignedIn
from apps.core.http import heavy_at_first
from apps.proposals import commands
from apps.proposals.models import TemplateProposal


@heavy_at_first
@require_POST
def take_proposal(request: SignedIn, team: str, template: UUID, proposal: UUID) -> HttpResponse:
    """Apply a proposal to the draft, and show that."""
    commands.take_proposal(_load(request, team, template, proposal), by=request.user)
    messages.success(request, "The draft says so now. Undo takes it back.")
    return redirect("studio:draft", team, template)


@heavy_at_first
@require_POST
def dismiss_proposal(request: SignedIn, team: str, template: UUID, proposal: UUID) -> HttpResponse:
    """Leave the template as it is."""
    commands.dismiss_proposal(_load(request, team, template, proposal), by=request.user)
    messages.success(request, "The proposal is dismissed; the template stays as it is.")
    return redirect("templates:template", team, template)


def _load(request: SignedIn, team: str, template: UUID, proposal: UUID) -> TemplateProposal:
    """The proposal for the viewer's template, or 404."""
    rows = TemplateProposal.objects.visible_to(request.user).filter(template=template, template__team__slug=team)
    return get_object_or_404(rows, pk=proposal)
