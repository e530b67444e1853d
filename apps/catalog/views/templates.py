"""One template: read, compared with itself, put away."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import SignedIn
from apps.catalog import forms, selectors
from apps.checklists import commands
from apps.core.http import after_action, heavy
from apps.core.shown import UNSEEN

from .loading import load_template


@heavy
@require_GET
def template(request: SignedIn, team: str, template: UUID) -> HttpResponse:
    """What does this checklist ask for?"""
    asked = {"number": request.GET.get("version", "")[:10], "page": request.GET.get("page", "")[:10]}
    page = selectors.template_page(load_template(request, team, template), request.user, **asked)
    return render(request, "catalog/template.html", page)


@heavy
@require_GET
def changes(request: SignedIn, team: str, template: UUID) -> HttpResponse:
    """What changes from one version to another?"""
    asked = {"before": "from", "after": "to", "show": "show", "page": "page"}
    found = {name: request.GET.get(asked[name], "")[:20] for name in asked}
    page = selectors.changes_page(load_template(request, team, template), request.user, **found)
    return render(request, "catalog/changes.html", forms.with_forms(page))


@heavy
@require_GET
def export(request: SignedIn, team: str, template: UUID, kind: str) -> HttpResponse:
    """One version as a text to take along; imported again, it gives the same version."""
    found = load_template(request, team, template)
    exported = selectors.exported(found, kind, number=request.GET.get("version", "")[:10])
    if exported is None:
        raise Http404
    text, file_name, media_type = exported
    disposition = str(content_disposition_header(as_attachment=True, filename=file_name))
    headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(text.encode(), content_type=f"{media_type}; charset=utf-8", headers=headers)


@require_POST
def start_draft(request: SignedIn, team: str, template: UUID) -> HttpResponse:
    """Begin the next version, or go on with it."""
    version = commands.start_draft(load_template(request, team, template), by=request.user)
    return after_action(request, selectors.draft_url(version))


@require_POST
def archive_template(request: SignedIn, team: str, template: UUID) -> HttpResponse:
    """Take a template out of use."""
    found = load_template(request, team, template)
    commands.archive_template(found, by=request.user, shown=request.POST.get("basis", UNSEEN))
    return after_action(request, reverse("templates:list", args=[team]), message=f"{found.title} is archived.")


@require_POST
def restore_template(request: SignedIn, team: str, template: UUID) -> HttpResponse:
    """Put an archived template into use again."""
    found = commands.restore_template(load_template(request, team, template), by=request.user)
    return after_action(request, selectors.url_of(found), message=f"{found.title} is in use again.")
