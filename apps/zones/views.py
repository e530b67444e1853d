from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import SignedIn
from apps.core.errors import Refusal
from apps.core.forms import refused
from apps.core.http import after_action
from apps.core.shown import UNSEEN

from . import commands, selectors
from .forms import ConfirmWidening, CreateZone, EditZone, ProposeWidening
from .models import Widening, Zone


@require_GET
def list_zones(request: SignedIn) -> HttpResponse:
    """From where can probes ask, and who asks there?"""
    return _list(request, CreateZone())


@require_POST
def create_zone(request: SignedIn) -> HttpResponse:
    """Say that workers stand in another network."""
    form = CreateZone(request.POST)
    if not form.is_valid():
        return _list(request, form, 422)
    try:
        zone = commands.create_zone(by=request.user, **form.cleaned_data)
    except Refusal as refusal:
        return _list(request, refused(form, refusal), refusal.status)
    return after_action(request, _url(zone), message=f"“{zone}” is made. It opens nothing yet, and no team uses it.")


@require_GET
def zone(request: SignedIn, zone: str) -> HttpResponse:
    """One zone: what it opens, for whom, and who asks there."""
    return _page(request, _zone(request, zone))


@require_POST
def edit_zone(request: SignedIn, zone: str) -> HttpResponse:
    """Call it otherwise."""
    found, form = _zone(request, zone), EditZone(request.POST)
    if not form.is_valid():
        return _page(request, found, 422, edit=form)
    try:
        commands.edit_zone(found, by=request.user, **form.cleaned_data)
    except Refusal as refusal:
        return _page(request, found, refusal.status, edit=refused(form, refusal))
    return after_action(request, _url(found), message="Saved.")


@require_POST
def propose_widening(request: SignedIn, zone: str) -> HttpResponse:
    """Propose what it opens."""
    found, form = _zone(request, zone), ProposeWidening(request.POST)
    which = "team" if "team" in request.POST else "allow"
    if not form.is_valid():
        return _page(request, found, 422, **{which: form})
    try:
        commands.propose_widening(found, by=request.user, **form.cleaned_data)
    except Refusal as refusal:
        return _page(request, found, refusal.status, **{which: refused(form, refusal)})
    return after_action(request, _url(found), message="Proposed. It holds once it is confirmed here.")


@require_POST
def confirm_widening(request: SignedIn, zone: str, widening: UUID) -> HttpResponse:
    """Confirm what was shown."""
    found, form = _widening(request, zone, widening), ConfirmWidening(request.POST)
    shown = form.cleaned_data["shown"] if form.is_valid() else UNSEEN
    done = commands.confirm_widening(found, by=request.user, shown=shown)
    return after_action(
        request, _url(found.zone), message=f"Confirmed: version {done.since} holds from the next run on."
    )


@require_POST
def end_widening(request: SignedIn, zone: str, widening: UUID) -> HttpResponse:
    """Close it."""
    found = _widening(request, zone, widening)
    commands.end_widening(found, by=request.user, shown=request.POST.get("basis", UNSEEN))
    return after_action(request, _url(found.zone), message="Closed, from the next run on.")


def _list(request: SignedIn, form: CreateZone, status: int = 200) -> HttpResponse:
    asked = {name: request.GET.get(name, "")[:120] for name in ("q", "sort", "page")}
    page = selectors.zones_page(request.user, **asked) | {"form": form}
    return render(request, "zones/list.html", page, status=status)


def _page(request: SignedIn, found: Zone, status: int = 200, **bound: forms.Form) -> HttpResponse:
    now = found.standing
    fresh = {"edit": EditZone(initial=now, now=now), "allow": ProposeWidening(), "team": ProposeWidening()}
    page = selectors.zone_page(found, request.user) | {"forms": fresh | bound}
    return render(request, "zones/zone.html", page, status=status)


def _zone(request: SignedIn, queue: str) -> Zone:
    return get_object_or_404(Zone.objects.visible_to(request.user), pk=queue)


def _widening(request: SignedIn, queue: str, pk: UUID) -> Widening:
    visible = Widening.objects.visible_to(request.user).select_related("zone", "team")
    return get_object_or_404(visible, zone=queue, pk=pk)


def _url(zone: Zone) -> str:
    return reverse("zones:zone", args=[zone.pk])
