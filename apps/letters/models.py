"""Letters that wait to be sent, and the links that they carry."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.accounts.models import Invitation, User
from apps.leases.models import Leased, LeasedQuerySet, leased_constraints, sweep_index

from .rules import Kind
from .states import PLAN, State

LONGEST_REASON = 300


class LetterQuerySet(LeasedQuerySet["Letter"]):
    def with_token(self, kind: Kind, token: str) -> "tuple[Letter, User] | None":
        """The letter of that kind whose link holds `token`, and whose link it is; None where nothing fits now.

        It fits as long as that account has the password and the address that it had: both are part of it.
        """
        parts = token.split(".")
        try:
            letter_id, person_id = (uuid.UUID(hex=part) for part in parts[:2])
        except ValueError:
            return None
        letter = self.filter(pk=letter_id, kind=kind).first()
        person = User.objects.filter(pk=person_id, is_active=True).first()
        if letter is None or person is None or not constant_time_compare(letter.token_for(person), token):
            return None
        return letter, person


class Letter(Leased):
    """One mail about an account: to whom, what for, until when its link works, and what became of it.

    Its id is the Message-ID, and its link is worked out of it and a key of the server, so that every attempt sends the
    same and nobody reads a link out of the table. person: whose account, None where that is for the worker to find.
    """

    PLAN: ClassVar = PLAN
    team_path: ClassVar = "kind"  # resets that anybody asks for keep no invitation waiting
    person_path: ClassVar = "person"
    seconds = 40.0

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    address = models.EmailField()
    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    invitation = models.ForeignKey(Invitation, models.PROTECT, null=True, related_name="letters")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=LONGEST_REASON, blank=True)

    unproved: ClassVar = {"*": "what was mailed about an account; what comes of a link is proved"}
    objects = LetterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="letter_kind_known"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="letter_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=PLAN.live, ended_at=None) | ~Q(state__in=PLAN.live) & Q(ended_at__isnull=False),
                name="letter_ended_once",
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.INVITATION, invitation__isnull=False)
                | ~Q(kind=Kind.INVITATION) & Q(invitation=None),
                name="letter_of_an_invitation",
            ),
            *leased_constraints(PLAN, "letter"),
        ]
        indexes = [sweep_index(PLAN, "letter"), models.Index(fields=["person", "kind"], name="letter_of_person")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.address}"

    def token_for(self, person: User) -> str:
        """What the link of that person holds. It fits no more once their password or address is another."""
        bound = f"{self.pk.hex}.{person.pk.hex}"
        now = f"{bound}\n{person.password}\n{person.email}"
        return f"{bound}.{salted_hmac(f'keyturn.letter.{self.kind}', now, algorithm='sha256').hexdigest()}"
