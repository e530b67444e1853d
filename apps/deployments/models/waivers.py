import uuid
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import User
from apps.core.wording import exact
from apps.deployments.rules import waiver_state
from apps.deployments.states import Risk, WaiverState
from apps.deployments.wording import WAIVER
from apps.signoff.models import Signable, SignOff
from apps.signoff.rules import Cause

from .items import Item


class Waiver(Signable):
    """Not done, and we go anyway: why, until when, what is done instead and afterwards, and who agrees.

    It lets its item through until `expires_at`; `expired_at` is when that was noted.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(Item, models.PROTECT, related_name="waivers")
    justification = models.TextField()
    risk = models.CharField(max_length=6, choices=Risk)
    measure = models.TextField()  # what is done instead
    afterwards = models.TextField()  # what becomes a follow-up once it is approved
    afterwards_owner = models.ForeignKey(User, models.PROTECT, related_name="+")
    afterwards_owner_name = models.CharField(max_length=120)
    afterwards_due = models.DateField()
    expires_at = models.DateTimeField()
    expired_at = models.DateTimeField(null=True)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    requested_by_name = models.CharField(max_length=120)
    requested_browser = models.CharField(max_length=64, blank=True)  # signoff.rules.browser_digest
    requested_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_by_name = models.CharField(max_length=120, blank=True)
    ended_why = models.TextField(blank=True)

    contributor_keys = 0
    labels = WAIVER
    shown = ("item_id",)  # who judges what it lets through goes by it

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(risk__in=Risk.values), name="waiver_risk_known"),
            models.CheckConstraint(
                condition=~Q(justification="") & ~Q(measure="") & ~Q(afterwards=""), name="waiver_says_why_and_what"
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("requested_at")), name="waiver_ends"),
            models.CheckConstraint(
                condition=Q(expired_at=None) | Q(expired_at__gte=models.F("expires_at")), name="waiver_expired_then"
            ),
            models.UniqueConstraint(fields=["item"], condition=Q(ended_at=None), name="waiver_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, ended_why="")
                | Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(ended_why=""),
                name="waiver_ended_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"waiver of {self.item}"

    @property
    def called(self) -> str:
        """What people call it."""
        return f"the waiver of item {self.item.number}"

    @property
    def called_in_full(self) -> str:
        """The same, and of which deployment."""
        return f"the waiver of {self.item.called_in_full}"

    @classmethod
    def awaited(cls, sign_offs: "models.QuerySet[SignOff]") -> "list[Waiver]":
        """Those that nobody took back, and that have not run out."""
        found = cls._base_manager.select_related("item__deployment__team").filter(sign_off__in=sign_offs, ended_at=None)
        return [waiver for waiver in found if not waiver.is_past(timezone.now())]

    @classmethod
    def with_covered(cls, pks: Collection[uuid.UUID]) -> "Iterable[Waiver]":
        """Those waivers with all that `covered` and `authors` read."""
        found = cls._base_manager.filter(pk__in=pks).select_related("item__sign_off", "sign_off")
        return found.prefetch_related("item__sign_off__revisions", "sign_off__signatures")

    @property
    def needed_keys(self) -> int:
        """How many others approve: one, and two if the item is critical."""
        return 2 if self.item.critical else 1

    def is_past(self, now: datetime) -> bool:
        """Whether its end has come, noted yet or not; once noted it has, whatever another clock says."""
        return self.expired_at is not None or self.expires_at <= now

    @property
    def ends_before_window(self) -> bool:
        """Whether its item blocks again before the window of the deployment closes."""
        closes = self.item.deployment.window_end
        return closes is not None and self.expires_at < closes

    def state_at(self, now: datetime) -> WaiverState:
        """How it stands; reads prefetched approvals."""
        return waiver_state(
            is_ended=self.ended_at is not None,
            is_past=self.is_past(now),
            approvals=len(self.sign_off.turned),
            required=self.sign_off.required,
        )

    @property
    def acts(self) -> list[tuple[uuid.UUID, str, str]]:
        """Who asked for it, and who approved."""
        return [(self.requested_by_id, self.requested_by_name, self.requested_browser), *super().acts]

    def covered(self) -> dict[str, Any] | None:
        """What an approval covers; an ended waiver no longer follows its item."""
        return self.content() if self.ended_at is None else None

    def authors(self) -> set[uuid.UUID]:
        """Who wrote the text that is waived; an ended waiver no longer follows its item. Reads prefetched revisions."""
        if self.ended_at:
            return set()
        return {edit.by_id for edit in self.item.sign_off.revisions.all() if edit.cause == Cause.TEXT_EDITED}

    def content(self) -> dict[str, object]:
        """Exactly what an approval covers: the item as it reads, and why it may be skipped."""
        return {
            "waives": str(self.item.id),
            "title": self.item.title,
            "text": self.item.text,
            "critical": self.item.critical,
            "justification": self.justification,
            "risk": self.risk,
            "measure": self.measure,
            "expires_at": exact(self.expires_at),
            "afterwards": self.afterwards,
            "afterwards_owner": str(self.afterwards_owner_id),
            "afterwards_due": self.afterwards_due.isoformat(),
        }
