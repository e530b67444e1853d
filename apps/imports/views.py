"""A text on its way to becoming a template: brought, previewed, corrected."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from uuid import UUID

from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import SignedIn, Team
from apps.checklists.models import ChecklistTemplate, TemplateVersion
from apps.core.errors import Changed, Refusal, Stale, WrongState
from apps.core.forms import refused
from apps.core.http import after_action, heavy, require_get_or_post
from apps.core.shown import UNSEEN

from . import commands, forms, permissions, selectors
from .models import ChecklistImport


@heavy
@require_get_or_post
def start_import(request: SignedIn, team: str) -> HttpResponse:
    """Paste or upload a checklist; the answer is its preview."""
    found = _team(request, team)
    into = _into(request, team)
    form = forms.StartImport(request.POST, request.FILES) if request.method == "POST" else forms.StartImport()
    if form.is_valid():
        imported = commands.start_import(found, by=request.user, into=into, **form.cleaned_data)
        return after_action(request, _preview_url(imported))
    may = permissions.start_import(request.user, found, into)
    context = {"team": found, "into": into, "may_import": may, "form": form}
    return render(request, "imports/start.html", context, status=422 if form.errors else 200)


@heavy
@require_GET
def preview(request: SignedIn, team: str, imported: UUID) -> HttpResponse:
    """Did Keyturn understand my checklist?"""
    return _preview(request, _import(request, team, imported))


@heavy
@require_GET
def line(request: SignedIn, team: str, imported: UUID, number: int) -> HttpResponse:
    """A form for what a line becomes and says: in its place, or on the page of all."""
    found = _import(request, team, imported)
    context = selectors.line_page(found, request.user, number)
    if context["open_line"] is None:
        raise Http404("The text has no such line.")
    if not request.htmx:
        return redirect(f"{_preview_url(found)}?change={number}#L{number}")
    return render(request, "imports/_line_form.html", context)


@heavy
@require_GET
def original(request: SignedIn, team: str, imported: UUID) -> HttpResponse:
    """The whole text as it came, where it was not Markdown."""
    found = _import(request, team, imported)
    if not found.original:
        raise Http404("This import came as Markdown; its text is its source.")
    disposition = content_disposition_header(as_attachment=True, filename=f"{found}.txt")
    headers = {"Content-Disposition": str(disposition), "X-Content-Type-Options": "nosniff"}
    data = found.original.encode("utf-8", "replace")
    return HttpResponse(data, content_type="text/plain; charset=utf-8", headers=headers)


@heavy
@require_get_or_post
def edit_text(request: SignedIn, team: str, imported: UUID) -> HttpResponse:
    """The text itself, to be changed before it is published."""
    found = _import(request, team, imported)
    now = {"source": found.source}
    form = forms.EditText(request.POST if request.method == "POST" else None, initial=now, now=now)
    if not form.is_valid():
        return _text(request, found, form, status=422 if form.errors else 200)
    try:
        commands.correct_import(found, by=request.user, **form.cleaned_data)
    except Changed as changed:
        return _text(request, found, form.refuse(changed), status=409)
    message = "The text is changed. Corrections of lines that stayed are kept."
    return after_action(request, _preview_url(found), message=message)


def posting(
    form_of: type[Form], command: Callable[..., Any], done: Callable[..., HttpResponse]
) -> Callable[[SignedIn, str, UUID], HttpResponse]:
    """The view of a command on an import that takes what a form of the preview holds; `done` answers once it is done.

    A form that came back wrong, or that the command refuses, is shown again in the preview with what was chosen.
    """

    @heavy
    @require_POST
    @wraps(command, assigned=("__name__", "__doc__"), updated=())
    def view(request: SignedIn, team: str, imported: UUID) -> HttpResponse:
        found = _import(request, team, imported)
        form = form_of(request.POST)
        if not form.is_valid():
            return _preview(request, found, form)
        try:
            made = command(found, by=request.user, **form.cleaned_data)
        except (Stale, WrongState) as refusal:
            return _preview(request, found, form, refusal)
        return done(request, found, form, made)

    return view


def _at_line(
    request: SignedIn, imported: ChecklistImport, form: forms.Corrections, _made: ChecklistImport
) -> HttpResponse:
    """The preview at the line that was corrected."""
    at = f"line={form.line}" if form.line else request.GET.urlencode()
    return redirect(f"{_preview_url(imported)}?{at}{f'#L{form.line}' if form.line else ''}")


def _where_they_were(request: SignedIn, imported: ChecklistImport, *_: object) -> HttpResponse:
    return redirect(_preview_url(imported, request))


def _at_the_drafts(
    request: SignedIn, imported: ChecklistImport, _form: Form, versions: list[TemplateVersion]
) -> HttpResponse:
    url, message = selectors.after_drafting(imported.team, versions)
    return after_action(request, url, message=message)


correct_import = posting(forms.Corrections, commands.correct_import, _at_line)
decide_findings = posting(forms.DecideFindings, commands.decide_findings, _where_they_were)
undo_import_step = posting(forms.UndoStep, commands.undo_import_step, _where_they_were)
draft_import = posting(forms.DraftImport, commands.draft_import, _at_the_drafts)


@heavy
@require_get_or_post
def merge_import(request: SignedIn, team: str, imported: UUID) -> HttpResponse:
    """What the text changes in its template; and bring it in."""
    found = _import(request, team, imported)
    if found.into is None:
        raise Http404("This text becomes templates of its own.")
    if request.method == "POST":
        version = commands.merge_import(found, by=request.user, shown=request.POST.get("basis", UNSEEN))
        changes = reverse("templates:changes", args=[team, version.template_id])
        message = "Brought into the draft. Undo in the studio takes it back in one step."
        return after_action(request, f"{changes}?to={version.number}", message=message)
    asked = {name: request.GET.get(name, "")[:30] for name in ("show", "page")}
    return render(request, "imports/merge.html", selectors.merge_page(found, request.user, **asked))


@heavy
@require_POST
def judge_match(request: SignedIn, team: str, imported: UUID) -> HttpResponse:
    """Whether an item of the template is the one it was taken for."""
    found = _import(request, team, imported)
    form = forms.Judge(request.POST)
    if not form.is_valid() or found.into is None:
        raise WrongState("Choose an item of the page, and whether it is the same.")
    commands.judge_match(found, by=request.user, **form.cleaned_data)
    same = form.cleaned_data["same"]
    message = "It is looked for in the text again." if same else "It is another item now, with a key of its own."
    return after_action(request, _merge_url(found), message=message)


@require_POST
def discard_import(request: SignedIn, team: str, imported: UUID) -> HttpResponse:
    """Throw a draft away."""
    found = _import(request, team, imported)
    commands.discard_import(found, by=request.user, shown=request.POST.get("basis", UNSEEN))
    return after_action(request, reverse("templates:list", args=[team]), message="The import is discarded.")


def _into(request: SignedIn, team: str) -> ChecklistTemplate | None:
    """The template that the text is to change, where its page led here."""
    asked = request.POST.get("into") or request.GET.get("into")
    if not asked:
        return None
    try:
        pk = UUID(asked)
    except ValueError as error:
        raise Http404("There is no such template.") from error
    templates = ChecklistTemplate.objects.visible_to(request.user).select_related("team")
    return get_object_or_404(templates, team__slug=team, pk=pk)


def _merge_url(imported: ChecklistImport) -> str:
    return reverse("imports:merge_import", args=[imported.team.slug, imported.pk])


def _team(request: SignedIn, slug: str) -> Team:
    return get_object_or_404(Team.objects.visible_to(request.user), slug=slug)


def _import(request: SignedIn, team: str, pk: UUID) -> ChecklistImport:
    rows = ChecklistImport.objects.visible_to(request.user).select_related("team", "into")
    return get_object_or_404(rows, team__slug=team, pk=pk)


def _text(request: SignedIn, found: ChecklistImport, form: forms.EditText, *, status: int) -> HttpResponse:
    may = permissions.correct_import(request.user, found)
    context = {"team": found.team, "import": found, "may_correct": may, "form": form}
    return render(request, "imports/text.html", context, status=status)


def _preview(
    request: SignedIn, found: ChecklistImport, form: Form | None = None, refusal: Refusal | None = None
) -> HttpResponse:
    """The preview, with what was wrong in `form` if anything was; after a change by others, with what was chosen."""
    imported = _import(request, found.team.slug, found.pk)
    asked = {name: request.GET.get(name, "")[:30] for name in ("show", "page", "line", "more", "change")}
    typed = None
    if form and refusal:
        refused(form, refusal)
    if isinstance(form, forms.Corrections):
        asked["change"], typed = form.line, form.data
    context = selectors.preview_page(imported, request.user, asked, typed) | {"form": form}
    context["lost"] = _lost(form, context) if form else []
    template = "imports/_parts.html" if request.htmx else "imports/preview.html"
    return render(request, template, context, status=refusal.status if refusal else 422 if form else 200)


def _lost(form: Form, page: Mapping[str, Any]) -> list[str]:
    """What was typed and has no field on the page any more."""
    typed = [
        value for name, value in form.data.items() if name == "value" or (name.startswith("t") and name[1:].isdigit())
    ]
    return [value for value in typed if value and not page["open_line"]]


def _preview_url(imported: ChecklistImport, request: SignedIn | None = None) -> str:
    """The preview, at the part of it the person was looking at."""
    url = reverse("imports:preview", args=[imported.team.slug, imported.pk])
    query = request.GET.urlencode() if request else ""
    return f"{url}?{query}" if query else url
