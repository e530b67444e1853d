"""Going without an item: asking, agreeing, ending."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from apps.accounts.models import SignedIn
from apps.boards.forms import items as forms
from apps.deployments import commands

from .loading import load_item
from .showing import back_to_item, show_item


@require_POST
def request_waiver(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """Ask to go without the item."""
    found = load_item(request, team, number, item)
    form = forms.RequestWaiver(request.POST, auto_id="waive-%s")
    if not form.is_valid():
        return show_item(request, found.deployment, item, status=422, waive=form)
    commands.request_waiver(found, by=request.user, **form.cleaned_data)
    return back_to_item(request, found, f"You asked for a waiver of item {item}; others decide now.")


@require_POST
def approve_waiver(request: SignedIn, team: str, number: int, item: int, waiver: UUID) -> HttpResponse:
    """Agree to go without the item."""
    found = load_item(request, team, number, item)
    asked = get_object_or_404(found.waivers.all(), pk=waiver)
    form = forms.Confirm(request.POST, auto_id="approve-%s")
    if not form.is_valid():
        return show_item(request, found.deployment, item, status=422, approve=form)
    commands.approve_waiver(asked, by=request.user, **form.signing())
    return back_to_item(request, found, f"You approved the waiver of item {item}.")


@require_POST
def end_waiver(request: SignedIn, team: str, number: int, item: int, waiver: UUID) -> HttpResponse:
    """Refuse, withdraw or revoke a waiver."""
    found = load_item(request, team, number, item)
    asked = get_object_or_404(found.waivers.all(), pk=waiver)
    form = forms.EndWaiver(request.POST, auto_id="end-%s")
    if not form.is_valid():
        return show_item(request, found.deployment, item, status=422, end=form)
    commands.end_waiver(asked, by=request.user, **form.cleaned_data)
    return back_to_item(request, found, f"The waiver of item {item} has ended.")
