"""Items of a draft: shown with their form, edited, added, moved, indented, removed."""

from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import SignedIn
from apps.checklists.models import TemplateItem, TemplateVersion
from apps.core.errors import WrongState
from apps.core.http import heavy_at_first
from apps.studio import commands, forms, selectors

from .showing import act, answer, found, load_draft, save, show, wrong


@heavy_at_first
@require_GET
def item(request: SignedIn, team: str, template: UUID, key: str) -> HttpResponse:
    """What does this item ask for?"""
    version = load_draft(request, team, template)
    return _item(request, version, found(selectors.item_of(version, key)))


@heavy_at_first
@require_GET
def item_panel(request: SignedIn, team: str, template: UUID, key: str) -> HttpResponse:
    """The same beside the list."""
    return item(request, team, template, key)


@heavy_at_first
@require_POST
def edit_draft_item(request: SignedIn, team: str, template: UUID, key: str) -> HttpResponse:
    """Save fields of an item against what was shown of them."""
    version = load_draft(request, team, template)
    one = found(selectors.item_of(version, key))
    form = forms.EditItem(request.POST, item=one, tiers=version.tiers)
    again = partial(_item, request, version, one)
    return save(request, version, form, "items", key, command=partial(commands.edit_draft_item, key=key), again=again)


@heavy_at_first
@require_POST
def add_draft_items(request: SignedIn, team: str, template: UUID) -> HttpResponse:
    """Add an item, or one for each line of a pasted list."""
    version, form = load_draft(request, team, template), forms.AddItems(request.POST)
    if not form.is_valid():
        return wrong(request, form)
    keys = commands.add_draft_items(version, by=request.user, **form.cleaned_data)
    keys = keys or selectors.added_by(version, form.cleaned_data["intent"])
    at = ("items", keys[0]) if len(keys) == 1 else ()
    return answer(request, version, *at, message="Added. Undo takes it back.", added=" ".join(keys))


@heavy_at_first
@require_POST
def move_draft_items(request: SignedIn, team: str, template: UUID) -> HttpResponse:
    """Move items one place up or down, or to a place of a section."""
    version, form = load_draft(request, team, template), forms.MoveItems(request.POST)
    if not form.is_valid():
        return wrong(request, form)
    values = form.cleaned_data
    section, after = _place(version, values)
    keys = values["keys"]
    commands.move_draft_items(
        version, by=request.user, keys=keys, section=section, after=after, intent=values["intent"]
    )
    return answer(request, version, message="Moved. Undo takes it back.")


def _place(version: TemplateVersion, values: dict[str, Any]) -> tuple[str, str]:
    if values["to"] == "end":
        last = version.items.filter(section__key=values["section"]).exclude(key__in=values["keys"])
        return values["section"], last.order_by("position").values_list("key", flat=True).last() or ""
    if not values["to"]:
        return values["section"], values["after"]
    place = selectors.beside(version, values["keys"], -1 if values["to"] == "up" else 1)
    if place is None:
        raise WrongState(f"It stands at the very {'top' if values['to'] == 'up' else 'end'} already.")
    return place


indent_draft_items = act(forms.IndentItems, commands.indent_draft_items, "Done. Undo takes it back.")
edit_draft_items = act(forms.EditItems, commands.edit_draft_items, "Set. Undo takes it back.")
remove_draft_items = act(forms.Chosen, commands.remove_draft_items, "Removed. Undo brings it back.")


def _item(
    request: SignedIn, version: TemplateVersion, one: TemplateItem, form: Any = None, *, status: int = 200
) -> HttpResponse:
    form = form or forms.EditItem(item=one, tiers=version.tiers)
    context = selectors.item_panel(version, one, form)
    return show(request, version, "studio/_item.html", context, status=status)
