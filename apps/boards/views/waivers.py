"""Going without an item: asking, deciding, ending, and the register of all waivers of a deployment."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.models import SignedIn
from apps.boards import selectors
from apps.boards.forms.waivers import RequestWaiver
from apps.core.clock import clock_of
from apps.core.errors import Refusal
from apps.core.forms import refused
from apps.core.shown import fingerprint
from apps.deployments.models import Item
from apps.waivers import commands, permissions
from apps.waivers.selectors import waived_text

from .loading import load_deployment, load_item, searched
from .showing import posting


@require_http_methods(["GET", "POST"])
def request_waiver(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """Ask to go without an item."""
    found = load_item(request, team, number, item)
    sent = request.POST if request.method == "POST" else None
    form = RequestWaiver(sent, deployment=found.deployment, clock=clock_of(request), initial={"basis": _read(found)})
    if not form.is_valid():
        return _asked(request, found, form, 422 if form.is_bound else 200)
    try:
        commands.request_waiver(found, by=request.user, **form.cleaned_data)
    except Refusal as refusal:
        return _asked(request, found, refused(form, refusal), refusal.status)
    messages.success(request, f"You asked for a waiver of item {item}; others decide now.")
    return redirect("deployments:item", team, number, item)


@require_GET
def waivers(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Every waiver of a deployment that was ever asked for."""
    asked = {name: request.GET.get(name, "") for name in ("show", "sort", "page")}
    page = selectors.waivers_page(load_deployment(request, team, number), q=searched(request), **asked)
    return render(request, "boards/waivers.html", page)


approve_waiver = posting("approve", commands.approve_waiver, "You approved the waiver of item {item}.")
end_waiver = posting("end", commands.end_waiver, "The waiver of item {item} has ended.")


def _asked(request: SignedIn, item: Item, form: RequestWaiver, status: int) -> HttpResponse:
    item = get_object_or_404(Item.objects.visible_to(request.user).with_everything(), pk=item.pk)
    may = permissions.request_waiver(request.user, item)
    context = {"item": item, "deployment": item.deployment, "form": form.over(_read(item)), "may": may}
    return render(request, "boards/waive.html", context, status=status)


def _read(item: Item) -> str:
    """What the page shows of the item, as its form brings it along."""
    return fingerprint(waived_text(item))
