import json
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import Delegation, Grant, Invitation, Membership, SignedIn, Team
from apps.core.errors import Stale, WrongState
from apps.core.forms import refused
from apps.core.http import after_action, require_get_or_post
from apps.core.shown import UNSEEN
from apps.core.wording import day
from apps.factors.commands import Evidence
from apps.factors.selectors import known

from . import commands, forms, selectors

LINK = "keyturn_link"
secret_parameters = sensitive_post_parameters("proof_password", "proof_code")
LINK_COOKIE: dict[str, Any] = {"max_age": 300, "httponly": True, "samesite": "Strict"}


@require_GET
def people(request: SignedIn, team: str) -> HttpResponse:
    """Who is in the team, and who is invited."""
    return _people_page(request, _team(request, team), forms.Invite())


@require_POST
def invite_person(request: SignedIn, team: str) -> HttpResponse:
    """Make a one-time link; the page after this shows it."""
    found, form = _team(request, team), forms.Invite(request.POST)
    if not form.is_valid():
        return _people_page(request, found, form)
    try:
        token = commands.invite_person(found, by=request.user, **form.cleaned_data)
    except WrongState as refusal:
        return _people_page(request, found, refused(form, refusal), refusal.status)
    shown = redirect("teams:invited", team=team)
    value = json.dumps([token, form.cleaned_data["note"], form.cleaned_data.get("email", "")])
    shown.set_signed_cookie(LINK, value, str(request.user.pk), secure=request.is_secure(), **LINK_COOKIE)
    return shown


@require_GET
def invited(request: SignedIn, team: str) -> HttpResponse:
    """The one-time link, in the browser that asked for it, for a few minutes: here it is kept only as a digest."""
    found = _team(request, team)
    shown = request.get_signed_cookie(LINK, "", str(request.user.pk), max_age=LINK_COOKIE["max_age"])
    if not shown:
        return after_action(request, _people(team), message="A link is shown only once. Make another if it is lost.")
    token, note, email = json.loads(shown)
    link = request.build_absolute_uri(reverse("accounts:accept_invitation", kwargs={"token": token}))
    return render(request, "teams/invited.html", {"team": found, "link": link, "note": note, "email": email})


@require_POST
def revoke_invitation(request: SignedIn, team: str, invitation: UUID) -> HttpResponse:
    """Withdraw a link nobody used yet."""
    visible = Invitation.objects.visible_to(request.user).filter(team__slug=team)
    commands.revoke_invitation(get_object_or_404(visible, pk=invitation), by=request.user)
    return after_action(request, _people(team), message="The invitation is revoked; its link no longer works.")


@require_POST
def change_role(request: SignedIn, team: str, person: UUID) -> HttpResponse:
    """Give a member another role."""
    membership = _membership(request, team, person)
    form = forms.ChangeRole(request.POST)
    if not form.is_valid():
        why = " ".join(map(str, form.errors.get("reads_until", ()))) or "Choose member or auditor."
        raise WrongState(f"Nothing was changed. {why}")
    membership = commands.change_role(membership, by=request.user, **form.cleaned_data)
    until = f" until {day(membership.reads_until)}" if membership.reads_until else ""
    message = f"{membership.user} is {membership.get_role_display().lower()}{until} now."
    return after_action(request, _member(team, person), message=message)


@require_POST
def edit_team(request: SignedIn, team: str) -> HttpResponse:
    """Say how the team works."""
    found, form = _team(request, team), forms.EditTeam(request.POST)
    if not form.is_valid():
        raise WrongState("Nothing was changed: say in days how long a waiver lasts at most, from 1 to 365.")
    commands.edit_team(found, by=request.user, **form.cleaned_data)
    return after_action(request, _people(team), message="Saved.")


@require_POST
def remove_member(request: SignedIn, team: str, person: UUID) -> HttpResponse:
    """Take a member out of the team, or leave it."""
    membership = _membership(request, team, person)
    commands.remove_member(membership, by=request.user, shown=request.POST.get("basis", UNSEEN))
    url = reverse("accounts:account") if person == request.user.pk else _people(team)
    return after_action(request, url, message=f"{membership.user} is no longer in {membership.team}.")


@require_GET
def member(request: SignedIn, team: str, person: UUID) -> HttpResponse:
    """What one member is, and what else they could be."""
    return _member_page(request, _membership(request, team, person), forms.AskRole(known=known(request.user)))


@secret_parameters
@require_POST
def delegate(request: SignedIn, team: str) -> HttpResponse:
    """Ask somebody to verify for whoever is signed in."""
    found = _team(request, team)
    form = forms.Delegate(request.POST, team=found, by=request.user, known=known(request.user))
    if not form.is_valid():
        return _delegating_page(request, team, form, status=422)
    try:
        row = commands.delegate(found, by=request.user, evidence=Evidence(**form.given), **form.cleaned_data)
    except WrongState as refusal:
        return _delegating_page(request, team, refused(form, refusal), status=refusal.status)
    message = f"Asked. {row.delegate_name} agrees on their own page or under People."
    return after_action(request, _member(team, request.user.pk), message=message)


@secret_parameters
@require_get_or_post
def accept_delegation(request: SignedIn, team: str, delegation: UUID) -> HttpResponse:
    """Agree to verify for somebody."""
    found, form = _delegation(request, team, delegation), _confirm(request)
    try:
        if form.is_valid():
            row = commands.accept_delegation(found, by=request.user, evidence=Evidence(**form.given))
            return after_action(request, _people(team), message=f"You verify for {row.delegator_name} now.")
    except WrongState as refusal:
        refused(form, refusal)
    page = selectors.accept_delegation_page(found, request.user)
    return _confirm_page(request, "teams/accept_delegation.html", form, page)


