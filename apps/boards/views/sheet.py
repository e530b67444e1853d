"""The sign-off sheet: one person completes it, another verifies it, and the deployment closes; two open it again."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import SignedIn
from apps.boards import selectors
from apps.boards.forms import sheet as forms
from apps.core.errors import Refusal, Stale
from apps.core.forms import refused
from apps.core.forms.ceremonies import Ceremony
from apps.core.http import after_action
from apps.deployments.models import Deployment
from apps.factors.commands import prove
from apps.ledger import selectors as ledger
from apps.sheets import commands
from apps.sheets.models import Reopening, Sheet
from apps.sheets.selectors import turn_to_complete

from .loading import load_deployment


@require_GET
def sheet(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Is this deployment finished, and which two people say so?"""
    return _page(request, load_deployment(request, team, number))


@require_POST
def complete_sheet(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Fill in the sheet and turn its first key; what was typed survives a refusal."""
    deployment = load_deployment(request, team, number)
    form = forms.CompleteSheet(request.POST, deployment=deployment)
    is_asking = "ask" in request.POST  # the passkey's script asks which key what was typed makes
    if is_asking and form.is_valid():
        return JsonResponse({"turn": turn_to_complete(deployment, form.lines)})
    if is_asking or not form.is_valid() or not (proof := form.proven(prove, by=request.user)):
        return _page(request, deployment, status=422, complete=form)
    try:
        commands.complete_sheet(deployment, by=request.user, proof=proof, **form.cleaned_data)
    except Refusal as refusal:
        _name_events(refusal, deployment, form)
        return _page(request, deployment, status=refusal.status, complete=form.anew(), refusal=refusal)
    return _back(request, deployment, "The sheet is completed. Another person verifies it and closes the deployment.")


@require_POST
def verify_sheet(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Turn the second key: the deployment closes."""
    deployment = load_deployment(request, team, number)
    completed = get_object_or_404(Sheet, deployment=deployment)
    form = forms.VerifySheet(request.POST)
    if not form.is_valid() or not (proof := form.proven(prove, by=request.user)):
        return _page(request, deployment, status=422, verify=form)
    try:
        closed = commands.verify_sheet(completed, by=request.user, proof=proof, **form.cleaned_data).deployment
    except Refusal as refusal:
        _name_events(refusal, deployment, form)
        raise
    return _back(request, deployment, f"{closed.code} is closed: {closed.get_outcome_display().lower()}.")


@require_POST
def send_back_sheet(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Refuse a completed sheet, for a reason."""
    deployment = load_deployment(request, team, number)
    completed = get_object_or_404(Sheet, deployment=deployment)
    form = forms.SendBackSheet(request.POST)
    if not form.is_valid():
        return _page(request, deployment, status=422, send_back=form)
    try:
        commands.send_back_sheet(completed, by=request.user, **form.cleaned_data)
    except Stale as stale:
        return _page(request, deployment, status=stale.status, send_back=refused(form, stale))
    return _back(request, deployment, "The sheet is sent back with your reason. It has to be completed again.")


def _name_events(refusal: Refusal, deployment: Deployment, form: Ceremony) -> None:
    """What of the board or the sheet changed since the page was opened, beside why nothing was signed."""
    refusal.meanwhile = ledger.events_since(deployment.stream, form.beside.get("since"))


@require_POST
def ask_reopening(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Ask to open again what has ended, for a reason."""
    deployment = load_deployment(request, team, number)
    form = forms.AskReopening(request.POST)
    if not form.is_valid():
        return _page(request, deployment, status=422, ask=form)
    commands.ask_reopening(deployment, by=request.user, **form.cleaned_data)
    return _back(request, deployment, "You asked to reopen it. A decider other than you agrees, or does not.")


@require_POST
def agree_reopening(request: SignedIn, team: str, number: int, reopening: UUID) -> HttpResponse:
    """Agree to it: it is in review again."""
    deployment = load_deployment(request, team, number)
    found = get_object_or_404(Reopening, deployment=deployment, pk=reopening)
    form = Ceremony(request.POST)
    if not form.is_valid() or not (proof := form.proven(prove, by=request.user)):
        return _page(request, deployment, status=422, agree=form)
    commands.agree_reopening(found, by=request.user, proof=proof, **form.cleaned_data)
    return _back(request, deployment, f"{deployment.code} is in review again; its sheet is asked for anew.")


@require_POST
def end_reopening(request: SignedIn, team: str, number: int, reopening: UUID) -> HttpResponse:
    """Take the question back, or decline."""
    deployment = load_deployment(request, team, number)
    found = get_object_or_404(Reopening, deployment=deployment, pk=reopening)
    form = forms.EndReopening(request.POST)
    if not form.is_valid():
        return _page(request, deployment, status=422, end=form)
    commands.end_reopening(found, by=request.user, **form.cleaned_data)
    return _back(request, deployment, f"{deployment.code} stays closed.")


def _page(request: SignedIn, deployment: Deployment, *, status: int = 200, **given: Any) -> HttpResponse:
    """The page with the forms as they were given, or fresh ones."""
    page = selectors.sheet_page(deployment, request.user)
    fresh = {
        "complete": forms.CompleteSheet.of(deployment, page["sheet"]),
        "verify": forms.VerifySheet(),
        "send_back": forms.SendBackSheet(initial={"basis": page.get("sheet_shown", "")}),
        "ask": forms.AskReopening(),
        "agree": Ceremony(),
        "end": forms.EndReopening(),
    }
    if "send_back" in given:
        given["send_back"].over(page.get("sheet_shown", ""))
    return render(request, "boards/sheet.html", page | fresh | given, status=status)


def _back(request: SignedIn, deployment: Deployment, message: str) -> HttpResponse:
    return after_action(request, selectors.url_of(deployment, "sheet"), message=message)
