"""Whether this process is up, and whether it can work. Open to everybody, so they say no more than that."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from . import broker


@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"up": True})


@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """The database and the broker answer too; 503 names the one that does not."""
    found = {"database": _database_answers(), "broker": broker.answers(settings.KEYTURN_REDIS_URL)}
    return JsonResponse(found, status=200 if all(found.values()) else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True
