from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import SignedIn
from apps.core import mail
from apps.core.errors import Refusal, WrongState
from apps.core.forms import refused
from apps.core.http import after_action, require_get_or_post
from apps.live.stream import EventStream

from . import commands, forms, selectors
from .models import Notice


@require_GET
def inbox(request: SignedIn) -> HttpResponse:
    """What waits for me, and what is there to know?"""
    page = selectors.inbox_page(request.user, **_asked(request))
    reach = {"reach": selectors.reach_of(request.user), "sends_mail": mail.is_configured()}
    return render(request, "notices/inbox.html", page | reach)


@require_get_or_post
def edit_reach(request: SignedIn) -> HttpResponse:
    """Say of what I am mailed, how soon, and when not."""
    person, reach = request.user, selectors.reach_of(request.user)
    form = forms.EditReach(request.POST or None, initial=reach.standing, now=reach.standing)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            commands.edit_reach(person, by=person, **form.cleaned_data)
            return after_action(request, reverse("notices:inbox"), message="How you are reached is saved.")
        except Refusal as refusal:
            form, status = refused(form, refusal), refusal.status
    return render(request, "notices/reach.html", {"form": form, "sends_mail": mail.is_configured()}, status=status)


@require_GET
def sent(request: SignedIn) -> HttpResponse:
    """What was mailed to me, what waits and what could not be sent?"""
    page = selectors.deliveries_page(request.user, **_asked(request))
    return render(request, "notices/sent.html", page | {"sends_mail": mail.is_configured()})


@require_GET
def follow(request: SignedIn) -> HttpResponse:
    """The event stream of my inbox: that something in it changed."""
    listener = selectors.InboxListener(request.user.pk, str(request.session.session_key), request.GET.get("shown", ""))
    stream = EventStream(f"inbox/{request.user.pk}", -1, listener.missed, listener.may_listen)
    return stream.of(request.user.pk)


@require_POST
def finish_notice(request: SignedIn, notice: UUID) -> HttpResponse:
    """Be done with one notice."""
    commands.finish_notice(_notice(request, notice), by=request.user)
    return after_action(request, reverse("notices:inbox"))


@require_POST
def reopen_notice(request: SignedIn, notice: UUID) -> HttpResponse:
    """Have it back."""
    commands.reopen_notice(_notice(request, notice), by=request.user)
    return after_action(request, reverse("notices:inbox"))


@require_POST
def finish_all(request: SignedIn) -> HttpResponse:
    """Be done with all that there is to know."""
    form = forms.FinishAll(request.POST)
    if not form.is_valid():
        raise WrongState("This did not say what its page showed. Reload the inbox, look again, then press it.")
    commands.finish_all(by=request.user, until=form.cleaned_data["until"])
    return after_action(request, reverse("notices:inbox"))


def _asked(request: SignedIn) -> dict[str, str]:
    """What an address asks of a list."""
    return {name: request.GET.get(name, "")[:200] for name in ("q", "show", "sort", "page")}


def _notice(request: SignedIn, pk: UUID) -> Notice:
    return get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
