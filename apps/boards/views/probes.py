"""Letting machines look: attaching a probe to an item, running it, taking it away."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import SignedIn
from apps.attachments import commands
from apps.boards import selectors
from apps.core.errors import Changed
from apps.core.http import address, after_action
from apps.core.shown import NOTHING
from apps.core.wording import plural
from apps.probes.forms import form_of

from .loading import chosen_items, load_deployment, load_item
from .showing import back_to_item, posting, show_item


@require_GET
def probe(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """Does it hold, and since when?"""
    deployment = load_deployment(request, team, number)
    page = selectors.probe_page(deployment, item, request.user, request.GET.dict())
    if page is None:
        raise Http404("There is no such item.")
    board = selectors.url_of(deployment)
    context = {"board": board, "here": f"{board}items/{item}/", "follow": address("deployments:follow", deployment.id)}
    return render(request, "boards/probe.html", page | context)


@require_GET
def probes(request: SignedIn, team: str, number: int) -> HttpResponse:
    """What do the machines say? With `items`, only what changed of these."""
    deployment = load_deployment(request, team, number)
    where = {"board": selectors.url_of(deployment), "follow": address("deployments:follow", deployment.id)}
    if request.htmx:
        page = selectors.probe_rows(deployment, request.user, chosen_items(request))
        return render(request, "boards/_probes_swap.html", page | where)
    page = selectors.probes_page(deployment, request.user, request.GET.dict())
    return render(request, "boards/probes.html", page | where)


@require_POST
def attach_probe(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """Give the item a probe, or change the one it has; that one keeps its kind."""
    found = load_item(request, team, number, item)
    there = None if request.POST.get("basis") == NOTHING else found.probe
    kind = there.kind if there else request.POST.get("kind", "http")
    form = form_of(kind)(request.POST, auto_id=f"probe-{kind}-%s")
    if not form.is_valid():
        return show_item(request, found.deployment, item, status=422, probes=[form])
    name, config = form.cleaned_data["name"], form.settings()
    shown = form.cleaned_data["shown"]
    try:
        commands.attach_probe(found, by=request.user, name=name, kind=kind, config=config, shown=shown)
    except Changed as changed:
        return show_item(request, found.deployment, item, status=409, probes=[form.refuse(changed)])
    return back_to_item(request, found, f"Probe “{name}” looks after item {item}. Run it now.")


detach_probe = posting("detach", commands.detach_probe, "Item {item} has no probe any more.")


@require_POST
def run_item_probe(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """Run the item's probe."""
    found = load_item(request, team, number, item)
    commands.run_probes(found.deployment, by=request.user, numbers=[item])
    if request.GET.get("back") == "probe":
        page = reverse("deployments:probe", args=[team, number, item])
        return after_action(request, page, message="The probe is asked for; its result appears here.")
    return back_to_item(request, found, "The probe is asked for; its result appears here.")


@require_POST
def run_probes(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Run every probe of the deployment, or those of a section."""
    deployment = load_deployment(request, team, number)
    section = request.POST.get("section", "")
    numbers = selectors.numbers_in(deployment, section) if section else None
    count = commands.run_probes(deployment, by=request.user, numbers=numbers)
    asked = plural(count, "probe is", "probes are")
    page, where = ("probes", "here") if request.GET.get("back") == "probes" else ("board", "on their items")
    back = reverse(f"deployments:{page}", args=[team, number])
    return after_action(request, back, message=f"{asked} asked for; results appear {where}.")
