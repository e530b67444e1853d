import secrets
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from apps.core.errors import Refusal
from apps.core.forms import refused
from apps.core.http import after_action, require_get_or_post, set_browser_cookie, signed_in
from apps.core.wording import plural
from apps.ledger.commands import SYSTEM, Actor

from . import commands, forms, rules, selectors
from .models import Invitation, OpenSession, SignedIn, User


@login_not_required
@sensitive_post_parameters("password")
@require_get_or_post
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in by name and password; in a demo, choose whom to be."""
    form = forms.SignIn(request.POST if "username" in request.POST else None)
    if not form.is_valid():
        return _sign_in_page(request, form)
    try:
        browser = _browser_of(request, form.cleaned_data["username"])
        person = commands.sign_in(**form.cleaned_data, address=request.META["REMOTE_ADDR"], by=SYSTEM, browser=browser)
    except Refusal as refusal:
        return _sign_in_page(request, form, refusal)
    answer = _second_step(request, person) if person.second_factors else _let_in(request, person)
    return _remembering(answer, browser, form.cleaned_data["username"])


@require_POST
def sign_out(request: SignedIn) -> HttpResponse:
    """End the session."""
    commands.sign_out(by=request.user)
    logout(request)
    return redirect("accounts:sign_in")


@login_not_required
@require_POST
def become(request: HttpRequest) -> HttpResponse:
    """Be one of the demo's people, with one click."""
    form = forms.Become(request.POST)
    if not form.is_valid():
        return _sign_in_page(request, forms.SignIn(), Refusal("That person is not here. Choose one of these."))
    return _let_in(request, commands.become(form.cleaned_data["person"], by=SYSTEM), means="one click (demo)")


@login_not_required
@sensitive_post_parameters("password")
@require_get_or_post
def create_first_team(request: HttpRequest, token: str) -> HttpResponse:
    """The first person makes their account and team."""
    invitation = get_object_or_404(Invitation.objects.with_token(token), team=None)
    form = forms.FirstTeam(request.POST or None)
    if not form.is_valid():
        page = selectors.start_page(invitation) | {"form": form}
        return render(request, "accounts/start.html", page, status=_status(request))
    team = {name: form.cleaned_data[name] for name in ("name", "slug")}
    try:
        person = commands.create_first_team(invitation, by=_actor(request), account=form.account(), **team)
    except Refusal as refusal:
        page = selectors.start_page(invitation) | {"form": refused(form, refusal)}
        return render(request, "accounts/start.html", page, status=refusal.status)
    _begin_session(request, person)
    return redirect("home")


