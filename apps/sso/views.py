from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from apps.accounts import commands as accounts
from apps.accounts.models import Invitation, SignedIn, User
from apps.accounts.rules import BY_SSO
from apps.accounts.selectors.pages import sso_name
from apps.core.errors import Refusal, Stale, WrongState
from apps.core.http import address, after_action, is_local, require_get_or_post
from apps.factors import selectors as factors
from apps.ledger.commands import SYSTEM

from . import commands, forms, selectors
from .models import Identity
from .rules import Purpose

SIGN_IN_FIRST = "Your session ended meanwhile. Sign in, and link your account again."
HAS_ACCOUNT = "You are signed in already: join with the account you have."
secret_parameters = sensitive_post_parameters("proof_password", "proof_code")


@login_not_required
@require_POST
def sign_in_by_identity(request: HttpRequest) -> HttpResponse:
    """Sign in by the sign-in service of one's organisation."""
    after = request.POST.get("next", "")[:500]
    return _leaving(request, Purpose.SIGN_IN, after=after if is_local(after) else "")


@login_not_required
@require_GET
def leave(request: HttpRequest) -> HttpResponse:
    """Lead to the service: a page, since a form may not lead away from here."""
    try:
        url = commands.leave_for(request.session, by=SYSTEM)
    except Refusal as refusal:
        return _refused(request, refusal)
    return render(request, "sso/leave.html", {"url": url, "sso": sso_name()})


@login_not_required
@require_GET
def answer(request: HttpRequest) -> HttpResponse:
    """Back from the service: who it says this is."""
    try:
        given = commands.take_answer(request.GET.dict(), request.session, by=SYSTEM)
        return {Purpose.SIGN_IN: _signed_in, Purpose.LINK: _linked, Purpose.JOIN: _joined}[
            Purpose(given.asked.purpose)
        ](request, given)
    except Refusal as refusal:
        return _refused(request, refusal)


@login_not_required
@require_get_or_post
def join_by_identity(request: HttpRequest, token: str) -> HttpResponse:
    """Join a team with a new account that has no password."""
    invitation = get_object_or_404(Invitation.objects.with_token(token), team__isnull=False)
    form = forms.Join(request.POST or None)
    if isinstance(request.user, User):
        return _refused(request, WrongState(HAS_ACCOUNT))
    if not form.is_valid():
        page = {"form": form, "invitation": invitation, "sso": sso_name(), "token": token}
        return render(request, "sso/join.html", page, status=422 if form.is_bound else 200)
    typed = {name: form.cleaned_data[name] for name in ("username", "full_name")}
    by_mail = token == invitation.mailed_token
    return _leaving(request, Purpose.JOIN, invitation=invitation, by_mail=by_mail, **typed)


@secret_parameters
@require_get_or_post
def link_identity(request: SignedIn) -> HttpResponse:
    """Sign in by the service from now on, as who one is there."""
    page = selectors.link_page(request.user)
    form = forms.Link(request.POST if request.method == "POST" else None, known=factors.known(request.user))
    try:
        if form.is_valid():
            commands.ask_provider(Purpose.LINK, request.session, by=request.user, evidence=form.evidence())
            return redirect("sso:leave")
    except Refusal as refusal:
        form.add_error(None, str(refusal))
    return render(request, "sso/link.html", page | {"form": form}, status=422 if form.errors else 200)


@secret_parameters
@require_get_or_post
def unlink_identity(request: SignedIn, identity: UUID) -> HttpResponse:
    """Sign in by the service no more."""
    found = get_object_or_404(Identity.objects.visible_to(request.user), pk=identity)
    form = forms.Unlink(request.POST if request.method == "POST" else None, known=factors.known(request.user))
    try:
        if form.is_valid():
            commands.unlink_identity(found, form.evidence(), by=request.user)
            message = f"{sso_name() or found.issuer} signs you in no more. Everywhere else you are signed out."
            return after_action(request, address("accounts:account"), message=message)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
    page = {"form": form, "identity": found, "sso": sso_name()}
    return render(request, "sso/unlink.html", page, status=422 if form.errors else 200)


def _leaving(request: HttpRequest, purpose: Purpose, **of: Any) -> HttpResponse:
    try:
        commands.ask_provider(purpose, request.session, by=SYSTEM, **of)
    except Refusal as refusal:
        return _refused(request, refusal)
    return redirect("sso:leave")


def _signed_in(request: HttpRequest, given: commands.Answer) -> HttpResponse:
    _begin_session(request, commands.sign_in_by_identity(given, by=SYSTEM))
    return redirect(given.asked.after if is_local(given.asked.after) else "home")


def _linked(request: HttpRequest, given: commands.Answer) -> HttpResponse:
    if not isinstance(request.user, User):
        raise Stale(SIGN_IN_FIRST)
    commands.link_identity(given, by=request.user)
    message = f"{sso_name()} signs you in from now on. Everywhere else you are signed out."
    return after_action(request, address("accounts:account"), message=message)


def _joined(request: HttpRequest, given: commands.Answer) -> HttpResponse:
    if isinstance(request.user, User):
        raise WrongState(HAS_ACCOUNT)
    membership = commands.join_by_identity(given, by=SYSTEM)
    _begin_session(request, membership.user)
    messages.success(request, f"Welcome to {membership.team}. Add a passkey: without one you sign nothing.")
    return redirect("factors:factors")


def _begin_session(request: HttpRequest, person: User) -> None:
    login(request, person)
    where = {"address": request.META["REMOTE_ADDR"], "agent": request.headers.get("User-Agent", "")}
    accounts.begin_session(request.session, by=person, means=BY_SSO, **where)


def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return render(request, "sso/refused.html", {"refusal": refusal}, status=refusal.status)
