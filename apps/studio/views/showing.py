"""How views find a draft, show a part of it with its form, and answer an edit: with what changed, or the page."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.accounts.models import SignedIn
from apps.checklists.models import TemplateVersion
from apps.core.errors import Changed, WrongState
from apps.core.http import after_action, heavy_at_first, refuse
from apps.core.shown import fingerprint
from apps.studio import forms, rules, selectors
from apps.studio.permissions import edit_draft

MOVES = (("up", "Up"), ("down", "Down"))
INDENTS = (("1", "Indent"), ("-1", "Outdent"))


def load_draft(request: SignedIn, team: str, template: UUID) -> TemplateVersion:
    """The draft of a template of one of the viewer's teams, or 404."""
    own = request.user.team_called(team)
    return found(selectors.draft_at(own, template) if own else None)


def draft_url(version: TemplateVersion, *more: str) -> str:
    """Where the draft is, and a part of it."""
    url = reverse("studio:draft", args=[version.template.team.slug, version.template_id])
    return url + "".join(f"{part}/" for part in more)


def answer(
    request: SignedIn, version: TemplateVersion, *at: str, message: str = "", added: str = "", **saved: Any
) -> HttpResponse:
    """After an edit: what changed since the page was shown, or for a browser without scripts the page.

    added: the keys of new items. saved: what the edited fields hold now, by which the page knows what it edits next.
    """
    if not request.htmx:
        return after_action(request, draft_url(version, *at), message=message)
    digests = fingerprint(rules.texts_of(saved)) if saved else ""
    return parts(request, version, message=message, added=added, saved=digests)


def parts(request: SignedIn, version: TemplateVersion, **more: Any) -> HttpResponse:
    """The parts of an open page that changed after the entry it shows."""
    context = selectors.changed_parts(version, request.user, number(request.GET.get("since", "")))
    return render(request, "studio/_parts.html", context | more)


def number(text: str) -> int:
    """The sequence somebody names, or -1, which is before the first entry."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else -1


def show(
    request: SignedIn, version: TemplateVersion, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A part of a draft on a page of its own, or beside the list."""
    in_panel = request.path.endswith("/panel/") and bool(request.htmx)
    context |= {"version": version, "template": version.template, "team": version.template.team, "in_panel": in_panel}
    context |= {"draft": selectors.draft_of(version), "may_edit": edit_draft(request.user, version), "part": template}
    context |= {"here": draft_url(version), "moves": MOVES, "indents": INDENTS}
    return render(request, template if in_panel else "studio/part.html", context, status=status)


def wrong(request: HttpRequest, form: Any) -> HttpResponse:
    """Why an edit was not made, as sentences; what was typed is shown again."""
    faults = [*form.non_field_errors(), *(fault for name in form.fields for fault in form[name].faults)]
    answer = refuse(request, WrongState(" ".join(faults)))
    answer.status_code = 422
    return answer


def is_partial(request: SignedIn) -> bool:
    """Whether one field of a page was sent, and not the form of a page that can show it again."""
    return bool(request.htmx or request.POST.get("only"))


def differing(request: SignedIn, version: TemplateVersion, form: forms.EditPart, changed: Changed) -> HttpResponse:
    """What somebody else saved meanwhile beside what was typed; saved again, that replaces it."""
    if not request.htmx:
        raise changed
    form.refuse(changed)
    names = [name for name in changed.fields if name in form.fields]
    both = [{"name": name, "label": form[name].label, "now": changed.now[name]} for name in names]
    seen = fingerprint({name: changed.now[name] for name in names})
    who = version.edited_by_name if version.edited_by_id != request.user.pk else "You, in another window,"
    context = {"both": both, "seen": seen, "who": who, "at": version.edited_at}
    return render(request, "studio/_merge.html", context, status=409)


def save(
    request: SignedIn,
    version: TemplateVersion,
    form: forms.EditPart,
    *at: str,
    command: Callable[..., Any],
    again: Callable[..., HttpResponse],
) -> HttpResponse:
    """Save the fields of the part of a draft that is `at` there, against what was shown of them.

    again: shows the part with the form and its faults, to a browser that sent the form of a page.
    """
    alone = is_partial(request)
    if not form.is_valid():
        return wrong(request, form) if alone else again(form, status=422)
    try:
        command(version, by=request.user, **form.cleaned_data)
    except Changed as changed:
        return differing(request, version, form, changed) if alone else again(form.refuse(changed), status=409)
    return answer(request, version, *at, message="Saved.", **form.cleaned_data["values"])


def act(
    form_of: Callable[..., Any], command: Callable[..., Any], done: str
) -> Callable[[SignedIn, str, UUID], HttpResponse]:
    """What makes the view of a command on items that were chosen; `done` says what it did."""

    @heavy_at_first
    @require_POST
    @wraps(command, assigned=("__name__", "__doc__"), updated=())
    def view(request: SignedIn, team: str, template: UUID) -> HttpResponse:
        version = load_draft(request, team, template)
        form = form_of(request.POST)
        if not form.is_valid():
            return wrong(request, form)
        command(version, by=request.user, **form.cleaned_data)
        return answer(request, version, message=done)

    return view


def found(part: Any) -> Any:
    """A part of a draft, or 404 where it is gone."""
    if part is None:
        raise Http404("It was removed meanwhile, or never was.")
    return part
