"""When a session was used last, for the list of those that somebody is signed in to."""

from typing import Any

from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin

from apps.accounts import commands


class SessionMiddleware(MiddlewareMixin):
    """Notes that a session is used, once in five minutes: other requests ask the database nothing for it."""

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        """Note it at whoever is signed in."""
        if request.user.is_authenticated:
            commands.note_session(request.session, by=request.user, address=request.META["REMOTE_ADDR"])