@require_POST
def end_delegation(request: SignedIn, team: str, delegation: UUID) -> HttpResponse:
    """End that somebody verifies for another, or decline to."""
    basis = request.POST.get("basis", UNSEEN)
    row = commands.end_delegation(_delegation(request, team, delegation), by=request.user, shown=basis)
    message = f"{row.delegate_name} does not verify for {row.delegator_name}."
    return after_action(request, _people(team), message=message)


@require_GET
def asked(request: SignedIn) -> HttpResponse:
    """What waits for an administrator of this Keyturn as the second person."""
    if not request.user.is_admin:
        raise Http404
    page = selectors.waiting_for_administrators(request.user, request.GET.get("page", "")[:20] or 1)
    return render(request, "teams/asked.html", page)


@secret_parameters
@require_POST
def ask_role(request: SignedIn, team: str, person: UUID) -> HttpResponse:
    """Ask for a role for a member."""
    membership, form = _membership(request, team, person), forms.AskRole(request.POST, known=known(request.user))
    if not form.is_valid():
        return _member_page(request, membership, form, status=422)
    try:
        evidence = Evidence(**form.given)
        [first, *_] = commands.ask_role(membership, by=request.user, evidence=evidence, **form.cleaned_data)
    except (Stale, WrongState) as refusal:
        return _member_page(request, membership, refused(form, refusal), status=refusal.status)
    role = first.get_role_display().lower()
    granted, asked = f"{membership.user} is {role} now.", "Asked. Somebody else grants it, here or under People."
    return after_action(request, _member(team, person), message=granted if first.granted_at else asked)


@secret_parameters
@require_get_or_post
def grant_role(request: SignedIn, team: str, grant: UUID) -> HttpResponse:
    """Grant what an admin asked for, as the second person."""
    found, form = _grant(request, team, grant), _confirm(request)
    try:
        if form.is_valid():
            granted = commands.grant_role(found, by=request.user, evidence=Evidence(**form.given))
            message = f"{granted.person} is {granted.get_role_display().lower()} now."
            return after_action(request, _after(request, team), message=message)
    except WrongState as refusal:
        refused(form, refusal)
    page = selectors.grant_role_page(found, request.user) | {"back": _after(request, team)}
    return _confirm_page(request, "teams/grant_role.html", form, page)


@require_POST
def end_role(request: SignedIn, team: str, grant: UUID) -> HttpResponse:
    """End a role, or decline it."""
    found, basis = _grant(request, team, grant), request.POST.get("basis", UNSEEN)
    ended = commands.end_role(found, by=request.user, shown=basis)
    role, before = ended.get_role_display().lower(), "any more" if ended.granted_at else "yet"
    return after_action(request, _after(request, team), message=f"{ended.person} is not {role} {before}.")


def _grant(request: SignedIn, team: str, grant: UUID) -> Grant:
    visible = Grant.objects.visible_to(request.user).select_related("person", "team")
    return get_object_or_404(visible, team__slug=team, pk=grant)


def _delegating_page(request: SignedIn, team: str, form: forms.Delegate, status: int) -> HttpResponse:
    mine = _membership(request, team, request.user.pk)
    asking = forms.AskRole(known=known(request.user))
    return _member_page(request, mine, asking, status=status, delegating=form)


def _confirm(request: SignedIn) -> forms.Confirm:
    return forms.Confirm(request.POST if request.method == "POST" else None, known=known(request.user))


def _confirm_page(request: SignedIn, template: str, form: forms.Confirm, page: dict[str, Any]) -> HttpResponse:
    return render(request, template, {"form": form} | page, status=422 if form.errors else 200)


def _delegation(request: SignedIn, team: str, delegation: UUID) -> Delegation:
    visible = Delegation.objects.visible_to(request.user).select_related("team")
    return get_object_or_404(visible, team__slug=team, pk=delegation)


def _member(team: str, person: UUID) -> str:
    return reverse("teams:member", kwargs={"team": team, "person": person})


def _after(request: SignedIn, team: str) -> str:
    """The people of a team; for an administrator who is not in it, what else waits for them."""
    return _people(team) if request.user.team_called(team) else reverse("teams:asked")


def _member_page(
    request: SignedIn,
    membership: Membership,
    form: forms.AskRole,
    status: int = 200,
    delegating: forms.Delegate | None = None,
) -> HttpResponse:
    page = selectors.member_page(membership, request.user) | {"form": form}
    if page["is_viewer"]:
        asking = forms.Delegate(team=membership.team, by=request.user, known=known(request.user))
        page["delegating"] = delegating or asking
    return render(request, "teams/member.html", page, status=status)


def _team(request: SignedIn, slug: str) -> Team:
    return get_object_or_404(Team.objects.visible_to(request.user), slug=slug)


def _people(team: str) -> str:
    return reverse("teams:people", kwargs={"team": team})


def _membership(request: SignedIn, team: str, person: UUID) -> Membership:
    visible = Membership.objects.visible_to(request.user).select_related("user", "team")
    return get_object_or_404(visible, team__slug=team, user_id=person)


def _people_page(request: SignedIn, team: Team, form: forms.Invite, status: int = 0) -> HttpResponse:
    asked = {name: request.GET.get(name, "")[:120] for name in ("q", "sort", "page")}
    page = selectors.people_page(team, request.user, **asked) | {"form": form}
    return render(request, "teams/people.html", page, status=status or (422 if request.method == "POST" else 200))
