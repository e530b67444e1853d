"""The audit table of the reference view `change`."""

from django.db import models


class Audit(models.Model):
    """Who did what, when."""

    at = models.DateTimeField(auto_now_add=True)
    who = models.UUIDField()
    what = models.JSONField()

    def __str__(self) -> str:
        return f"{self.at} {self.who}"
