"""How views show an item: as a page of its own, or as the part that htmx swaps in."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse, QueryDict
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from apps.accounts.models import SignedIn, User
from apps.boards import selectors
from apps.boards.forms import items as forms
from apps.boards.forms.reporting import Measure
from apps.boards.forms.waivers import EndWaiver
from apps.checklists.rules.fill_ins import FillIn
from apps.core.errors import OtherDigest, Stale
from apps.core.forms import AgainstShown, Edit, refused
from apps.core.forms.ceremonies import Ceremony
from apps.core.http import address, place, put
from apps.core.shown import fingerprint
from apps.deployments.commands.items import result_of, text_of
from apps.deployments.commands.planning import planned
from apps.deployments.models import Deployment, Item, blank_of
from apps.deployments.rules import owners_of
from apps.factors.commands import prove

from .loading import LONGEST_SEARCH, load_item

TYPED = ("text", "number", "date")  # kinds of blanks that one field holds as they are stored


def show_item(
    request: SignedIn,
    deployment: Deployment,
    number: int,
    *,
    status: int = 200,
    stale: Any = None,
    **filled: Any,
) -> HttpResponse:
    """The item with its forms; `filled` are forms by name that came back wrong and keep what was typed.

    stale: what changed since the page was opened on which somebody turned a key (selectors.Meanwhile).
    """
    page = selectors.item_page(deployment, number, request.user, **_asked(request))
    if page is None:
        raise Http404("There is no such item.")
    here = f"{(board := selectors.url_of(deployment))}items/{number}/"
    in_panel = _is_in_panel(request, here)
    style, token = "stack" if in_panel else "form", get_token(request)
    acts = ItemForms(page["item"], filled, {"here": here, "token": token, "style": style})
    context = page | {"forms": filled, "wrong": defaultdict(bool, dict.fromkeys(filled, True)), "acts": acts}
    context |= {"board": board, "here": here, "follow": address("deployments:follow", deployment.id)}
    context |= {"stale": stale, "in_panel": in_panel, "form_class": style, "csrf_token": token}
    context |= _shown_of(page["item"], page["row"].owner_name)
    template = "boards/_item_swap.html" if request.htmx else "boards/item.html"
    return render(request, template, context, status=status)


def _asked(request: SignedIn) -> dict[str, Any]:
    """Which evidence, comments and events the page is asked to show."""
    words = request.GET.get("words", "")[:LONGEST_SEARCH].strip()
    talking = {"view": request.GET.get("talk", ""), "find": words, "page": request.GET.get("comments", "")}
    return {"page": request.GET.get("page", ""), "talking": talking}


def _shown_of(item: Item, owner: str) -> dict[str, str]:
    """What the page shows of what its forms without fields of their own would change."""
    due = planned(item.due_on)
    return {
        "owner_shown": fingerprint(owners_of(f"item_{item.number}", [owner])),
        "keys_shown": fingerprint(item.sign_off.standing),
        "due_shown": fingerprint(due),
        **due,
    }


def back_to_item(request: SignedIn, item: Item, message: str) -> HttpResponse:
    """After an act: say what happened and show the item again; htmx follows too and gets the part."""
    messages.success(request, message)
    return redirect("deployments:item", item.deployment.team.slug, item.deployment.number, item.number)


def _is_in_panel(request: SignedIn, page: str) -> bool:
    """Whether the answer lands beside the board: asked for as a panel, or by a form that stands in one."""
    if request.path.endswith("/panel/"):
        return bool(request.htmx)
    asked_from = urlsplit(request.htmx.current_url or "").path
    return bool(asked_from) and not asked_from.startswith(page)


class Act(NamedTuple):
    """A form of the page: its fields as an item fills them in, where it goes below the item, the words of its button.

    `form` takes the item and, where somebody sent it, what they sent. `warns` stands under the button while keys are
    turned. A form that stands in a template of its own has neither path nor button here.
    """

    form: Callable[..., Any]
    path: str = ""
    does: str = ""
    warns: str = ""


def posting(name: str, command: Callable[..., Any], done: str) -> Callable[..., HttpResponse]:
    """The view of a command that takes what the form `name` of the item page holds; `done` says what it did.

    The command is given the item, or the waiver that the address names. A form that came back wrong is shown again.
    """

    @require_POST
    @wraps(command, assigned=("__name__", "__doc__"), updated=())
    def view(request: SignedIn, team: str, number: int, item: int, waiver: UUID | None = None) -> HttpResponse:
        found = load_item(request, team, number, item)
        subject = get_object_or_404(found.waivers.all(), pk=waiver) if waiver else found
        form = ACTS[name].form(found, request.POST)
        if not form.is_valid() or (proof := proven(form, by=request.user)) is None:
            return show_item(request, found.deployment, item, status=422, **{name: form})
        try:
            command(subject, by=request.user, **form.cleaned_data, **proof)
        except Stale as stale:
            if (shown := _shown_again(found, name, form, stale)) is None:
                raise
            return show_item(request, found.deployment, item, status=stale.status, **shown)
        return back_to_item(request, found, done.format(item=item))

    return view


def _shown_again(item: Item, name: str, form: Form, stale: Stale) -> dict[str, Any] | None:
    """How the page shows that a form came too late: what changed, or the form with what was typed; None for neither."""
    if isinstance(stale, OtherDigest) and isinstance(form, Ceremony):
        return {"stale": selectors.meanwhile(item, stale, form.seen_content)}
    return {name: refused(form, stale)} if isinstance(form, AgainstShown | Edit) else None


def proven(form: Form, *, by: User) -> dict[str, Any] | None:
    """What a command takes beside what the form holds: for one that signs the proof of who does; None without one."""
    if not isinstance(form, Ceremony):
        return {}
    proof = form.proven(prove, by=by)
    return proof and {"proof": proof}


class ItemForms:
    """The forms of the page as HTML, each made when the page first asks for it: many are not shown.

    Putting all of them together takes longer than reading the item, and they differ from those of another item by a
    few values. So each is rendered once per process, with places for these. Those in `filled` came back wrong.
    """

    def __init__(self, item: Item, filled: Mapping[str, Any], values: Mapping[str, str]) -> None:
        self.item, self.filled = item, filled
        self.values = {**values, "title": item.title, "text": item.text, "result": item.result}
        self.values |= {f"value_{n}": fill["value"] for n, fill in enumerate(item.fill_ins)}
        self.values |= {f"{name}_shown": fingerprint(shown(item)) for name, shown in SHOWN.items()}
        self.values["intent"] = str(uuid4())
        self.values["waiver"] = str(item.waiver.pk) if item.waiver else ""

    def __getitem__(self, name: str) -> SafeString:
        try:
            return self._filled_in(name)
        except KeyError as error:  # for which a template would show nothing
            lacks = f"The form {name} lacks {error}: it takes a row in ACTS and, if it has a `basis`, one in SHOWN."
            raise LookupError(lacks) from error

    def _filled_in(self, name: str) -> SafeString:
        if name in self.filled:
            form = self.filled[name]
            if isinstance(form, AgainstShown):
                form.over(self.values[f"{name}_shown"])
            return self._put(_html(form, ACTS[name], is_turned=self._is_turned))
        asked = tuple(map(blank_of, self.item.fill_ins)) if name == "fill_in" else ()
        if any(one.kind not in TYPED for one in asked):  # a place cannot stand for what is chosen or made of parts
            return self._put(_html(_fill_in(self.item), ACTS[name], is_turned=self._is_turned))
        return self._put(_with_places(name, asked, is_turned=self._is_turned))

    @property
    def _is_turned(self) -> bool:
        return bool(self.item.sign_off.turned)

    def _put(self, html: str) -> SafeString:
        return put(html, self.values)


def _empty(name: str, form: type[Form], path: str = "", does: str = "") -> dict[str, Act]:
    """The act of a form that begins the same for every item."""
    return {name: Act(lambda item, data=None: form(data, auto_id=f"{name}-%s"), path, does)}


def _edit(item: Item, data: QueryDict | None = None) -> Form:
    return forms.EditItem(data, item=item)


def _fill_in(item: Item, data: QueryDict | None = None) -> Form:
    return forms.FillInItem(data, item=item)


ACTS = {
    "edit": Act(_edit, "edit/", "Save text"),
    "fill_in": Act(_fill_in, "fill-in/", "Save result", "Changes what is signed: turned keys fall out."),
    **_empty("comment", forms.Comment, "comments/write/", "Comment"),
    **_empty("withdraw", forms.WithdrawKey),
    **_empty("reject", forms.RejectItem, "reject/", "Reject item"),
    **_empty("note", forms.Note, "evidence/attach/", "Attach note"),
    **_empty("link", forms.Link, "evidence/attach/", "Attach link"),
    **_empty("file", forms.File, "evidence/attach/", "Attach file"),
    **_empty("measure", Measure, "probe/measure/", "Keep measurement"),
    **_empty("detach", forms.DetachProbe, "probe/detach/", "Take probe away"),
    **_empty("approve", Ceremony),
    **_empty("end", EndWaiver, f"waiver/{place('waiver')}/end/", "End waiver"),
}

# What the item shows of what a form would overwrite or take away: its `basis`.
SHOWN: dict[str, Callable[[Item], Mapping[str, str]]] = {
    "edit": lambda item: text_of(item.title, item.text),
    "fill_in": lambda item: result_of(item.result, [fill["value"] for fill in item.fill_ins]),
    "reject": lambda item: item.sign_off.standing,
    "detach": lambda item: item.probe.standing if item.probe else {},
    "end": lambda item: item.waiver.sign_off.standing if item.waiver else {},
}


@lru_cache(maxsize=1024)
def _with_places(name: str, asked: tuple[FillIn, ...], *, is_turned: bool) -> str:
    """The form with places for what an item says; `asked` are its blanks."""
    blanks = [{**one.values(), "value": place(f"value_{n}")} for n, one in enumerate(asked)]
    item = Item(title=place("title"), text=place("text"), result=place("result"), fill_ins=blanks)
    form = ACTS[name].form(item)
    if "intent" in form.fields:
        form.initial["intent"] = place("intent")
    if name in SHOWN:
        form.initial["basis"] = place(f"{name}_shown")
    return _html(form, ACTS[name], is_turned=is_turned)


def _html(form: Form, act: Act, *, is_turned: bool = False) -> str:
    address = place("here") + act.path
    context = {"form": form, "address": address, "does": act.does, "note": act.warns if is_turned else ""}
    return render_to_string("boards/_act.html", context | {"style": place("style"), "csrf_token": place("token")})
