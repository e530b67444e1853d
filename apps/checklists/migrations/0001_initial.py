import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("signoff", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChecklistTemplate",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=200)),
                ("built_in", models.CharField(blank=True, max_length=80)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("archived_at", models.DateTimeField(null=True)),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.team"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TemplateVersion",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("in_review", "In review"),
                            ("published", "Published"),
                            ("discarded", "Discarded"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("guidance", models.TextField(blank=True)),
                ("occasion", models.CharField(blank=True, max_length=120)),
                ("source", models.CharField(blank=True, max_length=300)),
                ("tiers", models.JSONField(default=list)),
                ("parameters", models.JSONField(default=list)),
                ("variables", models.JSONField(default=list)),
                ("sign_off_fields", models.JSONField(default=list)),
                ("unread", models.JSONField(default=list)),
                ("size", models.PositiveIntegerField(default=0)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("note", models.TextField(blank=True)),
                ("created_by_name", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("edited_by_name", models.CharField(blank=True, max_length=120)),
                ("edited_at", models.DateTimeField(null=True)),
                ("published_by_name", models.CharField(blank=True, max_length=120)),
                ("published_at", models.DateTimeField(null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "edited_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sign_off",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="%(class)s", to="signoff.signoff"
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="checklists.checklisttemplate",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "discarded"), _negated=True),
                        fields=("template", "number"),
                        name="template_one_version_per_number",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("draft", "in_review"))),
                        fields=("template",),
                        name="template_one_draft_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["draft", "in_review", "published", "discarded"])),
                        name="template_version_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("published_at__isnull", False),
                                ("published_by__isnull", False),
                                ("state", "published"),
                                models.Q(("sha256", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "published"), _negated=True),
                                ("published_at__isnull", True),
                                ("published_by__isnull", True),
                                ("sha256", ""),
                            ),
                            _connector="OR",
                        ),
                        name="template_version_published_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TemplateSection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=50)),
                ("position", models.BigIntegerField()),
                ("title", models.CharField(max_length=200)),
                ("parent", models.CharField(blank=True, max_length=200)),
                ("depth", models.PositiveSmallIntegerField(default=1)),
                ("guidance", models.TextField(blank=True)),
                ("commands", models.JSONField(default=list)),
                ("attributes", models.JSONField(default=list)),
                ("unread", models.JSONField(default=list)),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sections",
                        to="checklists.templateversion",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("version", "key"), name="template_section_key")],
            },
        ),
        migrations.CreateModel(
            name="TemplateItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=50)),
                ("position", models.BigIntegerField()),
                ("title", models.CharField(max_length=200)),
                ("text", models.TextField(blank=True)),
                ("depth", models.PositiveSmallIntegerField(default=0)),
                ("commands", models.JSONField(default=list)),
                ("fill_ins", models.JSONField(default=list)),
                ("critical", models.BooleanField(default=False)),
                ("keys", models.PositiveSmallIntegerField(default=2)),
                ("passkey", models.BooleanField(default=False)),
                ("evidence_kinds", models.JSONField(default=list)),
                ("max_age_days", models.PositiveIntegerField(null=True)),
                ("probe", models.JSONField(null=True)),
                ("conditions", models.JSONField(default=list)),
                ("tiers", models.JSONField(default=list)),
                ("owner_role", models.CharField(blank=True, max_length=80)),
                ("controls", models.JSONField(default=list)),
                ("links", models.JSONField(default=list)),
                ("minutes", models.PositiveIntegerField(null=True)),
                ("paths", models.JSONField(default=list)),
                ("attributes", models.JSONField(default=list)),
                (
                    "section",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="checklists.templatesection",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="checklists.templateversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("version", "key"), name="template_item_key"),
                    models.CheckConstraint(
                        condition=models.Q(("keys__gte", 1), ("keys__lte", 4)), name="template_item_one_to_four_keys"
                    ),
                    models.CheckConstraint(condition=models.Q(("depth__lte", 3)), name="template_item_depth"),
                    models.CheckConstraint(
                        condition=models.Q(("critical", False), ("keys__gte", 2), _connector="OR"),
                        name="template_item_critical_needs_two",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AcceptedProblem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=24)),
                ("what", models.CharField(max_length=8)),
                ("part", models.CharField(blank=True, max_length=50)),
                ("field", models.CharField(max_length=30)),
                ("sentence", models.TextField()),
                ("why", models.CharField(max_length=300)),
                ("by_name", models.CharField(max_length=120)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accepted_problems",
                        to="checklists.templateversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("version", "key"), name="template_problem_accepted_once")
                ],
            },
        ),
    ]
