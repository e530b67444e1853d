"""The item page and what people do there: write, sign, withdraw, reject, go without it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import SignedIn
from apps.boards import selectors
from apps.boards.forms import items as forms
from apps.core.errors import Stale
from apps.deployments import commands
from apps.deployments.models import Item
from apps.factors.commands import prove
from apps.proposals import commands as proposals

from .loading import address_of, load_deployment, load_item
from .showing import back_to_item, posting, show_item


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
    if not form.is_valid() or not (proof := form.proven(prove, by=request.user)):
        found = load_item(request, team, number, item)
        return show_item(request, found.deployment, item, status=422, sign=form)
    try:
        commands.sign_item(address_of(request, team, number, item), by=request.user, proof=proof, **form.cleaned_data)
    except Item.DoesNotExist as error:
        raise Http404("There is no such item.") from error
    except Stale as late:
        found = load_item(request, team, number, item)
        stale = selectors.meanwhile(found, late, form.seen_content)
        return show_item(request, found.deployment, item, status=late.status, stale=stale)
    messages.success(request, f"You turned your key of item {item}.")
    return redirect("deployments:item", team, number, item)


@require_POST
def propose_change(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """Propose for the template what became of the item here."""
    found = load_item(request, team, number, item)
    form = forms.ProposeChange(request.POST)
    if not form.is_valid():
        return show_item(request, found.deployment, item, status=422, propose=form)
    proposals.propose_change(found, by=request.user, kind=form.cleaned_data["kind"])
    return back_to_item(request, found, f"Item {item} is proposed for the template; who edits that sees it.")


withdraw_key = posting(
    "withdraw", commands.withdraw_key, "You withdrew your key of item {item}; everybody signs it again."
)
reject_item = posting("reject", commands.reject_item, "Item {item} is rejected; its keys fell out.")
edit_item = posting("edit", commands.edit_item, "The text of item {item} is saved.")
fill_in_item = posting("fill_in", commands.fill_in_item, "The result of item {item} is saved.")
