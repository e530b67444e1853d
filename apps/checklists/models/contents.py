from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from .templates import TemplateVersion

MOST_DEPTH = 3
GAP = 1 << 20  # between the positions of two rows that follow each other, so that a third fits between them

# What a section and an item say, in this order: their content is these and nothing else.
SECTION_FIELDS = ("key", "title", "parent", "depth", "guidance", "commands", "attributes", "unread")
ITEM_FIELDS = (
    "key", "title", "text", "depth", "commands", "fill_ins", "critical", "keys", "passkey", "evidence_kinds",
    "max_age_days", "probe", "conditions", "tiers", "owner_role", "controls", "links", "minutes", "paths", "attributes",
)  # fmt: skip


class TemplatePart(models.Model):
    """A row of a version that keeps its key through all versions of the template.

    `position` orders it among its like; the numbers have gaps and mean nothing else.
    """

    key = models.CharField(max_length=50)
    position = models.BigIntegerField()

    fields: ClassVar[tuple[str, ...]]

    class Meta:
        abstract = True

    def own(self) -> dict[str, Any]:
        """What it says, by the names of its fields."""
        return {name: getattr(self, name) for name in self.fields}


class TemplateSection(TemplatePart):
    """A part of a checklist, with what it says besides its items.

    `parent` is the heading it stands under, `depth` that of its own. `unread` is what an import did not understand,
    word for word: {"after": key of the item it follows or "", "text": …}.
    """

    version = models.ForeignKey(TemplateVersion, models.PROTECT, related_name="sections")
    title = models.CharField(max_length=200)
    parent = models.CharField(max_length=200, blank=True)
    depth = models.PositiveSmallIntegerField(default=1)
    guidance = models.TextField(blank=True)
    commands = models.JSONField(default=list)
    attributes = models.JSONField(default=list)
    unread = models.JSONField(default=list)

    fields = SECTION_FIELDS

    lines: list["TemplateItem"]  # its items in order, only where whole versions are read (selectors/published.py)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "key"], name="template_section_key")]

    def __str__(self) -> str:
        return self.title

    def content(self) -> dict[str, Any]:
        """What it says, with its items in order; reads prefetched items."""
        items = sorted(self.items.all(), key=lambda item: item.position)
        return self.own() | {"items": [item.own() for item in items]}


class TemplateItem(TemplatePart):
    """One line of a checklist.

    commands: shell texts. fill_ins: {label, kind, options, unit}. conditions: {subject, name, is_not, values}.
    evidence_kinds: of EVIDENCE_KINDS. probe: {kind, settings} or None. links: {text, url}. minutes: how long it takes.
    paths: repository paths it names. attributes: pairs of what an import said of it that Keyturn does not know.
    """

    # Beside its section, so that the database keeps keys unique in a version and finds all its items at once.
    version = models.ForeignKey(TemplateVersion, models.PROTECT, related_name="items")
    section = models.ForeignKey(TemplateSection, models.PROTECT, related_name="items")
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    depth = models.PositiveSmallIntegerField(default=0)
    commands = models.JSONField(default=list)
    fill_ins = models.JSONField(default=list)
    critical = models.BooleanField(default=False)
    keys = models.PositiveSmallIntegerField(default=2)
    passkey = models.BooleanField(default=False)  # whether every key of it is turned with a passkey
    evidence_kinds = models.JSONField(default=list)
    max_age_days = models.PositiveIntegerField(null=True)
    probe = models.JSONField(null=True)
    conditions = models.JSONField(default=list)
    tiers = models.JSONField(default=list)
    owner_role = models.CharField(max_length=80, blank=True)
    controls = models.JSONField(default=list)
    links = models.JSONField(default=list)
    minutes = models.PositiveIntegerField(null=True)
    paths = models.JSONField(default=list)
    attributes = models.JSONField(default=list)

    fields = ITEM_FIELDS

    number: int  # only where a page counts: its place in the version, from 1

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="template_item_key"),
            models.CheckConstraint(condition=Q(keys__gte=1, keys__lte=4), name="template_item_one_to_four_keys"),
            models.CheckConstraint(condition=Q(depth__lte=MOST_DEPTH), name="template_item_depth"),
            models.CheckConstraint(
                condition=Q(critical=False) | Q(keys__gte=2), name="template_item_critical_needs_two"
            ),
        ]

    def __str__(self) -> str:
        return self.title
