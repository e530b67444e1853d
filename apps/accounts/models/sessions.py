"""Where somebody is signed in."""

import uuid
from typing import ClassVar, Self

from django.db import models

from .people import User


class OpenSessionQuerySet(models.QuerySet["OpenSession"]):
    def visible_to(self, user: User) -> Self:
        """Their own sessions."""
        return self.filter(person=user)


class OpenSession(models.Model):
    """A session that somebody signed in to, until it is ended. The row of Django's session ends with it.

    `session_key` is the key of that row; a browser that changes it says so (`move_session`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(User, models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40, unique=True)
    address = models.CharField(max_length=64)
    agent = models.CharField(max_length=200)  # what the browser says it is
    means = models.CharField(max_length=40)  # in words, as “password and one-time code”
    since = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField()

    unproved: ClassVar[dict[str, str]] = {"*": "sessions come and go; entries tell of signing in and of ending one"}
    objects = OpenSessionQuerySet.as_manager()

    def __str__(self) -> str:
        return f"session of {self.person_id} since {self.since}"
