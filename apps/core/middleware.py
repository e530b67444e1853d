"""Refusals become one readable answer; every answer carries the headers that do not vary."""

import logging
from collections.abc import Callable

from csp.utils import build_policy
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.template import loader
from django.utils.deprecation import MiddlewareMixin

from .errors import Refusal
from .http import refuse
from .statements import is_busy

logger = logging.getLogger(__name__)

OFF = ("accelerometer", "camera", "geolocation", "gyroscope", "magnetometer", "microphone", "payment", "usb")
COMPRESSED = {"text/html", "application/json"}
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in OFF)


class RefusalMiddleware(MiddlewareMixin):
    """Show a Refusal in the page's notices for htmx, as a page of its own otherwise."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a Refusal with its own status; leave everything else to crash loudly.

        A database that is busy or away is nobody's mistake: nothing was committed, and the person can try again.
        """
        if is_busy(error):
            logger.error("the database did not answer: %s", error)
            return HttpResponse(loader.render_to_string("503.html"), status=503, headers={"Retry-After": "5"})
        return refuse(request, error) if isinstance(error, Refusal) else None


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
