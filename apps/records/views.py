from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import SignedIn
from apps.core.errors import WrongState
from apps.core.http import after_action, file_response
from apps.deployments.models import Deployment
from apps.evidence.models import Blob
from apps.evidence.selectors import pieces

from . import commands, selectors
from .models import Record


@require_safe
def records(request: SignedIn, team: str, number: int) -> HttpResponse:
    """The records of a deployment, and the button that asks for one."""
    template = "records/_records_swap.html" if request.htmx else "records/records.html"
    return render(request, template, _page(request, _deployment(request, team, number)))


@require_POST
def request_record(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Ask for a record of the deployment as it is now."""
    found, with_evidence = _deployment(request, team, number), request.POST.get("with_evidence") == "on"
    record = commands.request_record(found, by=request.user, with_evidence=with_evidence)
    url = reverse("records:records", args=[team, number])
    return after_action(request, url, message=f"Record {record.number} is being made. This page says when it is done.")


@require_safe
def record_row(request: SignedIn, team: str, number: int, record: int) -> HttpResponse:
    """How far one record is; an open page asks every second until it is done."""
    found = _record(request, team, number, record)
    if not request.htmx:
        return redirect("records:records", team, number)
    return render(request, "records/_record.html", {"row": selectors.record_row(found)})


@require_safe
def download_pdf(request: SignedIn, team: str, number: int, record: int) -> HttpResponseBase:
    """The filed PDF, byte for byte."""
    found = _record(request, team, number, record, "blob", "data_blob")
    if found.is_filed and not found.blob:
        raise WrongState(f"This record has no PDF. {found.error} Its data is filed: download that.")
    return _attachment(request, found.blob, f"{found.label}.pdf", "application/pdf")


@require_safe
def download_json(request: SignedIn, team: str, number: int, record: int) -> HttpResponseBase:
    """The record as data, the same bytes as inside the PDF."""
    found = _record(request, team, number, record, "blob", "data_blob")
    return _attachment(request, found.data_blob, f"{found.label}.json", "application/json")


def _attachment(request: SignedIn, blob: Blob | None, name: str, kind: str) -> HttpResponseBase:
    """Bytes that a browser saves and never shows in our name."""
    if blob is None:
        raise WrongState("This record is not filed yet. Wait until the page offers its file.")
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return file_response(request, pieces(blob), size=blob.size, kind=kind, headers=headers)


def _page(request: SignedIn, deployment: Deployment) -> dict[str, object]:
    search, sort, page = (request.GET.get(name, "").strip() for name in ("q", "sort", "page"))
    records = selectors.records_page(deployment, request.user, search=search, sort=sort, page=page)
    return {"records": records, "deployment": deployment, "team": deployment.team}


def _deployment(request: SignedIn, team: str, number: int) -> Deployment:
    visible = Deployment.objects.visible_to(request.user).select_related("team")
    return get_object_or_404(visible, team__slug=team, number=number)


def _record(request: SignedIn, team: str, number: int, record: int, *read: str) -> Record:
    """The viewer's record of that number, with `read` beside its deployment, or 404."""
    visible = Record.objects.visible_to(request.user).select_related("deployment__team", *read)
    visible = visible.defer("blob__data", "data_blob__data")
    return get_object_or_404(visible, deployment__team__slug=team, deployment__number=number, number=record)
