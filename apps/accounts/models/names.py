"""Names that are taken."""

from django.db import models

from .people import OfTeamQuerySet, Team, User


class TakenName(models.Model):
    """A name that somebody has or had in a team: nobody else there is called so, because keys under it stay.

    `key` is what names that read alike share (rules.name_keys); a name has one or two.
    """

    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    user = models.ForeignKey(User, models.PROTECT, related_name="taken_names")
    name = models.CharField(max_length=120)
    key = models.CharField(max_length=250)
    since = models.DateTimeField(auto_now_add=True)

    objects = OfTeamQuerySet["TakenName"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "key"], name="account_one_name_per_team")]

    def __str__(self) -> str:
        return f"{self.name} in {self.team}"
