import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("checklists", "0001_initial"),
        ("evidence", "0001_initial"),
        ("probes", "0001_initial"),
        ("rollback", "0001_initial"),
        ("signoff", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Deployment",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("service", models.CharField(max_length=100)),
                ("version", models.CharField(max_length=100)),
                ("environment", models.CharField(max_length=60)),
                ("tier", models.CharField(blank=True, max_length=120)),
                ("window_start", models.DateTimeField(blank=True, null=True)),
                ("window_end", models.DateTimeField(blank=True, null=True)),
                ("variables", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("in_review", "In review"), ("closed", "Closed")],
                        default="draft",
                        max_length=10,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("completed", "Completed"),
                            ("not_released", "Not released"),
                            ("cancelled", "Cancelled"),
                        ],
                        max_length=12,
                    ),
                ),
                ("change", models.CharField(blank=True, max_length=200)),
                ("closing_reason", models.TextField(blank=True)),
                ("created_by_name", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("closed_by_name", models.CharField(blank=True, max_length=120)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reruns",
                        to="deployments.deployment",
                    ),
                ),
                (
                    "rollback_plan",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deployment",
                        to="rollback.rollbackplan",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deployments",
                        to="accounts.team",
                    ),
                ),
                (
                    "template_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="checklists.templateversion"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("team", "number"), name="deployment_one_per_number"),
                    models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="deployment_numbered_from_one"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["draft", "in_review", "closed"])),
                        name="deployment_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["", "completed", "not_released", "cancelled"])),
                        name="deployment_outcome_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", False),
                                ("closed_by__isnull", False),
                                ("state", "closed"),
                                models.Q(("outcome", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "closed"), _negated=True),
                                ("closed_at__isnull", True),
                                ("closed_by__isnull", True),
                                ("outcome", ""),
                            ),
                            _connector="OR",
                        ),
                        name="deployment_closed_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("change", ""), ("parent__isnull", True)),
                            models.Q(("parent__isnull", False), models.Q(("change", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="deployment_rerun_for_a_change",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("window_start__isnull", True),
                            ("window_end__isnull", True),
                            ("window_end__gt", models.F("window_start")),
                            _connector="OR",
                        ),
                        name="deployment_window_has_length",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Emergency",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("reason", models.TextField()),
                ("reviewer_name", models.CharField(max_length=120)),
                ("authorised_by_name", models.CharField(max_length=250)),
                ("authorised_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                (
                    "authorised_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "deployment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="emergency",
                        to="deployments.deployment",
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "sign_off",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="%(class)s", to="signoff.signoff"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="emergency_says_why"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reviewer", models.F("authorised_by")), _negated=True),
                        name="emergency_seen_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("authorised_at", None), ("due_at", None)),
                            ("due_at__gt", models.F("authorised_at")),
                            _connector="OR",
                        ),
                        name="emergency_has_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EmergencyReview",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("findings", models.TextField(blank=True)),
                ("prevention", models.TextField(blank=True)),
                (
                    "emergency",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="review", to="deployments.emergency"
                    ),
                ),
                (
                    "sign_off",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="%(class)s", to="signoff.signoff"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Item",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("key", models.CharField(blank=True, max_length=50)),
                ("title", models.CharField(max_length=200)),
                ("text", models.TextField(blank=True)),
                ("commands", models.JSONField(default=list)),
                ("depth", models.PositiveSmallIntegerField(default=0)),
                ("fill_ins", models.JSONField(default=list)),
                ("result", models.TextField(blank=True)),
                ("critical", models.BooleanField(default=False)),
                ("keys", models.PositiveSmallIntegerField(default=2)),
                ("passkey", models.BooleanField(default=False)),
                ("evidence_kinds", models.JSONField(default=list)),
                ("max_age_days", models.PositiveIntegerField(null=True)),
                ("due_on", models.DateField(null=True)),
                ("owner_role", models.CharField(blank=True, max_length=80)),
                ("minutes", models.PositiveIntegerField(null=True)),
                ("controls", models.JSONField(default=list)),
                ("links", models.JSONField(default=list)),
                ("conditions", models.JSONField(default=list)),
                ("applies", models.BooleanField(default=True)),
                ("inapplicable", models.TextField(blank=True)),
                ("checklist_version", models.PositiveIntegerField(default=1)),
                ("left_in", models.PositiveIntegerField(null=True)),
                ("owner_name", models.CharField(blank=True, max_length=120)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "deployment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="deployments.deployment",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="owned_items",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "pinned_run",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="probes.run",
                    ),
                ),
                (
                    "probe",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="item", to="probes.probe"
                    ),
                ),
                (
                    "sign_off",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="%(class)s", to="signoff.signoff"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("probe__isnull", False)), fields=["deployment"], name="item_with_probe"
                    ),
                    models.Index(
                        condition=models.Q(("owner__isnull", False)), fields=["owner"], name="item_with_owner"
                    ),
                    models.Index(
                        condition=models.Q(("pinned_run__isnull", False)),
                        fields=["pinned_run"],
                        name="item_with_pinned_run",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("deployment", "number"), name="item_one_per_number"),
                    models.UniqueConstraint(
                        condition=models.Q(("key", ""), _negated=True),
                        fields=("deployment", "key"),
                        name="item_one_per_key",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("keys__gte", 1), ("keys__lte", 4)), name="item_one_to_four_keys"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("critical", False), ("keys__gte", 2), _connector="OR"),
                        name="item_critical_needs_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("applies", True), ("inapplicable", "")),
                            models.Q(("applies", False), models.Q(("inapplicable", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="item_inapplicable_for_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CarriedItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("opened_at", models.DateTimeField(null=True)),
                ("opened_by_name", models.CharField(blank=True, max_length=120)),
                (
                    "opened_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="carried", to="deployments.item"
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="deployments.item"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("opened_at__isnull", True), ("opened_by__isnull", True), ("opened_by_name", "")),
                            models.Q(("opened_at__isnull", False), ("opened_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="carried_opened_by_somebody",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("revision", models.PositiveSmallIntegerField(default=1)),
                ("removed_at", models.DateTimeField(null=True)),
                ("removed_by_name", models.CharField(blank=True, max_length=120)),
                (
                    "evidence",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="attachment", to="evidence.evidence"
                    ),
                ),
                (
                    "removed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="deployments.item",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("item", "position", "revision"), name="attachment_position"),
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at", None)),
                        fields=("item", "position"),
                        name="attachment_one_revision_stands",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("revision__gte", 1)), name="attachment_revisions_from_one"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("removed_at__isnull", True), ("removed_by__isnull", True)),
                            models.Q(("removed_at__isnull", False), ("removed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="attachment_removed_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OwedItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64)),
                ("turned", models.PositiveSmallIntegerField()),
                ("required", models.PositiveSmallIntegerField()),
                (
                    "emergency",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="owed",
                        to="deployments.emergency",
                    ),
                ),
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="owed", to="deployments.item"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("emergency", "item"), name="owed_once"),
                    models.CheckConstraint(
                        condition=models.Q(("required__gt", models.F("turned"))), name="owed_lacks_a_key"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Section",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("key", models.CharField(blank=True, max_length=50)),
                ("title", models.CharField(max_length=200)),
                ("parent", models.CharField(blank=True, max_length=200)),
                ("guidance", models.TextField(blank=True)),
                ("commands", models.JSONField(default=list)),
                ("checklist_version", models.PositiveIntegerField(default=1)),
                (
                    "deployment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sections",
                        to="deployments.deployment",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("deployment", "position"), name="deployment_section_position")
                ],
            },
        ),
        migrations.AddField(
            model_name="item",
            name="section",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="items", to="deployments.section"
            ),
        ),
        migrations.CreateModel(
            name="Waiver",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("justification", models.TextField()),
                (
                    "risk",
                    models.CharField(
                        choices=[
                            ("low", "Low: a few people notice"),
                            ("medium", "Medium: customers notice"),
                            ("high", "High: money or data is lost"),
                        ],
                        max_length=6,
                    ),
                ),
                ("measure", models.TextField()),
                ("afterwards", models.TextField()),
                ("afterwards_owner_name", models.CharField(max_length=120)),
                ("afterwards_due", models.DateField()),
                ("expires_at", models.DateTimeField()),
                ("expired_at", models.DateTimeField(null=True)),
                ("requested_by_name", models.CharField(max_length=120)),
                ("requested_browser", models.CharField(blank=True, max_length=64)),
                ("requested_at", models.DateTimeField(auto_now_add=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by_name", models.CharField(blank=True, max_length=120)),
                ("ended_why", models.TextField(blank=True)),
                (
                    "afterwards_owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="waivers", to="deployments.item"
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "sign_off",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="%(class)s", to="signoff.signoff"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("risk__in", ["low", "medium", "high"])), name="waiver_risk_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("justification", ""), _negated=True),
                            models.Q(("measure", ""), _negated=True),
                            models.Q(("afterwards", ""), _negated=True),
                        ),
                        name="waiver_says_why_and_what",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("requested_at"))), name="waiver_ends"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expired_at", None), ("expired_at__gte", models.F("expires_at")), _connector="OR"
                        ),
                        name="waiver_expired_then",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)), fields=("item",), name="waiver_one_at_a_time"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("ended_by__isnull", True), ("ended_why", "")),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("ended_by__isnull", False),
                                models.Q(("ended_why", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="waiver_ended_by_somebody",
                    ),
                ],
            },
        ),
    ]
