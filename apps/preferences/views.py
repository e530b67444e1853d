from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import SignedIn
from apps.core.clock import clock_of
from apps.core.errors import Refusal
from apps.core.forms import refused
from apps.core.http import after_action, require_get_or_post

from . import commands, forms


@require_get_or_post
def edit_preferences(request: SignedIn) -> HttpResponse:
    """Say in which zone I read times, and whether single letters act."""
    person = request.user
    chosen = {"time_zone": person.time_zone or forms.UTC_ONLY, "letter_keys": person.letter_keys}
    form = forms.EditPreferences(request.POST or None, initial=chosen, now=person.preferences)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            commands.edit_preferences(person, by=person, **form.cleaned_data)
            return after_action(request, reverse("accounts:account"), message="Your preferences are saved.")
        except Refusal as refusal:
            form, status = refused(form, refusal), refusal.status
    page = {"form": form, "now": clock_of(request).beside(timezone.now())}
    return render(request, "preferences/edit.html", page, status=status)
