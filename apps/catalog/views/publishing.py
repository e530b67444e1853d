"""What its authors and a second person do to publish a draft."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from apps.accounts.models import SignedIn
from apps.catalog import forms, selectors
from apps.checklists import commands
from apps.checklists.models import TemplateVersion
from apps.core.errors import Refusal
from apps.core.forms.ceremonies import Ceremony
from apps.core.http import after_action, heavy
from apps.core.shown import UNSEEN
from apps.factors.commands import prove
from apps.ledger import selectors as ledger

from .loading import load_version


@heavy
@require_POST
def submit_version(request: SignedIn, team: str, template: UUID, version: UUID) -> HttpResponse:
    """Ask a second person to publish what was shown."""
    found, form = load_version(request, team, template, version), forms.Submit(request.POST)
    if not form.is_valid() or not (proof := form.proven(prove, by=request.user)):
        return _again(request, found, form=form)
    _signed(commands.submit_version, found, form, by=request.user, proof=proof)
    message = "Asked. Whoever can publish it now sees it under My work, and on this page."
    return after_action(request, selectors.changes_url(found), message=message)


@heavy
@require_POST
def publish_version(request: SignedIn, team: str, template: UUID, version: UUID) -> HttpResponse:
    """Publish what was shown."""
    found, form = load_version(request, team, template, version), forms.Publish(request.POST)
    if not form.is_valid() or not (proof := form.proven(prove, by=request.user)):
        return _again(request, found, form=form)
    done = _signed(commands.publish_version, found, form, by=request.user, proof=proof)
    message = f"Version {done.number} of {done.title} is published. New deployments start from it."
    return after_action(request, selectors.url_of(done.template), message=message)


@require_POST
def withdraw_version(request: SignedIn, team: str, template: UUID, version: UUID) -> HttpResponse:
    """Take the question back."""
    found = commands.withdraw_version(load_version(request, team, template, version), by=request.user)
    return after_action(request, selectors.changes_url(found), message="Taken back. It can be edited again.")


@heavy
@require_POST
def reject_version(request: SignedIn, team: str, template: UUID, version: UUID) -> HttpResponse:
    """Send it back to its authors."""
    found, form = load_version(request, team, template, version), forms.Reject(request.POST)
    if not form.is_valid():
        return _again(request, found, sending_back=form)
    commands.reject_version(found, by=request.user, **form.cleaned_data)
    return after_action(request, selectors.changes_url(found), message="Sent back. Its authors see why.")


@require_POST
def discard_draft(request: SignedIn, team: str, template: UUID, version: UUID) -> HttpResponse:
    """Give the draft up."""
    found = load_version(request, team, template, version)
    commands.discard_draft(found, by=request.user, shown=request.POST.get("basis", UNSEEN))
    return after_action(request, selectors.after_discarding(found), message="The draft is discarded.")


def _signed(command: Callable[..., Any], version: TemplateVersion, form: Ceremony, **signer: Any) -> Any:
    """What a command that signs a version makes of it; where another draft stands there now, which edits came since."""
    try:
        return command(version, **signer, **form.cleaned_data)
    except Refusal as refusal:
        refusal.meanwhile = ledger.events_since(version.template.stream, form.beside.get("since"))
        raise


def _again(request: SignedIn, version: TemplateVersion, **sent: Form) -> HttpResponse:
    """The page again with what is wrong, and what was typed."""
    asked = {"before": "", "after": str(version.number), "show": "", "page": ""}
    page = selectors.changes_page(version.template, request.user, **asked)
    return render(request, "catalog/changes.html", forms.with_forms(page) | sent, status=422)
