"""What people prove by who they are, the series of signings, and how often somebody guessed wrong."""

import uuid
from typing import Any, ClassVar

from allauth.mfa.models import Authenticator
from django.db import models
from django.db.models import Q

from apps.accounts.models import User

from .assertions import passkey_of
from .rules import Means, Purpose


class Factor(Authenticator):
    """What allauth keeps of one-time codes, recovery codes or one passkey, proved by the ledger like our own rows."""

    unproved: ClassVar[dict[str, str]] = {"last_used_at": "when it was used last, which the signatures state"}
    proved_also = ("passkey",)
    shown = ("user_id", "type", "passkey")  # who judges signatures by passkey goes by it

    class Meta:
        proxy = True

    @property
    def secret_field(self) -> str:
        """Where `data` holds what codes are made from, encrypted; empty for a passkey."""
        return {self.Type.TOTP: "secret", self.Type.RECOVERY_CODES: "seed"}.get(self.type, "")

    @property
    def key_id(self) -> str:
        """Which key of the keyring that takes; empty for a passkey (project/factors.py)."""
        return str(self.data[self.secret_field]).partition(":")[0] if self.secret_field else ""

    @property
    def credential(self) -> Any:
        """What fido2 knows of a passkey: its id and its public key (AttestedCredentialData)."""
        return self.wrap().authenticator_data.credential_data

    @property
    def passkey_id(self) -> str:
        """The id of a passkey as WebAuthn writes it in JSON: base64url."""
        return str(self.data["credential"]["rawId"])

    @property
    def passkey(self) -> dict[str, str] | None:
        """Id and public key of a passkey in hex, the key as COSE of RFC 9052; None for any other factor."""
        if self.type != self.Type.WEBAUTHN:
            return None
        return passkey_of(self.credential)


class LastUse(models.Model):
    """How far a factor counted when it was used last: the time step of a code, the counter of a passkey.

    What counted once counts never again (RFC 6238 5.2, WebAuthn 6.1.1).
    """

    factor = models.OneToOneField(Authenticator, models.CASCADE, primary_key=True, related_name="+")
    counter = models.BigIntegerField()
    purpose = models.CharField(max_length=200, blank=True)  # what it counted for: the same sent twice counts once

    unproved: ClassVar[dict[str, str]] = {"*": "what counted already, so that nothing counts twice"}

    def __str__(self) -> str:
        return f"{self.counter} of factor {self.factor_id}"


class Tries(models.Model):
    """How many wrong passwords and codes somebody typed to sign in a row, and until when signing by them pauses."""

    person = models.OneToOneField(User, models.PROTECT, primary_key=True, related_name="+")
    tries = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    paused_until = models.DateTimeField(null=True)

    unproved: ClassVar[dict[str, str]] = {"*": "how long wrong guesses wait, which no record states"}

    def __str__(self) -> str:
        return f"{self.tries} tries of {self.person}"


class Challenge(models.Model):
    """What a passkey is asked to answer, once and within minutes: the state of a registration or an assertion."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=20, choices=Purpose)
    person = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")  # None: whoever signs in
    ends_at = models.DateTimeField(db_index=True)

    unproved: ClassVar[dict[str, str]] = {"*": "asked and answered within minutes; what came of it is proved"}

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="factors_purpose_known")]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} until {self.ends_at}"

    @property
    def statement(self) -> str:
        """What is signed, whose digest is the challenge."""
        return f"keyturn-challenge-1 {self.purpose} {self.id}"


class SigningSeries(models.Model):
    """A row of signings within one session: everything was asked for when it began, one factor is enough until it ends.

    `session` names the session and the network it came from; another one begins another series (21 CFR 11.200).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    person_name = models.CharField(max_length=120)
    session = models.CharField(max_length=64)
    means = models.CharField(max_length=10, choices=Means)
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    shown = ("person_id", "means", "began_at", "ends_at")

    class Meta:
        verbose_name = "series of signings"
        verbose_name_plural = "series of signings"
        indexes = [models.Index(fields=["session", "ends_at"], name="factors_series_of_session")]
        constraints = [
            models.CheckConstraint(condition=Q(means__in=Means.values), name="factors_means_known"),
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("began_at")), name="factors_series_ends"),
        ]

    def __str__(self) -> str:
        return f"series of {self.person_id} by {self.get_means_display()}"
