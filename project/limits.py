"""Requests that cannot be taken are turned down before anything reads them: too large, or with what no text holds."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.views.defaults import bad_request

from apps.core.errors import TooLarge
from apps.core.http import refuse

AROUND_THE_FILE = 1024 * 1024  # the other fields of the form and the multipart borders
READ_ANYWAY = 200 * 1024 * 1024
CHUNK = 64 * 1024


class NulMiddleware:
    """Answer 400 to a NUL in an address or a cookie: nobody types one, and PostgreSQL stores and compares none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", "") or any("\0" in value for value in request.COOKIES.values()):
            return bad_request(request, BadRequest())
        return self.get_response(request)


class UploadLimitMiddleware:
    """Answer 413 to a body that is longer than a form with the largest file can be."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = _length(request)
        if length <= settings.KEYTURN_MAX_UPLOAD + AROUND_THE_FILE:
            return self.get_response(request)
        _read_off(request, length)
        limit = settings.KEYTURN_MAX_UPLOAD // (1024 * 1024)
        return refuse(request, TooLarge(f"This is too large. Send one file at a time, each at most {limit} MB."))


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _read_off(request: HttpRequest, length: int) -> None:
    """A browser shows the answer only when it could send all; one that sends far too much is cut off."""
    left = min(length, READ_ANYWAY)
    while left > 0 and (piece := request.read(min(CHUNK, left))):
        left -= len(piece)
