import uuid
from collections.abc import Iterable
from typing import Any, ClassVar

from django.db import models

from apps.accounts.models import OfTeamQuerySet, Team, User
from apps.core.shown import texts

from .rules import NAME_LENGTH, Destination, covering, is_named

USED = "when a worker last asked with it, which no record states"
ENCRYPTED = "bound to team, name and version by its encryption, and changes with the key"


class SecretQuerySet(OfTeamQuerySet["Secret"]):
    def called(self, team_id: uuid.UUID, name: str) -> "SecretQuerySet":
        """The one of that name in a team, if any."""
        return self.filter(team=team_id, name=name)


class Secret(models.Model):
    """A secret of a team: its name, where it may go, and which version counts. The value is in its newest version.

    bindings: where it may go, each as `Binding` writes it, sorted. authorities: whose certificates may vouch for these
    hosts beside the usual ones, in PEM form.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    name = models.CharField(max_length=NAME_LENGTH)
    version = models.PositiveIntegerField(default=1)
    bindings = models.JSONField()
    authorities = models.TextField(blank=True)
    changed_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    last_used_for = models.CharField(max_length=300, blank=True)

    unproved: ClassVar = dict.fromkeys(("last_used_at", "last_used_for"), USED)
    objects = SecretQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "name"], name="secret_one_name_per_team")]

    def __str__(self) -> str:
        return self.name

    @property
    def standing(self) -> dict[str, str]:
        """What its page shows, to whoever would change or take it away."""
        return texts(version=self.version, **self.bound)

    @property
    def bound(self) -> dict[str, str]:
        """Where it may go, as its form edits that."""
        return texts(bindings="\n".join(self.bindings), authorities=self.authorities)

    def refusal(self, hosts: Iterable[Destination], authorities: str) -> str:
        """Why it is not sent to who these authorities (PEM, or empty) vouch for at one of some hosts; empty if it is.

        Who sets up a probe chooses where it goes and whom it believes. Both have to be as was said of the secret.
        """
        for to in hosts:
            if not covering(self.bindings, to.scheme, to.host, to.port):
                return (
                    f"The secret “{self}” is not bound to {to.scheme}://{to.host}:{to.port}, "
                    "so it is not sent there. An admin of the team says where it may go."
                )
        if not is_named(authorities, self.authorities):
            return (
                f"The secret “{self}” does not name all certificates that are to vouch for its host, "
                "so it is not sent there. An admin of the team adds them to the secret."
            )
        return ""


class SecretVersion(models.Model):
    """One value that a secret had. Only the newest has its ciphertext: that of the others is destroyed."""

    secret = models.ForeignKey(Secret, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_by_name = models.CharField(max_length=120)
    set_at = models.DateTimeField()
    ciphertext = models.BinaryField(default=b"")
    key = models.CharField(max_length=16, blank=True)

    unproved: ClassVar[dict[str, Any]] = dict.fromkeys(("ciphertext", "key"), ENCRYPTED)
    objects = models.Manager["SecretVersion"]()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["secret", "number"], name="secret_one_of_each_version")]

    def __str__(self) -> str:
        return f"version {self.number}"
