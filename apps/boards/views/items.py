"""The item page and what people do there: write, sign, reject."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import SignedIn
from apps.boards.forms import items as forms
from apps.deployments import commands
from apps.deployments.models import Item

from .loading import address_of, load_deployment, load_item
from .showing import back_to_item, show_item


@require_GET
def item(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """Is this item proven, and may I turn its next key?"""
    return show_item(request, load_deployment(request, team, number), item)


@require_GET
def item_panel(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """The same beside the board."""
    return show_item(request, load_deployment(request, team, number), item)


@require_POST
def sign_item(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """Turn the next key over the text that was shown."""
    form = forms.SignItem(request.POST, auto_id="sign-%s")
    if not form.is_valid():
        found = load_item(request, team, number, item)
        return show_item(request, found.deployment, item, status=422, sign=form)
    try:
        commands.sign_item(address_of(request, team, number, item), by=request.user, **form.signing())
    except Item.DoesNotExist as error:
        raise Http404("There is no such item.") from error
    messages.success(request, f"You turned your key of item {item}.")
    return redirect("deployments:item", team, number, item)


@require_POST
def reject_item(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """Send the item back with a reason."""
    found = load_item(request, team, number, item)
    form = forms.RejectItem(request.POST, auto_id="reject-%s")
    if not form.is_valid():
        return show_item(request, found.deployment, item, status=422, reject=form)
    commands.reject_item(found, by=request.user, **form.cleaned_data)
    return back_to_item(request, found, f"Item {item} is rejected; its keys fell out.")


@require_POST
def edit_item(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """Change what the item says."""
    found = load_item(request, team, number, item)
    form = forms.EditItem(request.POST, auto_id="edit-%s")
    if not form.is_valid():
        return show_item(request, found.deployment, item, status=422, edit=form)
    commands.edit_item(found, by=request.user, **form.cleaned_data)
    return back_to_item(request, found, f"The text of item {item} is saved.")


@require_POST
def fill_in_item(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """Write down result and blanks."""
    found = load_item(request, team, number, item)
    form = forms.FillInItem(request.POST, item=found)
    if not form.is_valid():
        return show_item(request, found.deployment, item, status=422, fill_in=form)
    commands.fill_in_item(found, by=request.user, **form.writing())
    return back_to_item(request, found, f"The result of item {item} is saved.")
