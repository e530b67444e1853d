from uuid import UUID

from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import SignedIn, Team
from apps.core import mail
from apps.core.errors import Refusal, Stale, WrongState
from apps.core.forms import refused
from apps.core.http import after_action, require_get_or_post
from apps.live.stream import EventStream

from . import commands, forms, selectors
from .models import Notice, Webhook


@require_GET
def inbox(request: SignedIn) -> HttpResponse:
    """What waits for me, and what is there to know?"""
    query, token = request.GET.urlencode(), get_token(request)
    page = selectors.inbox_page(request.user, token=token, query=query, **_asked(request))
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


@require_GET
def webhooks(request: SignedIn, team: str) -> HttpResponse:
    """Where does the team have its word sent?"""
    return _webhooks(request, _team(request, team), forms.MakeWebhook())


@sensitive_post_parameters()
@require_POST
def make_webhook(request: SignedIn, team: str) -> HttpResponse:
    """Have the team's word sent somewhere."""
    found, form = _team(request, team), forms.MakeWebhook(request.POST)
    if not form.is_valid():
        return _webhooks(request, found, form, 422)
    typed = dict(form.cleaned_data)
    try:
        address, key = typed.pop("secret_value"), typed.pop("signing_key")
        made = commands.make_webhook(found, by=request.user, address=address, key=key, **typed)
    except (WrongState, Stale) as refusal:
        return _webhooks(request, found, refused(form, refusal), refusal.status)
    url = reverse("notices:webhook", args=[team, made.pk])
    return after_action(request, url, message=f"{made.name} hears of what comes from now on.")


@require_GET
def webhook(request: SignedIn, team: str, webhook: UUID) -> HttpResponse:
    """One webhook: of what it hears, and what became of each word."""
    page = selectors.webhook_page(_webhook(request, team, webhook), request.user, **_asked(request))
    return render(request, "notices/webhook.html", page)


@require_POST
def remove_webhook(request: SignedIn, team: str, webhook: UUID) -> HttpResponse:
    """Send nothing there any more."""
    found = _webhook(request, team, webhook)
    commands.remove_webhook(found, by=request.user)
    return after_action(request, reverse("notices:webhooks", args=[team]), message=f"{found.name} is removed.")


def _webhooks(request: SignedIn, team: Team, form: forms.MakeWebhook, status: int = 200) -> HttpResponse:
    asked = {name: value for name, value in _asked(request).items() if name != "show"}
    page = selectors.webhooks_page(team, request.user, **asked) | {"form": form}
    return render(request, "notices/webhooks.html", page, status=status)


def _team(request: SignedIn, slug: str) -> Team:
    return get_object_or_404(Team.objects.visible_to(request.user), slug=slug)


def _webhook(request: SignedIn, team: str, pk: UUID) -> Webhook:
    visible = Webhook.objects.visible_to(request.user).select_related("team")
    return get_object_or_404(visible, team__slug=team, pk=pk)


def _asked(request: SignedIn) -> dict[str, str]:
    """What an address asks of a list."""
    return {name: request.GET.get(name, "")[:200] for name in ("q", "show", "sort", "page")}


def _notice(request: SignedIn, pk: UUID) -> Notice:
    return get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
