from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from apps.accounts import commands as accounts
from apps.accounts import selectors as people
from apps.accounts.models import SignedIn, User
from apps.core import mail
from apps.core.errors import Refusal, WrongState
from apps.core.forms import refused
from apps.core.http import address, after_action, require_get_or_post, signed_in
from apps.ledger.commands import SYSTEM
from apps.letters import selectors as letters

from . import commands, forms, permissions, selectors
from .rules import Purpose

SHOWN_UNTIL = "recovery_codes_until"  # of Django's session: how long this browser sees the codes that it asked for
ANSWERED = ("passkey_challenge", "passkey_answer")
GONE = "You are mailed nowhere now."
SHOWN_FOR = timedelta(minutes=10)
secret_parameters = sensitive_post_parameters("proof_password", "proof_code", "new_code", "sealed", "code")


@require_GET
def statement(request: SignedIn) -> HttpResponse:
    """The statement that a passkey signs for the keys that a page names, with what the browser needs to ask it."""
    form = forms.Turns(request.GET)
    if not form.is_valid():
        return JsonResponse({"refused": "The page is not complete. Reload it and try again."}, status=422)
    asked = selectors.passkey_question(request.user, form.cleaned_data["turn"])
    return JsonResponse(asked, status=409 if "refused" in asked else 200)


@login_not_required
@require_POST
def ask_passkey(request: HttpRequest) -> HttpResponse:
    """A question for a passkey, as JSON: to sign in, to finish that, to prove who I am, or to become one of mine."""
    form = forms.Ask(request.POST)
    if not form.is_valid():
        return JsonResponse({"error": "Reload the page."}, status=422)
    purpose = Purpose(form.cleaned_data["purpose"])
    person = _asked(request, purpose)
    if person is None and purpose != Purpose.SIGN_IN:
        return JsonResponse({"error": "You are signed out. Sign in again."}, status=403)
    return JsonResponse(commands.ask_passkey(purpose, by=person or SYSTEM, person=person))


@login_not_required
@require_POST
def sign_in_by_passkey(request: HttpRequest) -> HttpResponse:
    """Sign in without a name or a password."""
    form = forms.SignInByPasskey(request.POST)
    try:
        if not form.is_valid():
            raise WrongState("This browser sent no answer of a passkey. Try again, or use your password.")
        person = commands.sign_in_by_passkey(*(form.cleaned_data[each] for each in ANSWERED), by=SYSTEM)
    except Refusal as refusal:
        return _not_signed_in(request, refusal)
    return _let_in(request, person, "passkey")


@login_not_required
@sensitive_post_parameters("code")
@require_POST
def confirm_sign_in(request: HttpRequest) -> HttpResponse:
    """The step after the password: a code, a passkey or a recovery code."""
    person = people.waiting_person(request.session.get(people.SECOND_STEP), timezone.now())
    if person is None:
        return _not_signed_in(request, WrongState("Your password was typed too long ago. Type it again."))
    form = forms.SecondStep(request.POST)
    try:
        if not form.is_valid():
            raise WrongState("Type the code, or use your passkey.")
        person, means = commands.confirm_sign_in(
            person, form.evidence(), by=SYSTEM, address=request.META["REMOTE_ADDR"]
        )
    except Refusal as refusal:
        page = people.second_step_page(person) | {"refusal": refusal} | _carried(request)
        return render(request, "accounts/second_step.html", page, status=refusal.status)
    return _let_in(request, person, means)


@require_GET
def factors(request: SignedIn) -> HttpResponse:
    """Whether I can sign, and only me: my passkeys, codes and sessions."""
    return render(request, "factors/factors.html", selectors.factors_page(request.user, timezone.now(), _host(request)))


@secret_parameters
@require_get_or_post
def change_address(request: SignedIn) -> HttpResponse:
    """Where am I mailed?"""
    person = request.user
    form = forms.ChangeAddress(request.POST or None, known=selectors.known(person), initial={"email": person.email})
    try:
        if form.is_valid():
            email = form.cleaned_data["email"]
            commands.change_address(email, form.evidence(), by=person)
            message = f"A link is on its way to {email}. The address counts once you open it." if email else GONE
            return after_action(request, address("accounts:account"), message=message)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
    page = {"asked": letters.unverified(person), "sends_mail": mail.is_configured()}
    return _page(request, "factors/change_address.html", form, page)


@secret_parameters
@require_get_or_post
def add_codes(request: SignedIn) -> HttpResponse:
    """Have one-time codes, or others than before."""
    known = selectors.known(request.user)
    secret = selectors.unsealed(request.POST.get("sealed", ""), request.user)
    form = forms.AddCodes(request.POST if secret else None, known=known)
    try:
        if form.is_valid() and secret:
            commands.add_codes(secret, form.cleaned_data["new_code"], form.evidence(), by=request.user)
            return _changed(request, "Your one-time codes work from now on.")
    except Refusal as refusal:
        form.add_error(None, str(refusal))
    secret = secret or generate_totp_secret()
    form.initial["sealed"] = selectors.sealed(secret, request.user)
    url = get_adapter().build_totp_url(request.user, secret)
    page = {"form": form, "secret": secret, "picture": selectors.picture(get_adapter().build_totp_svg(url)), "url": url}
    return _page(request, "factors/add_codes.html", form, page | selectors.cost(request.user))


