"""From my work and the list of deployments to a new one, and to its end."""

from typing import Any

from django.forms.models import model_to_dict
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import SignedIn, Team
from apps.boards import selectors
from apps.boards.forms import lifecycle as forms
from apps.boards.forms.windows import MOMENTS, MoveWindow
from apps.core.clock import clock_of
from apps.core.errors import Changed, Stale
from apps.core.forms import refused
from apps.core.http import after_action, heavy, heavy_at_first
from apps.core.shown import fingerprint, texts
from apps.deployments import commands, permissions
from apps.deployments.models import Deployment

from .loading import load_deployment, load_team, searched


@heavy_at_first
@require_GET
def my_work(request: SignedIn, team: str) -> HttpResponse:
    """What waits for me?"""
    page = selectors.my_work_page(load_team(request, team), request.user, page=request.GET.get("page", ""))
    return render(request, "boards/my_work.html", page)


@heavy_at_first
@require_GET
def deployments(request: SignedIn, team: str) -> HttpResponse:
    """Every deployment of a team, found and sorted."""
    asked = {name: request.GET.get(name, "") for name in ("show", "sort", "page")}
    page = selectors.deployments_page(load_team(request, team), request.user, find=searched(request), **asked)
    return render(request, "boards/list.html", page)


@heavy
@require_http_methods(["GET", "POST"])
def create_deployment(request: SignedIn, team: str) -> HttpResponse:
    """First the checklist, then what it is for and the values it names."""
    own = load_team(request, team)
    version = selectors.chosen(own, request.GET.get("template", ""))
    if version is None:
        return _choose_template(request, own)
    asked = {"variables": selectors.variables_to_fill(version), "tiers": version.tiers}
    form = forms.CreateDeployment(_sent(request), clock=clock_of(request), team=own, **asked)
    if not form.is_valid():
        may = permissions.create_deployment(request.user, own)
        return _asked(request, "boards/create.html", team=own, version=version, form=form, may_create=may)
    made = commands.create_deployment(own, by=request.user, template_version=version, **form.values)
    message = f"{made.code} is a draft. Assign its items, then open the review."
    return after_action(request, selectors.url_of(made), message=message)


@require_POST
def open_review(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Let keys be turned."""
    deployment = commands.open_review(load_deployment(request, team, number), by=request.user)
    return after_action(request, selectors.url_of(deployment), message="The review is open. Keys can be turned now.")


@require_http_methods(["GET", "POST"])
def edit_deployment(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Move the window."""
    deployment = load_deployment(request, team, number)
    now = model_to_dict(deployment, MOMENTS)
    form = MoveWindow(_sent(request), initial=now, now=texts(**now), clock=clock_of(request))
    may = permissions.edit_deployment(request.user, deployment)
    if not form.is_valid():
        return _asked(request, "boards/edit.html", deployment=deployment, form=form, may=may)
    try:
        commands.edit_deployment(deployment, by=request.user, **form.cleaned_data)
    except Changed as changed:
        form.refuse(changed)
        return _asked(request, "boards/edit.html", 409, deployment=deployment, form=form, may=may)
    message = "The window is set. Signatures are not touched by it."
    return after_action(request, selectors.url_of(deployment), message=message)


@require_http_methods(["GET", "POST"])
def cancel_deployment(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Give a deployment up, for a reason."""
    deployment = load_deployment(request, team, number)
    form = forms.CancelDeployment(_sent(request), initial={"basis": fingerprint(deployment.standing)})
    if not form.is_valid():
        return _cancel_page(request, deployment, form)
    reason, shown = form.cleaned_data["reason"], form.cleaned_data["shown"]
    try:
        commands.cancel_deployment(deployment, by=request.user, reason=reason, shown=shown)
    except Stale as stale:
        return _cancel_page(request, load_deployment(request, team, number), refused(form, stale), stale.status)
    return after_action(request, selectors.url_of(deployment), message=f"{deployment.code} is cancelled.")


@heavy
@require_http_methods(["GET", "POST"])
def upgrade_deployment(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Take over the newest version of its checklist, once it was seen what that changes."""
    deployment = load_deployment(request, team, number)
    page = selectors.upgrade_page(deployment, request.user)
    form = forms.Upgrade(_sent(request), page=page)
    if not form.is_valid():
        return _asked(request, "boards/upgrade.html", **page, form=form)
    try:
        commands.upgrade_deployment(deployment, by=request.user, **form.values)
    except Stale as stale:
        page = selectors.upgrade_page(load_deployment(request, team, number), request.user)
        form = refused(form.over(page.get("shown", "")), stale)
        return _asked(request, "boards/upgrade.html", stale.status, **page, form=form)
    return after_action(request, selectors.url_of(deployment), message="It runs on the newest version now.")


@heavy
@require_GET
def history(request: SignedIn, team: str, number: int) -> HttpResponse:
    """The whole ledger of a deployment, in sentences."""
    deployment = load_deployment(request, team, number)
    page = selectors.history_page(deployment, find=searched(request), page=request.GET.get("page", ""))
    return render(request, "boards/history.html", page)


def _cancel_page(
    request: SignedIn, deployment: Deployment, form: forms.CancelDeployment, status: int = 422
) -> HttpResponse:
    may = permissions.cancel_deployment(request.user, deployment)
    form.over(fingerprint(deployment.standing))
    return _asked(request, "boards/cancel.html", status, deployment=deployment, form=form, may=may)


def _choose_template(request: SignedIn, team: Team) -> HttpResponse:
    """Step one; with a single checklist there is nothing to choose."""
    page = selectors.start_page(team, find=searched(request))
    if len(page["versions"]) == 1 and not page["find"] and request.method == "GET":
        start = reverse("deployments:create_deployment", args=[team.slug])
        return redirect(f"{start}?template={page['versions'][0].pk}")
    may = permissions.create_deployment(request.user, team)
    return _asked(request, "boards/choose.html", **page, team=team, may_create=may)


def _sent(request: SignedIn) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _asked(request: SignedIn, template: str, status: int = 422, **context: Any) -> HttpResponse:
    """The page that asks for something: for the first time, or again because what was sent did not do."""
    return render(request, template, context, status=status if request.method == "POST" else 200)
