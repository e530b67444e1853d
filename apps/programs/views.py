from uuid import UUID, uuid4

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import SignedIn, Team
from apps.core.errors import WrongState
from apps.core.forms import refused
from apps.core.http import after_action
from apps.core.shown import UNSEEN
from apps.factors.commands import prove

from . import commands, forms, selectors
from .models import Command


@require_GET
def list_commands(request: SignedIn, team: str) -> HttpResponse:
    """Which commands has the team, and which are approved?"""
    return _list(request, _team(request, team), forms.ProposeCommand())


@require_POST
def propose_command(request: SignedIn, team: str) -> HttpResponse:
    """Write one down for two people to approve."""
    found, form = _team(request, team), forms.ProposeCommand(request.POST)
    if not form.is_valid():
        return _list(request, found, form, 422)
    try:
        command = commands.propose_command(found, by=request.user, **form.cleaned_data)
    except WrongState as refusal:
        return _list(request, found, refused(form, refusal), refusal.status)
    message = f"“{command}” is proposed. It runs once two people approved it here."
    return after_action(request, _url(command), message=message)


@require_GET
def command(request: SignedIn, team: str, command: UUID) -> HttpResponse:
    """One command, element by element."""
    found = _command(request, team, command)
    return _page(request, found, forms.ApproveCommand(initial={"shown": found.digest, "intent": uuid4()}))


@require_POST
def approve_command(request: SignedIn, team: str, command: UUID) -> HttpResponse:
    """Approve what was shown."""
    found, form = _command(request, team, command), forms.ApproveCommand(request.POST)
    if not form.is_valid() or not (proof := form.proven(prove, by=request.user)):
        return _page(request, found, form, 422)
    found = commands.approve_command(found, by=request.user, proof=proof, **form.cleaned_data)
    return after_action(request, _url(found), message="Approved. It runs once two people have.")


@require_POST
def withdraw_command(request: SignedIn, team: str, command: UUID) -> HttpResponse:
    """Take it out of use."""
    found = _command(request, team, command)
    commands.withdraw_command(found, by=request.user, shown=request.POST.get("basis", UNSEEN))
    return after_action(request, _url(found), message=f"“{found}” is withdrawn. Probes that run it say so.")


def _list(request: SignedIn, team: Team, form: forms.ProposeCommand, status: int = 200) -> HttpResponse:
    asked = {name: request.GET.get(name, "")[:120] for name in ("q", "sort", "page")}
    page = selectors.commands_page(team, request.user, **asked) | {"form": form}
    return render(request, "programs/list.html", page, status=status)


def _page(request: SignedIn, found: Command, form: forms.ApproveCommand, status: int = 200) -> HttpResponse:
    page = selectors.command_page(found, request.user) | {"form": form}
    return render(request, "programs/command.html", page, status=status)


def _team(request: SignedIn, slug: str) -> Team:
    return get_object_or_404(Team.objects.visible_to(request.user), slug=slug)


def _command(request: SignedIn, team: str, pk: UUID) -> Command:
    visible = Command.objects.visible_to(request.user).for_signing()
    return get_object_or_404(visible, team__slug=team, pk=pk)


def _url(command: Command) -> str:
    return reverse("programs:command", args=[command.team.slug, command.pk])
