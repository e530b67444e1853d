"""What is reported to probes that nobody asks: by a person on a page, by a program with a token."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.accounts.models import SignedIn
from apps.boards.forms import reporting as forms
from apps.core.errors import TooLarge
from apps.core.http import after_action
from apps.ledger.commands import SYSTEM
from apps.reporting import commands
from apps.reporting.commands.taking import Report
from apps.reporting.rules import MOST_BYTES

from . import probe_page
from .loading import load_item
from .showing import posting

COOKIE: dict[str, Any] = {"max_age": probe_page.SHOWN_FOR, "httponly": True, "samesite": "Strict"}
MEASURED = "Your measurement of item {item} is kept."
measure_on_item = posting("measure", commands.measure, MEASURED)


@require_POST
def measure(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """Keep what somebody measured, and lead back to the page that they measured on."""
    if request.GET.get("back") != "probe":
        return measure_on_item(request, team, number, item)
    found, form = load_item(request, team, number, item), forms.Measure(request.POST, auto_id=probe_page.MEASURE_ID)
    if not form.is_valid():
        return probe_page.show_probe(request, found.deployment, item, status=422, measure=form)
    commands.measure(found, by=request.user, **form.cleaned_data)
    page = reverse("deployments:probe", args=[team, number, item])
    return after_action(request, page, message=MEASURED.format(item=item))


@require_POST
def issue_token(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """Make a token; the page after this shows it, once."""
    found, form = load_item(request, team, number, item), forms.IssueToken(request.POST, auto_id=probe_page.TOKEN_ID)
    if not form.is_valid():
        return probe_page.show_probe(request, found.deployment, item, status=422, token=form)
    text = commands.issue_token(found, by=request.user, **form.cleaned_data)
    page = reverse("deployments:probe", args=[team, number, item])
    if not text:
        return after_action(request, page, message="This token is made already, and shown only once.")
    answer, secure = redirect(f"{page}#reporting"), request.is_secure()
    answer.set_signed_cookie(probe_page.ISSUED, text, str(request.user.pk), path=page, secure=secure, **COOKIE)
    return answer


@require_POST
def revoke_token(request: SignedIn, team: str, number: int, item: int, token: UUID) -> HttpResponse:
    """Let nobody report by it any more."""
    found = load_item(request, team, number, item)
    chosen = get_object_or_404(found.tokens.all(), pk=token)
    commands.revoke_token(chosen, by=request.user)
    page = reverse("deployments:probe", args=[team, number, item])
    return after_action(request, page, message=f"The token “{chosen}” is revoked. What it reported stays.")


@csrf_exempt
@login_not_required
@require_POST
def take_report(request: HttpRequest) -> HttpResponse:
    """Take what a CI job or a script reports by its token. No session counts here, and no page is shown."""
    request.is_program = True  # type: ignore[attr-defined]
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        raise TooLarge(f"A report has at most {MOST_BYTES // 1024} KiB.")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip() if scheme.lower() == "bearer" else ""  # schemes have no case (RFC 9110)
    key, media = request.headers.get("Idempotency-Key", ""), request.headers.get("Content-Type", "")
    report = Report(request.body, media, key, request.META["REMOTE_ADDR"])
    run, is_new = commands.take_report(report, by=SYSTEM, token=token)
    answer = {"run": str(run.pk), "result": run.state, "explanation": run.explanation, "conditions": run.conditions}
    return JsonResponse(answer, status=201 if is_new else 200)
