import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.accounts.models import User, belongs
from apps.deployments.models import Deployment
from apps.evidence.models import Blob
from apps.leases.models import NOTED, Leased, LeasedQuerySet, leased_constraints, sweep_index

from .states import PLAN, State


class RecordQuerySet(LeasedQuerySet["Record"]):
    def visible_to(self, user: User) -> "RecordQuerySet":
        """The records of the teams somebody belongs to."""
        return self.filter(belongs(user, "deployment__team__memberships"))


class Record(Leased):
    """One audit record: who asked for it and when, how far it is, and in the end its one file.

    `with_evidence` says whether the files of evidence are inside the PDF. `requested_sequence` is the ledger entry of
    the request. `head_sequence` and `head_digest` are the head the record states: that of the request at first, that
    of the pages once it is filed. `blob` is the PDF, `data_blob` the record.json inside it, which is filed alone where
    the PDF could not be made; `error` says why.
    """

    PLAN: ClassVar = PLAN
    team_path: ClassVar = "deployment__team"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deployment = models.ForeignKey(Deployment, models.PROTECT, related_name="records")
    number = models.PositiveIntegerField()
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    requested_by_name = models.CharField(max_length=120)
    requested_at = models.DateTimeField()
    with_evidence = models.BooleanField(default=False)
    requested_sequence = models.PositiveIntegerField()
    head_sequence = models.PositiveIntegerField()
    head_digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    step = models.CharField(max_length=40, blank=True)
    pages = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    filed_at = models.DateTimeField(null=True)
    blob = models.OneToOneField(Blob, models.PROTECT, null=True, related_name="+")
    data_blob = models.OneToOneField(Blob, models.PROTECT, null=True, related_name="+")
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)

    # What workers note on the way ends in `filing`, which is proved; a record that failed states nothing.
    unproved = Leased.unproved | dict.fromkeys(("step", "pages", "error", "head_sequence", "head_digest"), NOTED)
    proved_also = ("filing",)
    objects = RecordQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["deployment", "number"], name="record_one_per_number"),
            models.UniqueConstraint(
                fields=["deployment"], condition=Q(state__in=PLAN.live), name="record_one_in_the_making"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="record_state_known"),
            models.CheckConstraint(
                condition=Q(state=State.FILED, data_blob__isnull=False, filed_at__isnull=False)
                & ~Q(sha256="")
                & (Q(blob__isnull=False, pages__gte=1, error="") | Q(blob__isnull=True, pages=0) & ~Q(error=""))
                | ~Q(state=State.FILED)
                & Q(blob__isnull=True, data_blob__isnull=True, filed_at__isnull=True, sha256="", size=0),
                name="record_filed_with_its_bytes",
            ),
            *leased_constraints(PLAN, "record"),
            models.CheckConstraint(
                condition=Q(state=State.FAILED) & ~Q(error="")
                | Q(state=State.FILED)
                | Q(state__in=PLAN.live, error=""),
                name="record_failed_with_a_reason",
            ),
        ]
        indexes = [
            sweep_index(PLAN, "record"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """What people call it: PAY-3-R2; reads deployment.team."""
        return f"{self.deployment.code}-R{self.number}"

    @property
    def seconds(self) -> float:
        """How long making it may take."""
        return float(settings.KEYTURN_TASK_SECONDS)

    @property
    def filing(self) -> list[Any]:
        """How it ended once it is filed: state, attempt, pages, the head they state, why without a PDF; else empty."""
        if not self.data_blob_id:
            return []
        why = [self.error] if self.error else []
        return [self.state, self.attempt, self.pages, self.head_sequence, self.head_digest, *why]

    @property
    def is_filed(self) -> bool:
        """Whether its file is there."""
        return self.state == State.FILED
