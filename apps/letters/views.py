from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET

from apps.accounts.models import SignedIn
from apps.core.errors import Refusal
from apps.core.forms import refused
from apps.core.http import address, after_action, require_get_or_post
from apps.ledger.commands import SYSTEM

from . import commands, forms, permissions, selectors


@login_not_required
@require_get_or_post
def ask_reset(request: HttpRequest) -> HttpResponse:
    """Ask for a link to set a new password; the same answer whether anybody has that address."""
    form = forms.AskReset(request.POST if request.method == "POST" else None)
    may_ask = permissions.ask_reset(None, timezone.now())
    status = 200 if may_ask or not form.is_bound else 409
    if form.is_bound and may_ask:
        status = 422
        if form.is_valid():
            try:
                commands.ask_reset(form.cleaned_data["email"], by=SYSTEM, address=request.META["REMOTE_ADDR"])
                return redirect("letters:reset_asked")
            except Refusal as refusal:
                form, status = refused(form, refusal), refusal.status
    return render(request, "letters/ask_reset.html", {"form": form, "may_ask": may_ask}, status=status)


@login_not_required
@require_GET
def reset_asked(request: HttpRequest) -> HttpResponse:
    """What happens now, whoever asked."""
    return render(request, "letters/reset_asked.html")


@login_not_required
@sensitive_post_parameters("new")
@require_get_or_post
def reset_password(request: HttpRequest, token: str) -> HttpResponse:
    """Set a new password by a link that was mailed. Signing in comes after it, with every factor that there is."""
    page = selectors.reset_page(token)
    if page["person"] is None:
        return render(request, "letters/reset_password.html", page, status=409 if request.method == "POST" else 200)
    form = forms.ResetPassword(request.POST or None, person=page["person"])
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            commands.reset_password(token, form.cleaned_data["new"], by=SYSTEM)
        except Refusal as refusal:
            form, status = refused(form, refusal), refusal.status
        else:
            messages.success(request, "Your password is set. Sign in with it; signing begins again in 24 hours.")
            return redirect("accounts:sign_in")
    return render(request, "letters/reset_password.html", page | {"form": form}, status=status)


@require_get_or_post
def verify_address(request: SignedIn, token: str) -> HttpResponse:
    """Say that an address is mine. A program that follows links in mails only opens the page."""
    if request.method != "POST":
        return render(request, "letters/verify_address.html", selectors.verify_page(request.user, token))
    person = commands.verify_address(token, by=request.user)
    return after_action(request, address("accounts:account"), message=f"Mail goes to {person.email} from now on.")
