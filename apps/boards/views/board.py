"""The board and what keeps it live."""

import re
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from apps.accounts.models import SignedIn
from apps.boards import selectors
from apps.boards.forms.board import AddItem, AssignItems, ChooseItems, PlanItems
from apps.core.http import after_action, heavy_at_first, render_around
from apps.core.wording import day, plural
from apps.deployments import commands, permissions
from apps.deployments.models import Deployment
from apps.live.stream import EventStream

from .loading import chosen_items, load_deployment

LIKE_A_SEQUENCE = re.compile(r"[0-9]{1,15}")


@heavy_at_first
@require_GET
def board(request: SignedIn, team: str, number: int) -> HttpResponse:
    """May we go, and if not, what exactly blocks, and who can clear it?"""
    deployment = load_deployment(request, team, number)
    show, find = request.GET.get("show", ""), request.GET.get("q", "")[:200]
    since = _number(request.GET["since"]) if "since" in request.GET else None
    page = selectors.board_page(deployment, request.user, show=show, find=find, since=since)
    return render_around(request, "boards/board.html", page, fragments=page["rendered"])


@heavy_at_first
@require_GET
def rows(request: SignedIn, team: str, number: int) -> HttpResponse:
    """The parts of a board that changed, as this viewer may see them."""
    deployment = load_deployment(request, team, number)
    items, since = chosen_items(request), _number(request.GET.get("since", ""))
    context = selectors.board_rows(deployment, request.user, items, since)
    return render_around(request, "boards/_rows.html", context, fragments=context["rendered"])


@heavy_at_first
@require_GET
def blockers(request: SignedIn, team: str, number: int) -> JsonResponse:
    """The verdict and every condition that is not met, for machines."""
    deployment = load_deployment(request, team, number)
    return JsonResponse(selectors.blockers_data(deployment))


@require_POST
def assign_items(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Give items to somebody: one, many at once, a whole section."""
    deployment = load_deployment(request, team, number)
    form = AssignItems(request.POST, deployment=deployment)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return _back(request, form, team, number)
    chosen = {name: form.cleaned_data[name] for name in ("owner", "numbers", "sections", "shown")}
    changed, owner = commands.assign_items(deployment, by=request.user, **chosen), chosen["owner"]
    items = plural(changed, "item")
    messages.success(request, f"{items} assigned to {owner.full_name}." if owner else f"{items} have no owner now.")
    return _back(request, form, team, number)


@require_POST
def plan_items(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Say until when items are to be done: one, many at once, a whole section."""
    deployment = load_deployment(request, team, number)
    form = PlanItems(request.POST, deployment=deployment)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return _back(request, form, team, number)
    chosen = {name: form.cleaned_data[name] for name in ("due_on", "numbers", "sections", "shown")}
    changed, due_on = commands.plan_items(deployment, by=request.user, **chosen), chosen["due_on"]
    items = plural(changed, "item")
    messages.success(request, f"{items} due {day(due_on)}." if due_on else f"{items} have no due date now.")
    return _back(request, form, team, number)


@require_http_methods(["GET", "POST"])
def add_item(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Add an item that is not in the template."""
    deployment = load_deployment(request, team, number)
    form = AddItem(request.POST if request.method == "POST" else None, deployment=deployment)
    if not form.is_valid():
        may = permissions.add_item(request.user, deployment)
        context = {"deployment": deployment, "form": form, "may": may}
        return render(request, "boards/add.html", context, status=422 if form.is_bound else 200)
    item = commands.add_item(deployment, by=request.user, **form.cleaned_data)
    messages.success(request, f"Item {item.number} is added. Somebody else verifies it.")
    return after_action(request, f"{selectors.url_of(deployment)}items/{item.number}/")


@require_GET
def follow(request: SignedIn, deployment: UUID) -> HttpResponse:
    """The event stream of one deployment: what changed and, for a board, the parts that did; once, what was missed."""
    found = get_object_or_404(Deployment.objects.visible_to(request.user), pk=deployment)
    session, shown = str(request.session.session_key), request.GET.get("shown", "")
    listener = selectors.Listener(request.user, session, deployment, found.team_id, found.stream, shown)
    if "once" in request.GET:  # for a page whose browser has no connection to spare
        sequence, items = listener.missed(_sequence(request))
        return JsonResponse({"seq": sequence, "items": items})
    stream = EventStream(found.stream, _sequence(request), listener.missed, listener.may_listen).of(request.user.pk)
    return stream.with_parts(selectors.parts_for, listener) if "parts" in request.GET else stream


def _back(request: SignedIn, form: ChooseItems, team: str, number: int) -> HttpResponse:
    """To the item whose page the form stood on, else to the board."""
    item = form.cleaned_data.get("back")
    if item:
        return redirect("deployments:item", team, number, item)
    answer = after_action(request, reverse("deployments:board", args=[team, number]))
    return HttpResponseClientRedirect(answer.headers["Location"]) if request.htmx else answer


def _sequence(request: HttpRequest) -> int:
    """Up to where the page has seen everything; a reconnecting browser says so by itself."""
    return _number(request.headers.get("Last-Event-ID") or request.GET.get("after", ""))


def _number(text: str) -> int:
    """The sequence somebody names, or -1, which is before the first entry."""
    return int(text) if LIKE_A_SEQUENCE.fullmatch(text) else -1
