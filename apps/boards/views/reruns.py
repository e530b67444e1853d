"""Running again what has ended, and opening what that carries over."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import SignedIn
from apps.boards import selectors
from apps.boards.forms.lifecycle import RerunDeployment
from apps.core.clock import clock_of
from apps.core.http import after_action, heavy
from apps.reruns import commands
from apps.reruns.selectors import newest_version

from .loading import load_deployment, load_item
from .showing import back_to_item


@heavy
@require_http_methods(["GET", "POST"])
def rerun_deployment(request: SignedIn, team: str, number: int) -> HttpResponse:
    """What does the change touch? Asked again with every tick; the new deployment begins with the button."""
    parent = load_deployment(request, team, number)
    version = newest_version(parent)
    sent = request.POST if request.method == "POST" else None
    keys, clock = selectors.keys_of(version), clock_of(request)
    form = RerunDeployment(sent, parent=parent, of=version, keys=keys, clock=clock)
    if sent is not None and "count" not in sent and form.is_valid():
        made = commands.rerun_deployment(parent, by=request.user, **form.values)
        message = f"{made.code} is a draft. What is carried over can be opened again on its board."
        return after_action(request, selectors.url_of(made), message=message)
    page = selectors.rerun_page(parent, request.user, version, form.answers, **form.touched)
    is_wrong = form.is_bound and "count" not in request.POST
    context = page | {"form": form if is_wrong else form.as_typed}
    template = "boards/_rerun_swap.html" if request.htmx else "boards/rerun.html"
    return render(request, template, context, status=422 if is_wrong else 200)


@require_POST
def reopen_item(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """Do here what was carried over."""
    found = load_item(request, team, number, item)
    commands.reopen_item(found, by=request.user)
    return back_to_item(request, found, f"Item {item} is open again, to be signed here.")
