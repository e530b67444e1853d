"""The page of a draft, and what keeps it live."""

from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import SignedIn
from apps.checklists.models import ChecklistTemplate
from apps.core.http import heavy_at_first, render_around
from apps.live import presence
from apps.live.stream import EventStream
from apps.studio import commands, forms, selectors

from .showing import answer, load_draft, number, parts, wrong


@heavy_at_first
@require_GET
def draft(request: SignedIn, team: str, template: UUID) -> HttpResponse:
    """Can it be published, and if not, why?"""
    version = load_draft(request, team, template)
    asked = {"show": request.GET.get("show", ""), "find": request.GET.get("q", "")[:200]}
    page = selectors.draft_page(version, request.user, page=request.GET.get("page", "")[:9], **asked)
    page |= {"bulk": forms.BULK}
    return render_around(request, "studio/draft.html", page, fragments=page["rendered"])


@heavy_at_first
@require_GET
def rows(request: SignedIn, team: str, template: UUID) -> HttpResponse:
    """The parts of an open page that others changed."""
    return parts(request, load_draft(request, team, template))


@require_POST
def here(request: SignedIn, team: str, template: UUID) -> HttpResponse:
    """Note where somebody is in the draft, in no database, and answer who else is and where."""
    version, form = load_draft(request, team, template), forms.Here(request.POST)
    if not form.is_valid():
        return wrong(request, form)
    values, topic = form.cleaned_data, version.template.stream
    if values.pop("gone"):
        presence.leave(topic, request.user.pk, page=values["page"])
        return JsonResponse({"here": []})
    present = presence.enter(topic, request.user.pk, **values)
    return JsonResponse({"here": selectors.others_here(version, request.user, present)})


@heavy_at_first
@require_POST
def undo_step(request: SignedIn, team: str, template: UUID) -> HttpResponse:
    """Take the newest edit back, whoever made it."""
    version, form = load_draft(request, team, template), forms.Step(request.POST)
    if not form.is_valid():
        return wrong(request, form)
    step = commands.undo_step(version, by=request.user, **form.cleaned_data)
    return answer(request, version, message=f"Taken back: {step.words}.")


@heavy_at_first
@require_POST
def redo_step(request: SignedIn, team: str, template: UUID) -> HttpResponse:
    """Make the edit again that was taken back last."""
    version, form = load_draft(request, team, template), forms.Step(request.POST)
    if not form.is_valid():
        return wrong(request, form)
    step = commands.redo_step(version, by=request.user, **form.cleaned_data)
    return answer(request, version, message=f"Done again: {step.words}.")


@require_GET
def follow(request: SignedIn, template: UUID) -> HttpResponse:
    """The event stream of a template: that something changed; once, whether it did."""
    found = get_object_or_404(ChecklistTemplate.objects.visible_to(request.user), pk=template)
    after = number(request.headers.get("Last-Event-ID") or request.GET.get("after", ""))
    listener = selectors.DraftListener(request.user, str(request.session.session_key), template, found.stream)
    if "once" in request.GET:  # for a page whose browser has no connection to spare
        return JsonResponse({"seq": listener.missed(after)[0], "items": []})
    return EventStream(found.stream, after, listener.missed, listener.may_listen).of(request.user.pk)
