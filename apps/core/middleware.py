"""Refusals become one readable answer; every answer carries the headers that do not vary."""

import logging
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import redirect, render
from django.template import loader
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin
from django_htmx.http import retarget
from django_htmx.middleware import HtmxDetails

from .errors import Refusal, WrongMethod
from .http import Unsent, in_notices, page_of, refuse, set_browser_cookie
from .statements import is_busy, lacks_room

logger = logging.getLogger(__name__)

OFF = ("accelerometer", "camera", "geolocation", "gyroscope", "magnetometer", "microphone", "payment", "usb")
REFUSED = {
    400: "The browser sent something Keyturn cannot read. Nothing was changed; what you typed is still here.",
    403: "You may not do this. An admin of your team can change that.",
    404: "This is gone or no longer yours to see. Reload the page.",
    405: "This address only takes forms. Reload the page.",
    500: "Something went wrong on our side. What you typed is still here; try again in a moment.",
    503: "The database is busy or away. Nothing was changed; wait a moment and send it again.",
    507: "The server’s disk is full. Nothing was changed, or is until there is room; copy what you typed.",
}
COMPRESSED = {"text/html", "application/json"}
BROWSER = "browser"  # what signs its cookie is used for nothing else
PASSKEYS = ("publickey-credentials-create", "publickey-credentials-get")  # asked for on our own pages
PERMISSIONS_POLICY = ", ".join([*(f"{feature}=()" for feature in OFF), *(f"{feature}=(self)" for feature in PASSKEYS)])


def database_trouble(request: HttpRequest, error: BaseException) -> HttpResponse | None:
    """The answer to a request that the database failed, and nothing was committed; None where something else did.

    507 names a full disk, 503 says that the database is busy or away. What was typed is on the page, to be sent again:
    a browser that goes back asks for its page anew, and the text in it would be gone.
    """
    is_full = lacks_room(error)
    if not is_full and not is_busy(error):
        return None
    logger.error("the database %s: %s", "has no room to write" if is_full else "did not answer", error)
    status, headers = (507, {}) if is_full else (503, {"Retry-After": "5"})
    unsent = Unsent.of(request)
    context = {"unsent": unsent, "csrf_token": get_token(request)} if unsent.typed else {}
    response = HttpResponse(loader.render_to_string(f"{status}.html", context), status=status, headers=headers)
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django would add a traceback of two pages
    return response


class RefusalMiddleware(MiddlewareMixin):
    """Show a Refusal in the page's notices for htmx, as a page of its own otherwise."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a Refusal with its own status; leave everything else to crash loudly.

        A database that is busy or away is nobody's mistake: nothing was committed, and the person can try again.
        """
        if trouble := database_trouble(request, error):
            return trouble
        return refuse(request, error) if isinstance(error, Refusal) else None

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Say what Django's decorators for methods leave without a word."""
        if response.status_code != WrongMethod.status or response.streaming or response.content:
            return response
        answer = refuse(request, WrongMethod("This address only takes what a form on another page sends."))
        answer.headers["Allow"] = response.headers["Allow"]
        return answer


class SignInMiddleware(LoginRequiredMiddleware):
    """Who is not signed in is asked to, and loses nothing: only pages are returned to, and what was typed is shown."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> Any:
        """For htmx a sentence in the notices; a form that was typed is carried through signing in."""
        to = f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': _page_asked_for(request)}, safe='/')}"
        if HtmxDetails(request):
            return in_notices(request, "core/_signed_out.html", {"sign_in": to}, status=401)
        unsent = Unsent.of(request)
        if not unsent.typed and not unsent.had_file:
            return redirect(to)
        context = {"unsent": unsent, "next": _page_asked_for(request)}
        return render(request, "core/signed_out.html", context, status=401)


class BrowserMiddleware(MiddlewareMixin):
    """Who acts knows from which browser: a random number in a signed cookie, which whoever signs in there next shares.

    It goes nowhere else. Keys hold a digest of it that is another one in each deployment (signoff.rules).
    """

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        """Note the browser at the person who is signed in."""
        request.browser = _browser_of(request)  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            request.user.browser = request.browser  # type: ignore[attr-defined]
            request.user.session_key = request.session.session_key or ""
            request.user.address = request.META["REMOTE_ADDR"]

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Give a browser without one its number once somebody is signed in."""
        if getattr(request, "browser", None) == "" and request.user.is_authenticated:
            name, age = settings.BROWSER_COOKIE_NAME, settings.BROWSER_COOKIE_AGE
            set_browser_cookie(response, name, secrets.token_urlsafe(32), max_age=age, salt=BROWSER)
        return response


def _browser_of(request: HttpRequest) -> str:
    """The number of the browser, if we gave it one."""
    return str(request.get_signed_cookie(settings.BROWSER_COOKIE_NAME, "", BROWSER))


def _page_asked_for(request: HttpRequest) -> str:
    """Where they are led after signing in: what they asked for, or the page their form stood on."""
    if request.method == "GET" and not HtmxDetails(request):
        path = request.get_full_path()
    else:
        asked_from = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
        path = asked_from._replace(scheme="", netloc="").geturl() if asked_from.netloc == request.get_host() else ""
    page = page_of(urlsplit(path or request.path).path)
    return path if page == urlsplit(path).path else page


class FragmentMiddleware(MiddlewareMixin):
    """No whole page lands in a part of one: htmx gets a sentence for the notices, or is led to the page."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Replace a document that htmx would swap in."""
        if not HtmxDetails(request) or not isinstance(response, HttpResponse) or not _is_document(response):
            return response
        if response.status_code == 200:
            return HttpResponse(headers={"HX-Redirect": request.get_full_path()})
        sentence = REFUSED.get(response.status_code, REFUSED[500])
        part = HttpResponse(
            loader.render_to_string("core/_refusal.html", {"refusal": sentence}), status=response.status_code
        )
        part.headers["HX-Reswap"] = "innerHTML show:window:top"
        return retarget(part, "#notices")


def _is_document(response: HttpResponse) -> bool:
    return response.content[:400].lstrip()[:9].lower() == b"<!doctype"


class HeadersMiddleware:
    """Headers that Django does not set: what a page may load, no device features, no embedding, no caching of pages.

    The policy is the same for every answer, so it is built once: django-csp's own middleware builds it anew for
    each, which is a quarter of the CPU of a small one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.policy = build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class CompressMiddleware(GZipMiddleware):
    """Pages travel in gzip; files and event streams as they are, for a compressor would hold events back."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress what is a whole page or JSON."""
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if response.streaming or kind not in COMPRESSED:
            return response
        return super().process_response(request, response)
