"""How long names wait after wrong passwords."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import models

from apps.accounts import rules
from apps.core.wording import exact


class SignInTriesQuerySet(models.QuerySet["SignInTries"]):
    def lock(self, keys: Iterable[str]) -> "list[SignInTries]":
        """Those rows, held until the transaction ends; in one order, so that tries at once take turns."""
        return list(self.select_for_update(no_key=True).filter(key__in=keys).order_by("key"))


class SignInTries(models.Model):
    """How often a name was tried from an address lately, until when it waits, and whether its password ever was right.

    `key` is a SHA-256: what people type by mistake into the name field is often a password.
    """

    key = models.CharField(max_length=64, primary_key=True)
    tries = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    waits_until = models.DateTimeField()
    was_right = models.BooleanField(default=False)

    unproved = {"*": "how long wrong passwords wait, which no record states"}
    objects = SignInTriesQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.tries} tries until {exact(self.waits_until)}"

    def count(self, now: datetime, free: int = rules.FREE_TRIES, longest: int = rules.LONGEST_WAIT) -> None:
        """One more try: after `free` of them it waits, twice as long each time, up to `longest` seconds. Unsaved."""
        if now - self.last_at > timedelta(seconds=rules.FORGOTTEN_AFTER):
            self.tries = 0
        self.tries += 1
        self.last_at = now
        self.waits_until = now + timedelta(seconds=rules.wait_after(self.tries, free=free, longest=longest))
