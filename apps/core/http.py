"""How a view answers, with htmx and without JavaScript."""

import json
import re
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from html import escape
from inspect import getclosurevars
from typing import Any, Self, TypeVar
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_http_methods
from django_htmx.http import retarget
from django_htmx.middleware import HtmxDetails

from .errors import Changed, NoSuchToken, Refusal, TooMany
from .shown import fingerprint

ViewFunction = TypeVar("ViewFunction", bound=Callable[..., HttpResponseBase])
# Nobody can write it into a text: every process draws its own.
PLACE = secrets.token_hex(16)
FILTERS = ("show", "q", "sort", "page", "condition", "run")  # of an address: what a page is asked to show
NOT_RETURNED = {
    "csrfmiddlewaretoken", "password", "old", "new", "unsent", "secret_value", "signing_key", "sealed",
    "passkey_answer", "passkey_challenge", "new_code", "proof_password", "proof_code", "proof_answer",
    "proof_challenge",
}  # fmt: skip
NOT_RETURNED |= {"code", "assertion", "statement", "seen", "since"}  # what showed who signs, which is shown anew
UNSENT, UNSENT_FOR = "unsent", timedelta(hours=12)
NOT_TYPED = re.compile(
    r"shown|basis|draft|intent|slot|revision|kind|back|item|section|save|more|next|which|decision|"
    r"(?:f|item-|keys-|critical-)\d+"
)
MACHINE_MADE = re.compile(r"on|[0-9a-f-]{36}|[0-9a-f]{64}")
PLACES = re.compile(f"{PLACE}-([a-z_0-9]+);")

PIECE = 256 * 1024  # bytes that are read and sent at once; nearly every answer is shorter
HEAVY, HEAVY_AT_FIRST = "heavy", "heavy at first"  # always, or until what it shows is cached
require_get_or_post = require_http_methods(("GET", "HEAD", "POST"))


def heavy(view: ViewFunction) -> ViewFunction:
    """Mark a view whose cost grows with what is stored: one person has few of them at once (project/concurrency.py)."""
    view.weight = HEAVY  # type: ignore[attr-defined]
    return view


def heavy_at_first(view: ViewFunction) -> ViewFunction:
    """Mark a view that is heavy until this process has cached what it shows: each process counts these by itself."""
    view.weight = HEAVY_AT_FIRST  # type: ignore[attr-defined]
    return view


def weight_of(view: Any) -> str:
    """How a view is marked; empty for one that costs the same whatever is stored."""
    return getattr(view, "weight", "")


@lru_cache(maxsize=4096)
def address(name: str, *args: Any) -> str:
    """Where a view is; working that out anew takes as long as rendering a row."""
    return reverse(name, args=args)


def place(name: str) -> SafeString:
    """What stands in rendered text where a value of that name is put later."""
    return mark_safe(f"{PLACE}-{name};")


def put(text: str, values: Mapping[str, str]) -> SafeString:
    """The rendered text with its values in their places, escaped."""
    return mark_safe(PLACES.sub(lambda found: escape(values[found[1]]), text))


def after_action(request: HttpRequest, url: str, *, message: str = "") -> HttpResponse:
    """Answer a successful POST: lead to `url`, where `message` says what was done; htmx follows and gets the part.

    An act whose address carries filters or a search returns to them.
    """
    if message:
        messages.success(request, message)
    filters = urlencode({name: request.GET[name] for name in FILTERS if request.GET.get(name)})
    return redirect(f"{url}?{filters}" if filters and "?" not in url else url)


