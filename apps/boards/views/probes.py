"""Letting machines look: attaching a probe to an item, running it, taking it away."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import SignedIn
from apps.attachments import commands
from apps.boards import selectors
from apps.core.errors import Changed, Refusal, TooOften
from apps.core.forms import refused
from apps.core.http import address, after_action, require_get_or_post
from apps.core.shown import NOTHING
from apps.core.wording import plural

from . import attaching
from .loading import chosen_items, load_deployment, load_item
from .proposing import offers_of
from .showing import back_to_item, posting

REARRANGING = {"add", "more", "remove", "as", "switch", "again"}  # names of buttons of the form that asks


@require_GET
def probes(request: SignedIn, team: str, number: int) -> HttpResponse:
    """What do the machines say? With `items`, only what changed of these."""
    deployment = load_deployment(request, team, number)
    board, asked = selectors.url_of(deployment), request.GET.dict()
    view = urlencode({name: asked[name] for name in ("show", "sort", "q") if asked.get(name)})
    where = {
        "board": board,
        "follow": address("deployments:follow", deployment.id),
        "fetched": f"{board}probes/?{view}",
    }
    if request.htmx:
        page = selectors.probe_rows(deployment, request.user, chosen_items(request), asked)
        return render(request, "boards/_probes_swap.html", page | where)
    page = selectors.probes_page(deployment, request.user, asked)
    page["offers"] = offers_of(selectors.proposed_probes(deployment, of_commands=not page["total"]))
    return render(request, "boards/probes.html", page | where)


@require_get_or_post
def attach_probe(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """Give the item a probe, or change the one it has; that one keeps its kind."""
    found = load_item(request, team, number, item)
    if request.method != "POST":
        return attaching.show_attach(request, found, attaching.form_shown(request, found))
    there = None if request.POST.get("basis") == NOTHING else found.probe
    kind = there.kind if there else request.POST.get("kind", "http")
    form = attaching.form_sent(request, found, kind)
    if not form.is_valid():
        return attaching.show_attach(request, found, form, status=422)
    name, shown = form.cleaned_data["name"], form.cleaned_data["shown"]
    asks = {"name": name, "kind": kind, "config": form.settings(), "zone": form.zone}
    try:
        commands.attach_probe(found, by=request.user, shown=shown, **asks)
    except Changed as changed:
        return attaching.show_attach(request, found, form.refuse(changed), status=409)
    return back_to_item(request, found, f"Probe “{name}” looks after item {item}. {form.config.NEXT}")


@require_POST
def try_probe(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """Have it asked once before it is saved. A button that only rearranges the form asks nothing: it comes again."""
    found = load_item(request, team, number, item)
    kind = found.probe.kind if found.probe else request.POST.get("kind", "http")
    if request.POST.keys() & REARRANGING:
        return attaching.show_attach(request, found, attaching.form_again(request, found, kind))
    form = attaching.form_sent(request, found, kind)
    if not form.is_valid():
        return attaching.show_attach(request, found, form, status=422)
    try:
        tried = commands.try_probe(found, by=request.user, kind=kind, config=form.settings(), zone=form.zone or "")
    except TooOften as refusal:
        return attaching.show_attach(request, found, refused(form, refusal), status=refusal.status)
    return attaching.show_attach(request, found, form, tried=str(tried))


@require_GET
def tried(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """What a try came to, for the page that waits for it."""
    found = load_item(request, team, number, item)
    context = attaching.try_of(request, found, request.GET.get("tried", ""))
    return render(request, "boards/_attach_try.html", context)


detach_probe = posting("detach", commands.detach_probe, "Item {item} has no probe any more.")


@require_POST
def run_item_probe(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """Run the item's probe."""
    found = load_item(request, team, number, item)
    asked = commands.run_probes(found.deployment, by=request.user, numbers=[item])
    message = f"The probe is {'asked for' if asked.ordered else 'under way already'}; its result appears here."
    if request.GET.get("back") == "probe":
        page = reverse("deployments:probe", args=[team, number, item])
        return after_action(request, page, message=message)
    return back_to_item(request, found, message)


@require_POST
def run_probes(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Run every probe of the deployment, or those of a section."""
    deployment = load_deployment(request, team, number)
    section = request.POST.get("section", "")
    numbers = selectors.numbers_in(deployment, section) if section else None
    asked = commands.run_probes(deployment, by=request.user, numbers=numbers)
    others = selectors.passive_in(deployment, section)
    page, where = ("probes", "here") if request.GET.get("back") == "probes" else ("board", "on their items")
    back = reverse(f"deployments:{page}", args=[team, number])
    return after_action(request, back, message=_asked_for(asked, others, where))


def _asked_for(asked: commands.Asked, others: int, where: str) -> str:
    """What became of running several. others: how many nobody asks. where: results appear."""
    sentences = []
    if asked.ordered or not asked.under_way:
        sentences.append(f"{plural(asked.ordered, 'probe is', 'probes are')} asked for; results appear {where}.")
    if asked.under_way:
        sentences.append(f"{plural(asked.under_way, 'probe is', 'probes are')} under way already.")
    if others:
        sentences.append(f"{plural(others, 'probe waits for its report', 'probes wait for their reports')}.")
    return " ".join(sentences)


@require_POST
def cancel_series(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Call off what of a series nobody has begun."""
    deployment = load_deployment(request, team, number)
    try:
        series = UUID(request.POST.get("series", ""))
    except ValueError as error:
        raise Refusal("Which runs? Press Cancel on the page of all probes, beside those that are still out.") from error
    count = commands.cancel_series(deployment, by=request.user, series=series)
    done = f"{plural(count, 'run is', 'runs are')} called off; what these probes said before counts again."
    none = "Nothing of it waited any more: what has begun ends as ever."
    back = reverse("deployments:probes", args=[team, number])
    return after_action(request, back, message=done if count else none)
