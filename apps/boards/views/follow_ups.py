"""What is to be done afterwards: the list of a team, and one of them, given to others, moved and closed."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import SignedIn
from apps.boards import selectors
from apps.boards.forms import follow_ups as forms
from apps.core.errors import Stale
from apps.core.forms import refused
from apps.core.http import after_action
from apps.core.wording import day
from apps.followups import commands
from apps.followups.models import FollowUp

from .loading import load_team, searched


@require_GET
def follow_ups(request: SignedIn, team: str) -> HttpResponse:
    """What has to be done afterwards, by whom and until when?"""
    asked = {name: request.GET.get(name, "") for name in ("show", "sort", "page")}
    page = selectors.follow_ups_page(load_team(request, team), request.user, find=searched(request), **asked)
    return render(request, "boards/follow_ups.html", page)


@require_GET
def follow_up(request: SignedIn, team: str, follow_up: UUID) -> HttpResponse:
    """One of them, with what left it."""
    return _page(request, _load(request, team, follow_up))


@require_POST
def change_follow_up(request: SignedIn, team: str, follow_up: UUID) -> HttpResponse:
    """Give it to somebody else, or move its day."""
    found = _load(request, team, follow_up)
    form = forms.ChangeFollowUp(request.POST, follow_up=found)
    if not form.is_valid():
        return _page(request, found, status=422, change=form)
    try:
        found = commands.change_follow_up(found, by=request.user, **form.cleaned_data)
    except Stale as stale:
        return _page(request, _load(request, team, follow_up), status=stale.status, change=refused(form, stale))
    return _back(request, team, found, f"{found.owner_name} does it until {day(found.due_on)}.")


@require_POST
def close_follow_up(request: SignedIn, team: str, follow_up: UUID) -> HttpResponse:
    """Say what was done."""
    found, form = _load(request, team, follow_up), forms.CloseFollowUp(request.POST)
    if not form.is_valid():
        return _page(request, found, status=422, close=form)
    try:
        commands.close_follow_up(found, by=request.user, **form.cleaned_data)
    except Stale as stale:
        return _page(request, _load(request, team, follow_up), status=stale.status, close=refused(form, stale))
    return _back(request, team, found, "The follow-up is closed.")


def _load(request: SignedIn, team: str, follow_up: UUID) -> FollowUp:
    """The viewer's follow-up of that id, or 404."""
    rows = FollowUp.objects.visible_to(request.user).select_related("team")
    return get_object_or_404(rows, team__slug=team, pk=follow_up)


def _page(request: SignedIn, found: FollowUp, *, status: int = 200, **given: Any) -> HttpResponse:
    """The page with the forms as they were given, or fresh ones."""
    page = selectors.follow_up_page(found, request.user)
    fresh = {
        "change": forms.ChangeFollowUp(follow_up=found),
        "close": forms.CloseFollowUp(initial={"basis": page["basis"]}),
    }
    if "close" in given:
        given["close"].over(page["basis"])
    return render(request, "boards/follow_up.html", page | fresh | given, status=status)


def _back(request: SignedIn, team: str, found: FollowUp, message: str) -> HttpResponse:
    return after_action(request, reverse("deployments:follow_up", args=[team, found.pk]), message=message)
