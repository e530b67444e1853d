"""Whether this process is up, and whether it can work. Open to everybody, so they say no more than that."""

import shutil
import sys
import time

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.deprecation import MiddlewareMixin
from django.views import defaults

from apps.core.middleware import database_trouble
from apps.core.statements import lacks_room

from . import broker

LONGEST_REST = 60  # seconds; sweeps give some worker something to do every ten
STARTED = time.time()
ROOM = 8 * 1024 * 1024  # bytes; with less, the next write to the data folder may be the one that fails


@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"up": True})


@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """Database and broker answer, a worker works, and there is room to write; 503 names what is missing.

    `worked_seconds_ago` says when a worker last did something, null if nobody knows. A process that has just begun
    gives the workers the time to begin as well.
    """
    url = settings.KEYTURN_REDIS_URL
    worked_at, now = broker.worked_at(url), time.time()
    found = {
        "database": _database_answers(),
        "broker": broker.answers(url),
        "worker": now - max(worked_at or 0, STARTED) < LONGEST_REST,
        "disk": _has_room(url),
    }
    ago = None if worked_at is None else max(0, round(now - worked_at))
    return JsonResponse(found | {"worked_seconds_ago": ago}, status=200 if all(found.values()) else 503)


def server_error(request: HttpRequest) -> HttpResponse:
    """What broke outside of a view, such as the session that middleware reads: 503 or 507 where the database did."""
    error = sys.exception() or Exception()
    note_room(error)
    return database_trouble(request, error) or defaults.server_error(request)


class RoomMiddleware(MiddlewareMixin):
    """Note that a request failed because the disk is full, so that `/readyz` says so in every process."""

    def process_exception(self, request: HttpRequest, error: Exception) -> None:
        """Note it, and leave the answer to others."""
        note_room(error)


def note_room(error: BaseException) -> None:
    """Note it where the database had no room."""
    if lacks_room(error):
        broker.note_full(settings.KEYTURN_REDIS_URL)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _has_room(url: str) -> bool:
    """Whether nothing failed for want of room lately, and the data folder, where there is one, has some."""
    if broker.was_full(url):
        return False
    return settings.PRODUCTION or shutil.disk_usage(settings.DATA_DIR).free >= ROOM
