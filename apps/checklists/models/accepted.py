from django.db import models

from apps.accounts.models import User

from .templates import TemplateVersion


class AcceptedProblem(models.Model):
    """A problem that does not stand in the way of publishing, accepted with a sentence that says why.

    key: the digest of the problem (`rules.problems.Problem`); where what it is about says something else, that is
    another problem, and this one is accepted for nothing. what, part, field: where it is. Copied into the next version.
    """

    version = models.ForeignKey(TemplateVersion, models.PROTECT, related_name="accepted_problems")
    key = models.CharField(max_length=24)
    what = models.CharField(max_length=8)
    part = models.CharField(max_length=50, blank=True)
    field = models.CharField(max_length=30)
    sentence = models.TextField()
    why = models.CharField(max_length=300)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "key"], name="template_problem_accepted_once")]

    def __str__(self) -> str:
        return f"{self.sentence} Kept: {self.why}"

    @property
    def own(self) -> dict[str, str]:
        """All of it but its version and its key, as plain values."""
        names = ("what", "part", "field", "sentence", "why", "by_name")
        return {name: getattr(self, name) for name in names} | {"by_id": str(self.by_id)}
