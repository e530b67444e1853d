"""The emergency lane: one decider opens it, one person writes its review, another verifies it."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import SignedIn
from apps.boards import selectors
from apps.boards.forms import emergency as forms
from apps.core.errors import Stale
from apps.core.forms import refused
from apps.core.forms.ceremonies import Ceremony
from apps.core.http import after_action
from apps.deployments.models import Deployment, EmergencyReview
from apps.emergencies import commands
from apps.emergencies.selectors import turn_to_authorise, turn_to_write
from apps.factors.commands import prove

from .loading import load_deployment


@require_GET
def emergency(request: SignedIn, team: str, number: int) -> HttpResponse:
    """May it go now, and what does it owe?"""
    return _page(request, load_deployment(request, team, number))


@require_POST
def authorise_emergency(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Go now, by one key; what was typed survives a refusal."""
    deployment = load_deployment(request, team, number)
    form = forms.AuthoriseEmergency(request.POST, deployment=deployment, viewer=request.user)
    is_asking = "ask" in request.POST  # the passkey's script asks which key what was typed makes
    if is_asking and form.is_valid():
        return JsonResponse({"turn": turn_to_authorise(deployment, form.lines)})
    if is_asking or not form.is_valid() or not (proof := form.proven(prove, by=request.user)):
        return _page(request, deployment, status=422, authorise=form)
    try:
        commands.authorise_emergency(deployment, by=request.user, proof=proof, **form.cleaned_data)
    except Stale as refusal:
        return _page(request, deployment, status=refusal.status, authorise=form, refusal=refusal)
    return _back(request, deployment, "The emergency lane is open. What it owes stands here, with its time.")


@require_POST
def write_review(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Write the review and turn its first key; what was typed survives a refusal."""
    deployment, review = _load(request, team, number)
    form = forms.WriteReview(request.POST)
    is_asking = "ask" in request.POST
    if is_asking and form.is_valid():
        return JsonResponse({"turn": turn_to_write(review, form.lines)})
    if is_asking or not form.is_valid() or not (proof := form.proven(prove, by=request.user)):
        return _page(request, deployment, status=422, write=form)
    try:
        commands.write_review(review, by=request.user, proof=proof, **form.cleaned_data)
    except Stale as refusal:
        return _page(request, deployment, status=refusal.status, write=form, refusal=refusal)
    return _back(request, deployment, "The review is written. Another decider verifies it.")


@require_POST
def verify_review(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Turn the second key of the review."""
    deployment, review = _load(request, team, number)
    form = Ceremony(request.POST)
    if not form.is_valid() or not (proof := form.proven(prove, by=request.user)):
        return _page(request, deployment, status=422, verify=form)
    commands.verify_review(review, by=request.user, proof=proof, **form.cleaned_data)
    return _back(request, deployment, "The review is signed by two people. That debt is paid.")


@require_POST
def send_back_review(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Refuse a written review, for a reason."""
    deployment, review = _load(request, team, number)
    form = forms.SendBackReview(request.POST)
    if not form.is_valid():
        return _page(request, deployment, status=422, send_back=form)
    try:
        commands.send_back_review(review, by=request.user, **form.cleaned_data)
    except Stale as stale:
        return _page(request, deployment, status=stale.status, send_back=refused(form, stale))
    return _back(request, deployment, "The review is sent back with your reason. It has to be written again.")


def _load(request: SignedIn, team: str, number: int) -> tuple[Deployment, EmergencyReview]:
    deployment = load_deployment(request, team, number)
    return deployment, get_object_or_404(EmergencyReview, emergency__deployment=deployment)


def _page(request: SignedIn, deployment: Deployment, *, status: int = 200, **given: Any) -> HttpResponse:
    """The page with the forms as they were given, or fresh ones."""
    page = selectors.emergency_page(deployment, request.user)
    review = page.get("review")
    written = {name: getattr(review, name) for name in ("findings", "prevention")} if review else {}
    fresh = {
        "authorise": forms.AuthoriseEmergency(deployment=deployment, viewer=request.user),
        "write": forms.WriteReview(initial=written),
        "verify": Ceremony(),
        "send_back": forms.SendBackReview(initial={"basis": page.get("review_shown", "")}),
    }
    if "send_back" in given:
        given["send_back"].over(page.get("review_shown", ""))
    return render(request, "boards/emergency.html", page | fresh | given, status=status)


def _back(request: SignedIn, deployment: Deployment, message: str) -> HttpResponse:
    return after_action(request, selectors.url_of(deployment, "emergency"), message=message)