def refuse(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Show a refusal in the page's notices for htmx, as a page of its own with what was typed otherwise.

    With TooMany come Retry-After and, for a page, Refresh: the browser loads it again by itself. A program gets JSON.
    """
    if is_program(request):
        answer = JsonResponse({"error": str(refusal)}, status=refusal.status)
        if isinstance(refusal, NoSuchToken):
            answer.headers["WWW-Authenticate"] = "Bearer"
        return _retrying(refusal, answer)
    if HtmxDetails(request):
        return _retrying(
            refusal, in_notices(request, "core/_refusal.html", {"refusal": refusal}, status=refusal.status)
        )
    unsent = Unsent.of(request)
    if isinstance(refusal, Changed):
        unsent = unsent.over(fingerprint(refusal.now))
    context = {"refusal": refusal, "back": request.headers.get("Referer", ""), "unsent": unsent}
    response = _retrying(refusal, render(request, "core/refusal.html", context, status=refusal.status))
    if isinstance(refusal, TooMany) and request.method == "GET":
        response.headers["Refresh"] = response.headers["Retry-After"]
    return response


def is_program(request: HttpRequest) -> bool:
    """Whether a program asks, by a token or at an address that is for programs alone."""
    is_for_programs = getattr(request, "is_program", False)
    return is_for_programs or request.headers.get("Authorization", "").startswith("Bearer ")


def _retrying(refusal: Refusal, response: HttpResponse) -> HttpResponse:
    """The response with the seconds after which to ask again, where the refusal names them."""
    if isinstance(refusal, TooMany):
        response.headers["Retry-After"] = str(refusal.seconds)
    return response


def file_response(
    request: HttpRequest, pieces: Iterable[bytes], *, size: int, kind: str, headers: Mapping[str, str]
) -> HttpResponseBase:
    """A file that leaves in pieces as fast as it is read; the next piece is asked for only then.

    size: bytes of all `pieces` together. kind: the media type.
    """
    headers = {"X-Content-Type-Options": "nosniff", **headers, "Content-Length": str(size)}
    if request.method == "HEAD":
        return HttpResponse(content_type=kind, headers=headers)
    return StreamingHttpResponse(pieces, content_type=kind, headers=headers)


def set_browser_cookie(response: HttpResponseBase, name: str, value: str, *, max_age: int, salt: str = "") -> None:
    """A signed cookie by which a browser is known again, for `max_age` seconds; no script reads it."""
    response.set_signed_cookie(
        name, value, salt, max_age=max_age, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )


def in_notices(request: HttpRequest, template: str, context: dict[str, Any], *, status: int) -> HttpResponse:
    """A sentence that htmx puts into the notices of the page; what the page holds stays."""
    response = render(request, template, context, status=status)
    response.headers["HX-Reswap"] = "innerHTML show:window:top"  # django-htmx's reswap takes no modifiers
    return retarget(response, "#notices")


@dataclass(frozen=True)
class Unsent:
    """A form that was typed and not taken: where it goes, and its fields. Passwords, secrets and files are left out."""

    to: str
    fields: tuple[tuple[str, str], ...] = ()
    had_file: bool = False
    had_secret: bool = False

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """What the request sent."""
        sent = request.POST.lists() if request.method == "POST" else ()
        fields = tuple((name, value) for name, values in sent if name not in NOT_RETURNED for value in values)
        had_secret = request.method == "POST" and "secret_value" in request.POST
        return cls(request.get_full_path(), fields, bool(request.method == "POST" and request.FILES), had_secret)

    @classmethod
    def read(cls, text: str) -> Self | None:
        """What `as_text` wrote not long ago, if it leads to an address of ours."""
        try:
            to, fields = signing.loads(text, salt=UNSENT, max_age=UNSENT_FOR)
            resolve(urlsplit(to).path)
            return cls(to, tuple((str(name), str(value)) for name, value in fields)) if is_local(to) else None
        except (signing.BadSignature, ValueError, TypeError, Resolver404):
            return None

    @property
    def as_text(self) -> str:
        """For a hidden field that carries it through signing in; signed, so that nobody else fills a form by it."""
        return signing.dumps([self.to, self.fields], salt=UNSENT, compress=True)

    @property
    def typed(self) -> list[tuple[str, str, str]]:
        """(name, label, value) of what a person wrote."""
        return [(n, n.replace("_", " ").capitalize(), v) for n, v in self.fields if _is_typed(n, v)]

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """The other fields."""
        return [(name, value) for name, value in self.fields if not _is_typed(name, value)]

    def over(self, basis: str) -> "Unsent":
        """The same, to be saved over what is saved now."""
        others = tuple((name, value) for name, value in self.fields if name != "basis")
        return replace(self, fields=(*others, ("basis", basis)))


def _is_typed(name: str, value: str) -> bool:
    return bool(value.strip()) and not NOT_TYPED.fullmatch(name) and not MACHINE_MADE.fullmatch(value)


def signed_in(request: HttpRequest) -> HttpResponse:
    """Where they wanted to go; or what they typed before their session ended, to be sent by hand."""
    unsent = Unsent.read(request.POST.get("unsent", ""))
    if unsent is None:
        return redirect(_next(request))
    return render(request, "core/unsent.html", {"unsent": unsent, "next": _next(request)})


def _next(request: HttpRequest) -> str:
    """Where they wanted to go before they signed in, if that is here."""
    url = request.POST.get("next") or request.GET.get("next") or ""
    is_here = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if is_here and page_of(urlsplit(url).path) == urlsplit(url).path else reverse("home")


def is_local(url: str) -> bool:
    """Whether an address is a path of this site."""
    return url_has_allowed_host_and_scheme(url, allowed_hosts=None)


def page_of(path: str) -> str:
    """The nearest page: the address itself where it can be opened, else the one above it."""
    while path.strip("/") and not _opens(path):
        path = path.rstrip("/").rpartition("/")[0] + "/"
    return path or "/"


def methods_of(view: Any) -> Collection[str]:
    """The methods that Django's decorators (`require_GET` and its like) let through to a view."""
    while view is not None:
        if "request_method_list" in (found := getclosurevars(view).nonlocals):
            return found["request_method_list"]
        view = getattr(view, "__wrapped__", None)
    return ()


def _opens(path: str) -> bool:
    try:
        return "GET" in methods_of(resolve(urlsplit(path).path).func)
    except (Resolver404, ValueError):
        return False


def is_ours(request: HttpRequest) -> bool:
    """Whether a page of this site sent it, by what no other site can make a browser say."""
    return request.headers.get("Origin", "") == f"{request.scheme}://{request.get_host()}"


def too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without the token of this session: its page is from before signing in, or from another site.

    Of a page of ours nothing is lost: what was typed is shown with the token of now, to be sent again by hand.
    """
    if HtmxDetails(request):
        response = in_notices(request, "core/_too_old.html", {}, status=403)
        response.headers["HX-Trigger"] = json.dumps({"keyturn:token": get_token(request)})
        return response
    unsent = Unsent.of(request) if is_ours(request) else None
    return render(request, "403_csrf.html", {"unsent": unsent}, status=403)


def render_around(
    request: HttpRequest, template: str, context: dict[str, Any], fragments: Mapping[str, bytes]
) -> HttpResponse:
    """Render a page around finished fragments, which the template names like any other variable.

    A template copies and encodes whatever it is given several times over; for a board of a thousand rows
    that costs more than all the rest of the page.
    """
    places = {name: place(name) for name in fragments}
    page = PLACES.split(render_to_string(template, context | places, request))
    return HttpResponse([fragments[part] if at % 2 else part for at, part in enumerate(page)])
