from typing import Any
from uuid import UUID

from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import SignedIn, Team
from apps.core.errors import Stale, WrongState
from apps.core.forms import refused
from apps.core.http import after_action
from apps.core.shown import UNSEEN

from . import commands, forms, selectors
from .models import Secret


@require_GET
def list_secrets(request: SignedIn, team: str) -> HttpResponse:
    """Which secrets has the team, and where may they go?"""
    return _list(request, _team(request, team), forms.SetSecret())


@sensitive_post_parameters()
@require_POST
def set_secret(request: SignedIn, team: str) -> HttpResponse:
    """Give the team a secret."""
    found, form = _team(request, team), forms.SetSecret(request.POST)
    if not form.is_valid():
        return _list(request, found, form, 422)
    typed = _typed(form)
    try:
        secret = commands.set_secret(found, by=request.user, **typed)
    except (WrongState, Stale) as refusal:
        return _list(request, found, refused(form, refusal), refusal.status)
    return after_action(request, _url(secret), message=f"“{secret}” is set. Probes may use it by that name.")


@require_GET
def secret(request: SignedIn, team: str, secret: UUID) -> HttpResponse:
    """One secret: who set it, where it may go, what uses it."""
    return _page(request, _secret(request, team, secret))


@sensitive_post_parameters()
@require_POST
def rotate_secret(request: SignedIn, team: str, secret: UUID) -> HttpResponse:
    """Give it a new value."""
    found, form = _secret(request, team, secret), forms.RotateSecret(request.POST)
    if not form.is_valid():
        return _page(request, found, 422, rotate=form)
    try:
        found = commands.rotate_secret(found, by=request.user, **_typed(form))
    except (WrongState, Stale) as refusal:
        return _page(request, found, refusal.status, rotate=refused(form, refusal))
    return after_action(request, _url(found), message=f"Version {found.version} counts from the next use on.")


@require_POST
def bind_secret(request: SignedIn, team: str, secret: UUID) -> HttpResponse:
    """Say where it may be sent."""
    found, form = _secret(request, team, secret), forms.BindSecret(request.POST)
    if not form.is_valid():
        return _page(request, found, 422, bind=form)
    try:
        found = commands.bind_secret(found, by=request.user, **_typed(form))
    except (WrongState, Stale) as refusal:
        return _page(request, found, refusal.status, bind=refused(form, refusal))
    return after_action(request, _url(found), message="Saved: it goes to these hosts and nowhere else.")


@require_POST
def remove_secret(request: SignedIn, team: str, secret: UUID) -> HttpResponse:
    """Destroy it."""
    found = _secret(request, team, secret)
    commands.remove_secret(found, by=request.user, shown=request.POST.get("basis", UNSEEN))
    return after_action(request, reverse("secrets:list", args=[team]), message=f"“{found}” is removed for good.")


def _typed(form: Form) -> dict[str, Any]:
    """What a form holds, under the names that commands take."""
    typed = dict(form.cleaned_data)
    if "bindings" in typed:
        typed["bindings"] = typed["bindings"].splitlines()
    return {("value" if name == forms.VALUE else name): value for name, value in typed.items()}


def _list(request: SignedIn, team: Team, form: forms.SetSecret, status: int = 200) -> HttpResponse:
    asked = {name: request.GET.get(name, "")[:120] for name in ("q", "sort", "page")}
    page = selectors.secrets_page(team, request.user, **asked) | {"form": form}
    return render(request, "secrets/list.html", page, status=status)


def _page(request: SignedIn, found: Secret, status: int = 200, **bound: Form) -> HttpResponse:
    page = selectors.secret_page(found, request.user)
    now = found.bound
    fresh = {"rotate": forms.RotateSecret(), "bind": forms.BindSecret(initial=now, now=now)}
    return render(request, "secrets/secret.html", page | {"forms": fresh | bound}, status=status)


def _team(request: SignedIn, slug: str) -> Team:
    return get_object_or_404(Team.objects.visible_to(request.user), slug=slug)


def _secret(request: SignedIn, team: str, pk: UUID) -> Secret:
    visible = Secret.objects.visible_to(request.user).select_related("team")
    return get_object_or_404(visible, team__slug=team, pk=pk)


def _url(secret: Secret) -> str:
    return reverse("secrets:secret", args=[secret.team.slug, secret.pk])
