"""The library: what the team has, what is built in, and how either becomes a template of theirs."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import SignedIn
from apps.catalog import forms, selectors
from apps.checklists import commands, permissions
from apps.checklists.library import BuiltIn
from apps.checklists.library import built_in as find_built_in
from apps.core.http import after_action, heavy, require_get_or_post

from .loading import load_team


@heavy
@require_GET
def library(request: SignedIn, team: str) -> HttpResponse:
    """What do we start from?"""
    asked = {name: request.GET.get(name, "")[:120] for name in ("q", "show", "sort", "page")}
    page = selectors.library_page(load_team(request, team), request.user, **asked)
    return render(request, "catalog/library.html", page)


@require_get_or_post
def create_template(request: SignedIn, team: str) -> HttpResponse:
    """A template that is made by hand begins with its title."""
    found = load_team(request, team)
    form = forms.CreateTemplate(request.POST if request.method == "POST" else None)
    if form.is_valid():
        version = commands.create_template(found, by=request.user, **form.cleaned_data)
        return after_action(request, selectors.draft_url(version), message=f"{version.title} is a draft now.")
    context = {"team": found, "form": form, "may_create": permissions.create_template(request.user, found)}
    return render(request, "catalog/create.html", context, status=422 if form.errors else 200)


@require_GET
def built_in(request: SignedIn, team: str, name: str) -> HttpResponse:
    """What is in a built-in template?"""
    page = selectors.built_in_page(load_team(request, team), request.user, _built_in(name))
    return render(request, "catalog/_inside.html" if request.htmx else "catalog/built_in.html", page)


@require_POST
def install_template(request: SignedIn, team: str, name: str) -> HttpResponse:
    """Make a template of the team's own of it."""
    found = load_team(request, team)
    form = forms.Install(request.POST)
    intent = form.cleaned_data["intent"] if form.is_valid() else None
    version = commands.install_template(found, by=request.user, built_in=_built_in(name), intent=intent)
    url, message = selectors.after_installing(version)
    return after_action(request, url, message=message)


def _built_in(name: str) -> BuiltIn:
    try:
        return find_built_in(name)
    except KeyError as unknown:
        raise Http404 from unknown
