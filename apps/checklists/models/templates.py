import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import Any, ClassVar

from django.db import models
from django.db.models import Case, OuterRef, Q, When

from apps.accounts.models import OfTeamQuerySet, Team, User
from apps.accounts.roles import Capability, Role
from apps.checklists.states import UNPUBLISHED, VersionState
from apps.core.shown import texts
from apps.core.wording import timestamp
from apps.evidence.models import Stored
from apps.signoff.models import Signable
from apps.signoff.rules import Meaning, content_digest

# What a version says of itself, in this order: its content is these and its sections, and nothing else.
VERSION_FIELDS = (
    "title", "guidance", "occasion", "source", "tiers", "parameters", "variables", "sign_off_fields", "unread",
)  # fmt: skip


class TemplateQuerySet(OfTeamQuerySet["ChecklistTemplate"]):
    def lock(self, pk: uuid.UUID) -> "ChecklistTemplate":
        """The template, locked before its versions, their sign-offs and the stream."""
        return self.select_for_update(of=("self",), no_key=True).select_related("team").get(pk=pk)


class ChecklistTemplate(models.Model):
    """A checklist a team uses again and again; what it says is in its versions.

    `title` is that of the newest published version, or of the draft before there is one. `built_in` names the file of
    the library it was installed from; empty for one's own.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    built_in = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True)

    shown = ("team_id", "built_in")  # who judges how its versions were published goes by it
    objects = TemplateQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title

    @property
    def stream(self) -> str:
        """Its chain in the ledger."""
        return f"template/{self.id}"


class VersionQuerySet(OfTeamQuerySet["TemplateVersion"]):
    memberships_path = "template__team__memberships"

    def published(self) -> "VersionQuerySet":
        """Those that deployments can start from."""
        return self.filter(state=VersionState.PUBLISHED)

    def newest_beside(self, version: uuid.UUID | OuterRef) -> "VersionQuerySet":
        """The newest published version, if any, of the template that `version` is one of too."""
        return self.published().filter(template__versions=version).order_by("-number")[:1]

    def unpublished(self) -> "VersionQuerySet":
        """Drafts, whether somebody was asked to publish them or not."""
        return self.filter(state__in=UNPUBLISHED)

    def best_first(self) -> "VersionQuerySet":
        """The one that a template is shown by first: the newest published, else its draft, else the last discarded."""
        rank = Case(When(state=VersionState.PUBLISHED, then=0), When(state=VersionState.DISCARDED, then=2), default=1)
        return self.order_by(rank, "-number", "-created_at")

    def for_signing(self) -> "VersionQuerySet":
        """With all that permissions and commands read of its keys."""
        related = self.select_related("template__team", "sign_off")
        return related.prefetch_related(
            "sign_off__signatures", "sign_off__contributions", "sign_off__rejections", "sign_off__revisions"
        )

    def lock(self, pk: uuid.UUID) -> "TemplateVersion":
        """The version with its keys as they are now; its template is locked until the transaction ends."""
        template = self.filter(pk=pk).values_list("template", flat=True).get()
        ChecklistTemplate.objects.lock(template)
        return self.for_signing().get(pk=pk)


class TemplateVersion(Signable):
    """What a template says: edited as a draft, and never again once it is published.

    `sha256` is the digest of its content when it was published; `note` says why there is this version. `edited_…` is
    the last edit of the draft, `published_by` whose key made it published.
    """

    verifier = Role.AUTHOR
    contributor_keys = 2  # two who may publish confirm what the other wrote: else none could where both edited

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    template = models.ForeignKey(ChecklistTemplate, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=VersionState, default=VersionState.DRAFT)
    title = models.CharField(max_length=200)
    guidance = models.TextField(blank=True)
    occasion = models.CharField(max_length=120, blank=True)
    source = models.CharField(max_length=300, blank=True)
    tiers = models.JSONField(default=list)
    parameters = models.JSONField(default=list)
    variables = models.JSONField(default=list)
    sign_off_fields = models.JSONField(default=list)
    unread = models.JSONField(default=list)
    size = models.PositiveIntegerField(default=0)  # bytes of its content in canonical JSON
    sha256 = models.CharField(max_length=64, blank=True)
    note = models.TextField(blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)
    edited_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    edited_by_name = models.CharField(max_length=120, blank=True)
    edited_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_by_name = models.CharField(max_length=120, blank=True)
    published_at = models.DateTimeField(null=True)

    shown = ("state", "number", "sign_off_id", "edited_at", "published_by_id")  # who judges its publishing goes by it
    stored: ClassVar = Stored(team="template__team")
    objects = VersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["template", "number"],
                condition=~Q(state=VersionState.DISCARDED),
                name="template_one_version_per_number",
            ),
            models.UniqueConstraint(
                fields=["template"], condition=Q(state__in=UNPUBLISHED), name="template_one_draft_at_a_time"
            ),
            models.CheckConstraint(condition=Q(state__in=VersionState.values), name="template_version_state_known"),
            models.CheckConstraint(
                condition=Q(state=VersionState.PUBLISHED, published_at__isnull=False, published_by__isnull=False)
                & ~Q(sha256="")
                | ~Q(state=VersionState.PUBLISHED) & Q(published_at__isnull=True, published_by__isnull=True, sha256=""),
                name="template_version_published_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template}, version {self.number}"

    def meaning_for(self, by: User, keys: int) -> Meaning:
        """What the next key says of a draft that `keys` people publish; reads prefetched signatures.

        Who may publish agrees to all of it with the first key: whoever wrote with them can be the second.
        """
        if self.sign_off.turned:
            return Meaning.AGREED if by.pk in self.sign_off.contributors else Meaning.APPROVED
        return Meaning.AGREED if keys > 1 and by.may(Capability.PUBLISH, self.template.team_id) else Meaning.AUTHORED

    @property
    def called(self) -> str:
        """What people call it."""
        return f"version {self.number} of “{self.title}”"

    @property
    def is_published(self) -> bool:
        """Whether deployments can start from it."""
        return self.state == VersionState.PUBLISHED

    @property
    def is_asked(self) -> bool:
        """Whether a second person is asked to publish it."""
        return self.state == VersionState.IN_REVIEW

    @property
    def label(self) -> str:
        """What pages call it: "Version 3", "Draft of version 4"."""
        return f"Version {self.number}" if self.is_published else f"Draft of version {self.number}"

    @property
    def alone(self) -> bool:
        """Whether nobody but its author agreed to publish it; reads its sign-off."""
        return self.is_published and self.sign_off.required == 1

    @property
    def standing(self) -> dict[str, str]:
        """What the page of its template shows, to whoever would archive that."""
        template = self.template
        return texts(
            template=template.title, version=f"{self.number} {self.sha256 or self.state}", archived=template.archived_at
        )

    @property
    def draft(self) -> dict[str, str]:
        """What a page shows of a draft, to whoever would discard it."""
        return texts(state=self.state, edited=self.edited_at and timestamp(self.edited_at))

    @classmethod
    def with_covered(cls, pks: Collection[uuid.UUID]) -> "Iterable[TemplateVersion]":
        """Those versions with all that `covered` reads."""
        found = cls.objects.filter(pk__in=pks).select_related("template", "sign_off")
        return found.prefetch_related("sections__items")

    def covered(self) -> dict[str, Any]:
        """What its keys cover: all that it says, and whose it is."""
        return self.keyed(self.content())

    def keyed(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """What keys would cover if it said `content`."""
        return {"template": str(self.template_id), "number": self.number, **content}

    @property
    def digest(self) -> str:
        """SHA-256 of what keys would cover now: what a page that shows all of it posts back."""
        return content_digest(self.covered())

    def content(self) -> dict[str, Any]:
        """All that it says as plain values, in order: what is compared, exported and signed."""
        sections = sorted(self.sections.all(), key=lambda section: section.position)
        own = {name: getattr(self, name) for name in VERSION_FIELDS}
        return own | {"sections": [section.content() for section in sections]}
