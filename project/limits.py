"""Requests that cannot be taken are turned down before a view reads them: too large, or with what no text holds."""

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin
from django.views.defaults import bad_request

from apps.core.errors import TooLarge
from apps.core.http import refuse

AROUND_THE_FILE = 1024 * 1024  # the other fields of the form and the multipart borders
READ_ANYWAY = 200 * 1024 * 1024


class NulMiddleware(MiddlewareMixin):
    """Answer 400 to a NUL in an address or a cookie: nobody types one, and PostgreSQL stores and compares none.

    And to a form in another encoding than UTF-8: some of them spell half a character, which nothing can store.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """Turn it down, or let it pass."""
        has_nul = "%00" in request.META.get("QUERY_STRING", "") or "\0" in "".join(request.COOKIES.values())
        is_odd = request.content_params and request.content_params.get("charset", "utf-8").lower() != "utf-8"
        return bad_request(request, BadRequest()) if has_nul or is_odd else None


class UploadLimitMiddleware(MiddlewareMixin):
    """Answer 413 to a body that is longer than a form with the largest file can be. bodies.py has read it off."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """Turn it down, or let it pass."""
        if int(request.META.get("CONTENT_LENGTH") or 0) <= settings.KEYTURN_MAX_UPLOAD + AROUND_THE_FILE:
            return None
        limit = settings.KEYTURN_MAX_UPLOAD // (1024 * 1024)
        return refuse(request, TooLarge(f"This is too large. Send one file at a time, each at most {limit} MB."))