@login_not_required
@sensitive_post_parameters("password")
@require_get_or_post
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Join a team by its one-time link, with a new account or the present one."""
    invitation = get_object_or_404(Invitation.objects.with_token(token), team__isnull=False)
    is_guest = not request.user.is_authenticated
    form = forms.NewAccount(request.POST or None) if is_guest else None
    if request.method != "POST" or (form and not form.is_valid()):
        return _invitation_page(request, invitation, token, form)
    account = form.account() if form else None
    try:
        membership = commands.accept_invitation(invitation, by=_actor(request), account=account, token=token)
    except Refusal as refusal:
        return _invitation_page(request, invitation, token, form and refused(form, refusal), refusal)
    if is_guest:
        _begin_session(request, membership.user)
    messages.success(request, f"Welcome to {membership.team}.")
    return redirect("deployments:my_work", team=membership.team.slug)


@require_GET
def account(request: SignedIn) -> HttpResponse:
    """My name, my password, my teams."""
    return _account_page(request)


@require_POST
def rename_person(request: SignedIn) -> HttpResponse:
    """Change what I am called."""
    form = forms.Rename(request.POST)
    if not form.is_valid():
        return _account_page(request, rename=form)
    try:
        commands.rename_person(request.user, by=request.user, **form.cleaned_data)
    except Refusal as refusal:
        return _account_page(request, refusal.status, rename=refused(form, refusal))
    return after_action(request, reverse("accounts:account"), message="Your name is saved.")


@sensitive_post_parameters("old", "new")
@require_POST
def change_password(request: SignedIn) -> HttpResponse:
    """Change my password; this session goes on, others end."""
    form = forms.ChangePassword(request.POST, person=request.user)
    if not form.is_valid():
        return _account_page(request, password=form)
    old, new = form.cleaned_data["old"], form.cleaned_data["new"]
    try:
        person = commands.change_password(
            request.user, by=request.user, password=new, old=old, session=request.user.session_key
        )
    except Refusal as refusal:
        form.add_error("old", str(refusal))
        return _account_page(request, password=form)
    update_session_auth_hash(request, person)
    commands.move_session(request.session, by=person)
    message = "Your password is changed. Everywhere else you are signed out."
    return after_action(request, reverse("accounts:account"), message=message)


@require_POST
def end_session(request: SignedIn, session: UUID) -> HttpResponse:
    """End one of my sessions."""
    commands.end_session(get_object_or_404(OpenSession.objects.visible_to(request.user), pk=session), by=request.user)
    return after_action(request, reverse("factors:factors"), message="Ended: it stops with its next click.")


@require_POST
def end_other_sessions(request: SignedIn) -> HttpResponse:
    """End all of my sessions but this one."""
    count = commands.end_other_sessions(by=request.user)
    message = f"Ended: {plural(count, 'session')}." if count else "There is no other session."
    return after_action(request, reverse("factors:factors"), message=message)


@require_POST
def create_team(request: SignedIn) -> HttpResponse:
    """An admin makes another team."""
    form = forms.NewTeam(request.POST)
    if not form.is_valid():
        return _account_page(request, team=form)
    try:
        team = commands.create_team(by=request.user, **form.cleaned_data)
    except Refusal as refusal:
        return _account_page(request, refusal.status, team=refused(form, refusal))
    return after_action(
        request, _people(team.slug), message=f"{team} is ready. Invite a second person: two keys need two."
    )


def _browser_of(request: HttpRequest, username: str) -> str:
    """What names this browser, if that person signed in here before; empty otherwise."""
    known = request.get_signed_cookie(settings.KNOWN_COOKIE_NAME, default="", max_age=settings.KNOWN_COOKIE_AGE)
    return str(known) if str(known).startswith(rules.tries_key("", username)) else ""


def _remembering(response: HttpResponse, browser: str, username: str) -> HttpResponse:
    """The answer with a cookie that names the browser for this person, and nobody else."""
    value = browser or f"{rules.tries_key('', username)}.{secrets.token_hex(16)}"
    set_browser_cookie(response, settings.KNOWN_COOKIE_NAME, value, max_age=settings.KNOWN_COOKIE_AGE)
    return response


def _actor(request: HttpRequest) -> Actor:
    """Whoever holds a link: the person signed in, or nobody yet."""
    return request.user if isinstance(request.user, User) else SYSTEM


def _people(team: str) -> str:
    return reverse("teams:people", kwargs={"team": team})


def _status(request: HttpRequest) -> int:
    return 422 if request.method == "POST" else 200


def _begin_session(request: HttpRequest, person: User, means: str = "password") -> None:
    login(request, person)
    where = {"address": request.META["REMOTE_ADDR"], "agent": request.headers.get("User-Agent", "")}
    commands.begin_session(request.session, by=person, means=means, **where)


def _let_in(request: HttpRequest, person: User, means: str = "password") -> HttpResponse:
    _begin_session(request, person, means)
    return signed_in(request)


def _second_step(request: HttpRequest, person: User) -> HttpResponse:
    """The page that asks for a second factor; the server remembers for minutes who typed their password."""
    request.session[selectors.SECOND_STEP] = selectors.second_step_of(person, timezone.now())
    page = selectors.second_step_page(person) | {name: request.POST.get(name, "") for name in ("next", "unsent")}
    return render(request, "accounts/second_step.html", page)


def _sign_in_page(request: HttpRequest, form: forms.SignIn, refusal: Refusal | None = None) -> HttpResponse:
    to = request.POST.get("next") or request.GET.get("next") or ""
    # Of a form of ours alone: a link would fill in what somebody else wrote.
    page = {"form": form, "refusal": refusal, "next": to, "unsent": request.POST.get("unsent", "")}
    status = refusal.status if refusal else 422 if form.errors else 200
    return render(request, "accounts/sign_in.html", page | selectors.sign_in_page(), status=status)


def _invitation_page(
    request: HttpRequest,
    invitation: Invitation,
    token: str,
    form: forms.NewAccount | None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    page = selectors.invitation_page(invitation, _actor(request)) | {"form": form, "refusal": refusal, "token": token}
    status = refusal.status if refusal else _status(request)
    return render(request, "accounts/invitation.html", page, status=status)


def _account_page(request: SignedIn, status: int = 422, **bound: forms.forms.Form) -> HttpResponse:
    now = {"full_name": request.user.full_name}
    fresh = {
        "rename": forms.Rename(initial=now, now=now),
        "password": forms.ChangePassword(person=request.user),
        "team": forms.NewTeam(),
    }
    page = selectors.account_page(request.user) | {"forms": fresh | bound}
    return render(request, "accounts/account.html", page, status=status if bound else 200)
