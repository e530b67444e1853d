"""What the reference views write."""

from django.db import models


class Audit(models.Model):
    """Who did what, when."""

    at = models.DateTimeField(auto_now_add=True)
    who = models.UUIDField()
    what = models.JSONField()

    unproved = {"*": "what a reference view writes"}

    def __str__(self) -> str:
        return f"{self.at} {self.who}"


class Copy(models.Model):
    """An item copied from a template by INSERT … SELECT."""

    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    text = models.TextField()

    unproved = {"*": "what a reference view writes"}

    def __str__(self) -> str:
        return self.title
