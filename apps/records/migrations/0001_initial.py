import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("deployments", "0001_initial"),
        ("evidence", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Record",
            fields=[
                ("attempt", models.PositiveSmallIntegerField(default=1)),
                ("published_at", models.DateTimeField()),
                ("lease_until", models.DateTimeField(null=True)),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("requested_by_name", models.CharField(max_length=120)),
                ("requested_at", models.DateTimeField()),
                ("with_evidence", models.BooleanField(default=False)),
                ("requested_sequence", models.PositiveIntegerField()),
                ("head_sequence", models.PositiveIntegerField()),
                ("head_digest", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("rendering", "Being made"),
                            ("filed", "Filed"),
                            ("failed", "Not made"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("step", models.CharField(blank=True, max_length=40)),
                ("pages", models.PositiveIntegerField(default=0)),
                ("error", models.TextField(blank=True)),
                ("filed_at", models.DateTimeField(null=True)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("size", models.PositiveIntegerField(default=0)),
                (
                    "blob",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="evidence.blob"
                    ),
                ),
                (
                    "data_blob",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="evidence.blob"
                    ),
                ),
                (
                    "deployment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="records", to="deployments.deployment"
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ("queued", "rendering"))),
                        fields=["state", "lease_until"],
                        name="record_sweep",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("deployment", "number"), name="record_one_per_number"),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("queued", "rendering"))),
                        fields=("deployment",),
                        name="record_one_in_the_making",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["queued", "rendering", "filed", "failed"])),
                        name="record_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("data_blob__isnull", False),
                                ("filed_at__isnull", False),
                                ("state", "filed"),
                                models.Q(("sha256", ""), _negated=True),
                                models.Q(
                                    models.Q(("blob__isnull", False), ("error", ""), ("pages__gte", 1)),
                                    models.Q(
                                        ("blob__isnull", True), ("pages", 0), models.Q(("error", ""), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                            ),
                            models.Q(
                                models.Q(("state", "filed"), _negated=True),
                                ("blob__isnull", True),
                                ("data_blob__isnull", True),
                                ("filed_at__isnull", True),
                                ("sha256", ""),
                                ("size", 0),
                            ),
                            _connector="OR",
                        ),
                        name="record_filed_with_its_bytes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("attempt__gte", 1), ("attempt__lte", 3)), name="record_attempts"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "rendering"), ("lease_until__isnull", False)),
                            models.Q(models.Q(("state", "rendering"), _negated=True), ("lease_until__isnull", True)),
                            _connector="OR",
                        ),
                        name="record_leased_while_at_work",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "failed"), models.Q(("error", ""), _negated=True)),
                            ("state", "filed"),
                            models.Q(("error", ""), ("state__in", ("queued", "rendering"))),
                            _connector="OR",
                        ),
                        name="record_failed_with_a_reason",
                    ),
                ],
            },
        ),
    ]
