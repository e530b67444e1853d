"""Laying proof before an item, taking it away, and reading it."""

import mimetypes
from uuid import UUID

from django.forms import Form
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import SignedIn
from apps.attachments import commands, permissions
from apps.boards import selectors
from apps.boards.forms import items as forms
from apps.core.errors import Refusal
from apps.core.forms import OneLine, refused
from apps.core.http import file_response, heavy
from apps.core.permissions import require
from apps.core.shown import UNSEEN
from apps.deployments.models import Item
from apps.evidence.models import Evidence, Kind
from apps.evidence.selectors import pieces, room_left

from .loading import load_deployment, load_item
from .showing import back_to_item, show_item

OPAQUE = "application/octet-stream"
# Types no browser runs. Whatever else a file claims to be, it is served as bytes.
SERVED_AS = {
    "application/gzip",
    "application/json",
    "application/pdf",
    "application/zip",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "text/csv",
    "text/plain",
}
NOT_IN_NAMES = dict.fromkeys(map(ord, '/\\:*?"<>|'), "_")
INERT = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
}


@require_POST
def attach_evidence(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """Lay a note, a link or a file before the item."""
    found = load_item(request, team, number, item)
    kind = forms.EVIDENCE.get(request.POST.get("kind", ""), forms.Note)
    form = kind(request.POST, request.FILES, auto_id=f"{kind.kind}-%s")
    if not form.is_valid():
        return show_item(request, found.deployment, item, status=422, **{form.kind: form})
    filed = commands.attach_evidence(found, by=request.user, intent=form.cleaned_data["intent"], **form.evidence())
    return back_to_item(request, found, f"“{filed.title}” is attached to item {item}.")


@require_http_methods(["GET", "POST"])
def replace_evidence(request: SignedIn, team: str, number: int, item: int, evidence: UUID) -> HttpResponse:
    """File a newer revision of a piece; the older one stays on record."""
    found = load_item(request, team, number, item)
    filed = get_object_or_404(Evidence.objects.visible_to(request.user), pk=evidence, attachment__item=found)
    form = _newer(request, filed)
    if not form.is_valid():
        return _replacing(request, found, filed, form, 422 if form.is_bound else 200)
    intent = form.cleaned_data["intent"]
    try:
        newer = commands.replace_evidence(found, by=request.user, evidence=filed, intent=intent, **form.evidence())
    except Refusal as refusal:
        return _replacing(request, found, filed, refused(form, refusal), refusal.status)
    return back_to_item(request, found, f"“{newer.title}” is a newer revision at item {item}.")


@require_POST
def remove_evidence(request: SignedIn, team: str, number: int, item: int, evidence: UUID) -> HttpResponse:
    """Take proof away; it stays on record."""
    found = load_item(request, team, number, item)
    filed = get_object_or_404(Evidence.objects.visible_to(request.user), pk=evidence, attachment__item=found)
    shown = request.POST.get("basis", UNSEEN)
    commands.remove_evidence(found, by=request.user, evidence=filed, shown=shown)
    return back_to_item(request, found, f"“{filed.title}” is taken away from item {item}; it stays on record.")


@require_GET
def download_evidence(request: SignedIn, team: str, number: int, item: int, evidence: UUID) -> HttpResponseBase:
    """Exactly the bytes whose SHA-256 was signed, as a file that no browser runs."""
    found = load_item(request, team, number, item)
    visible = Evidence.objects.visible_to(request.user).select_related("blob").defer("blob__data")
    filed = get_object_or_404(visible, pk=evidence, attachment__item=found)
    content = pieces(filed.blob) if filed.blob else [(filed.text or filed.url).encode()]
    disposition = content_disposition_header(as_attachment=True, filename=_file_name(filed))
    headers = INERT | {"Content-Disposition": str(disposition)}
    return file_response(request, content, size=filed.size, kind=_media_type(filed), headers=headers)


@heavy
@require_GET
def download_evidence_archive(request: SignedIn, team: str, number: int) -> StreamingHttpResponse:
    """All evidence of the deployment as one archive, with a list of what is in it."""
    deployment = load_deployment(request, team, number)
    require(permissions.take_archive(request.user, deployment))
    name = f"{deployment.code} evidence.zip"
    headers = INERT | {
        "Content-Disposition": str(content_disposition_header(as_attachment=True, filename=name)),
        "X-Content-Type-Options": "nosniff",
    }
    content = selectors.evidence_archive(deployment, timezone.now())
    return StreamingHttpResponse(content, content_type="application/zip", headers=headers)


@heavy
@require_GET
def evidence_room(request: SignedIn, team: str, number: int) -> HttpResponse:
    """How much may still be stored for the team."""
    deployment = load_deployment(request, team, number)
    left, quota = room_left(deployment.team)
    context = {"deployment": deployment, "left": left, "quota": quota, "is_short": left < quota // 10}
    return render(request, "boards/_evidence_room.html", context)


def _newer(request: SignedIn, filed: Evidence) -> forms.Note | forms.Link | forms.File:
    """The form of a newer revision, of the same kind; a fresh one begins with what is to be replaced."""
    kind = forms.EVIDENCE[filed.kind]
    if request.method == "POST":
        return kind(request.POST, request.FILES)
    made_up = filed.kind != Kind.FILE and (filed.text or filed.url).startswith(filed.title)
    return kind(initial={"title": "" if made_up else filed.title, "text": filed.text, "url": filed.url})


def _replacing(request: SignedIn, item: Item, filed: Evidence, form: Form, status: int) -> HttpResponse:
    page = selectors.replacing_page(item, filed, request.user)
    return render(request, "boards/replace.html", page | {"form": form}, status=status)


def _media_type(filed: Evidence) -> str:
    if filed.kind != Kind.FILE:
        return "text/plain; charset=utf-8"
    claimed = filed.media_type.partition(";")[0].strip().lower()
    return claimed if claimed in SERVED_AS else OPAQUE


def _file_name(filed: Evidence) -> str:
    """The title as a name for the saved file, with an ending; never used as a path here."""
    name = OneLine().to_python(filed.title).translate(NOT_IN_NAMES).strip(". ") or "evidence"
    if filed.kind != Kind.FILE:
        return f"{name}.txt"
    kind = _media_type(filed)
    return name if "." in name or kind == OPAQUE else name + (mimetypes.guess_extension(kind) or "")