@secret_parameters
@require_get_or_post
def remove_codes(request: SignedIn) -> HttpResponse:
    """Have no one-time codes any more."""
    form = _prove(request)
    if not form.known.codes:
        raise Http404
    try:
        if form.is_valid():
            commands.remove_codes(form.evidence(), by=request.user)
            return _changed(request, "Your one-time codes are gone.")
    except Refusal as refusal:
        form.add_error(None, str(refusal))
    return _page(request, "factors/remove_codes.html", form, selectors.cost(request.user))


@secret_parameters
@require_get_or_post
def add_passkey(request: SignedIn) -> HttpResponse:
    """Register a passkey."""
    form = forms.AddPasskey(request.POST or None, known=selectors.known(request.user))
    try:
        if form.is_valid():
            name, challenge, credential = (form.cleaned_data[each] for each in ("name", *ANSWERED))
            commands.add_passkey(name, challenge, credential, form.evidence(), by=request.user)
            return _changed(request, f"The passkey “{form.cleaned_data['name']}” is added.")
    except Refusal as refusal:
        form.add_error(None, str(refusal))
    page = selectors.cost(request.user) | selectors.where_passkeys_work(_host(request))
    return _page(request, "factors/add_passkey.html", form, page)


@secret_parameters
@require_get_or_post
def remove_passkey(request: SignedIn, passkey: int) -> HttpResponse:
    """Have a passkey no more."""
    found, form = get_object_or_404(selectors.visible_passkeys(request.user), pk=passkey), _prove(request)
    try:
        if form.is_valid():
            commands.remove_passkey(found, form.evidence(), by=request.user)
            return _changed(request, f"The passkey “{found.data['name']}” is removed. What it signed stays valid.")
    except Refusal as refusal:
        form.add_error(None, str(refusal))
    page = selectors.cost(request.user) | {"passkey": found}
    return _page(request, "factors/remove_passkey.html", form, page)


@require_get_or_post
def rename_passkey(request: SignedIn, passkey: int) -> HttpResponse:
    """Call a passkey something else."""
    found = get_object_or_404(selectors.visible_passkeys(request.user), pk=passkey)
    now = {"name": str(found.data["name"])}
    form, status = forms.RenamePasskey(request.POST or None, initial=now, now=now), 422
    if form.is_valid():
        try:
            commands.rename_passkey(found, by=request.user, **form.cleaned_data)
            return after_action(request, address("factors:factors"), message="Its name is saved.")
        except Refusal as refusal:
            form, status = refused(form, refusal), refusal.status
    page = {"form": form, "passkey": found}
    return render(request, "factors/rename_passkey.html", page, status=status if form.is_bound else 200)


@secret_parameters
@require_get_or_post
def make_recovery_codes(request: SignedIn) -> HttpResponse:
    """Have ten new ways back in."""
    form = _prove(request)
    if not permissions.make_recovery_codes(request.user, form.known):
        raise Http404
    try:
        if form.is_valid():
            commands.make_recovery_codes(form.evidence(), by=request.user)
            request.session[SHOWN_UNTIL] = (timezone.now() + SHOWN_FOR).isoformat()
            return redirect("factors:recovery_codes")
    except Refusal as refusal:
        form.add_error(None, str(refusal))
    page = {"has_codes": selectors.recovery_codes(request.user) is not None}
    return _page(request, "factors/make_recovery_codes.html", form, page)


@require_GET
def recovery_codes(request: SignedIn) -> HttpResponse:
    """The codes, in the browser that asked for them, for ten minutes."""
    until, factor = request.session.get(SHOWN_UNTIL), selectors.recovery_codes(request.user)
    if factor is None or not until or datetime.fromisoformat(until) <= timezone.now():
        message = "Recovery codes are shown only once. Make others if they are lost."
        return after_action(request, address("factors:factors"), message=message)
    return render(request, "factors/recovery_codes.html", {"codes": selectors.readable_codes(factor)})


def _prove(request: SignedIn) -> forms.Prove:
    return forms.Prove(request.POST if request.method == "POST" else None, known=selectors.known(request.user))


def _asked(request: HttpRequest, purpose: Purpose) -> User | None:
    """Whose passkey is asked: nobody's in particular to sign in."""
    if purpose == Purpose.SECOND_STEP:
        return people.waiting_person(request.session.get(people.SECOND_STEP), timezone.now())
    is_mine = purpose in (Purpose.PROVE, Purpose.ADD) and isinstance(request.user, User)
    return request.user if is_mine and isinstance(request.user, User) else None


def _let_in(request: HttpRequest, person: User, means: str) -> HttpResponse:
    """Signed in, and led to where they wanted to go."""
    request.session.pop(people.SECOND_STEP, None)
    login(request, person)
    where = {"address": request.META["REMOTE_ADDR"], "agent": request.headers.get("User-Agent", "")}
    accounts.begin_session(request.session, by=person, means=means, **where)
    return signed_in(request)


def _not_signed_in(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    page = {"refusal": refusal} | _carried(request)
    return render(request, "accounts/second_step.html", page, status=refusal.status)


def _carried(request: HttpRequest) -> dict[str, str]:
    """What goes along through all steps of signing in."""
    return {name: request.POST.get(name, "") for name in ("next", "unsent")}


def _changed(request: SignedIn, what: str) -> HttpResponse:
    return after_action(request, address("factors:factors"), message=f"{what} Everywhere else you are signed out.")


def _host(request: HttpRequest) -> str:
    return request.get_host().rpartition(":")[0] or request.get_host()


def _page(request: SignedIn, template: str, form: forms.Prove, page: dict[str, Any]) -> HttpResponse:
    return render(request, template, {"form": form} | page, status=422 if form.errors else 200)
