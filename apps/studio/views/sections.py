"""Sections of a draft: shown with their form, edited, added, moved, removed."""

from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import SignedIn
from apps.checklists.models import TemplateSection, TemplateVersion
from apps.core.errors import WrongState
from apps.core.http import heavy_at_first
from apps.studio import commands, forms, selectors

from .showing import answer, found, load_draft, save, show, wrong


@heavy_at_first
@require_GET
def section(request: SignedIn, team: str, template: UUID, key: str) -> HttpResponse:
    """What does this section say?"""
    version = load_draft(request, team, template)
    return _section(request, version, found(version.sections.filter(key=key).first()))


@heavy_at_first
@require_GET
def section_panel(request: SignedIn, team: str, template: UUID, key: str) -> HttpResponse:
    """The same beside the list."""
    return section(request, team, template, key)


@heavy_at_first
@require_POST
def edit_draft_section(request: SignedIn, team: str, template: UUID, key: str) -> HttpResponse:
    """Save what a section says against what was shown of it."""
    version = load_draft(request, team, template)
    one = found(version.sections.filter(key=key).first())
    form = forms.EditSection(request.POST, section=one)
    again = partial(_section, request, version, one)
    return save(
        request, version, form, "sections", key, command=partial(commands.edit_draft_section, key=key), again=again
    )


@heavy_at_first
@require_POST
def add_draft_section(request: SignedIn, team: str, template: UUID) -> HttpResponse:
    """Add a section."""
    version, form = load_draft(request, team, template), forms.AddSection(request.POST)
    if not form.is_valid():
        return wrong(request, form)
    commands.add_draft_section(version, by=request.user, **form.cleaned_data)
    return answer(request, version, message="The section is added. Undo takes it back.")


@heavy_at_first
@require_POST
def move_draft_section(request: SignedIn, team: str, template: UUID, key: str) -> HttpResponse:
    """Move a section with its items one place up or down."""
    version, form = load_draft(request, team, template), forms.MoveSection(request.POST)
    if not form.is_valid():
        return wrong(request, form)
    to = form.cleaned_data.pop("to")
    after = selectors.section_beside(version, key, -1 if to == "up" else 1)
    if after is None:
        raise WrongState(f"This section stands at the very {'top' if to == 'up' else 'end'} already.")
    commands.move_draft_section(version, by=request.user, key=key, after=after, **form.cleaned_data)
    return answer(request, version, message="The section is moved. Undo takes it back.")


@heavy_at_first
@require_POST
def remove_draft_section(request: SignedIn, team: str, template: UUID, key: str) -> HttpResponse:
    """Take a section out with its items."""
    version, form = load_draft(request, team, template), forms.Act(request.POST)
    if not form.is_valid():
        return wrong(request, form)
    commands.remove_draft_section(version, by=request.user, key=key, **form.cleaned_data)
    return answer(request, version, message="The section is removed. Undo brings it back.")


def _section(
    request: SignedIn, version: TemplateVersion, one: TemplateSection, form: Any = None, *, status: int = 200
) -> HttpResponse:
    form = form or forms.EditSection(section=one)
    context = selectors.form_panel(one.own(), form) | {"section": one}
    return show(request, version, "studio/_section.html", context, status=status)
