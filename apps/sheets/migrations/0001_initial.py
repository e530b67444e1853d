import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("deployments", "0001_initial"),
        ("signoff", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Reopening",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("reason", models.TextField()),
                ("outcome", models.CharField(max_length=12)),
                ("closed_at", models.DateTimeField()),
                ("closed_by_name", models.CharField(max_length=120)),
                ("asked_by_name", models.CharField(max_length=120)),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                ("agreed_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by_name", models.CharField(blank=True, max_length=120)),
                ("ended_why", models.TextField(blank=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "deployment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reopenings",
                        to="deployments.deployment",
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
                    "sign_off",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="%(class)s", to="signoff.signoff"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="reopening_says_why"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["completed", "not_released"])),
                        name="reopening_of_what_was_decided",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("agreed_at__isnull", True), ("ended_at__isnull", True)),
                        fields=("deployment",),
                        name="reopening_one_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("ended_by__isnull", True), ("ended_why", "")),
                            models.Q(
                                ("agreed_at__isnull", True),
                                ("ended_at__isnull", False),
                                ("ended_by__isnull", False),
                                models.Q(("ended_why", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="reopening_ended_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Sheet",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("version_deployed", models.CharField(max_length=100)),
                ("issues", models.TextField(blank=True)),
                ("resolution", models.TextField(blank=True)),
                (
                    "answer",
                    models.CharField(choices=[("yes", "Yes"), ("no", "No"), ("caveats", "With caveats")], max_length=8),
                ),
                ("caveats", models.TextField(blank=True)),
                ("caveats_owner_name", models.CharField(blank=True, max_length=120)),
                ("caveats_due_on", models.DateField(null=True)),
                ("verdict", models.CharField(max_length=5)),
                (
                    "caveats_owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "deployment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sheet", to="deployments.deployment"
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
                        condition=models.Q(("answer__in", ["yes", "no", "caveats"])), name="sheet_answer_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("verdict__in", ["GO", "NO-GO"])), name="sheet_verdict_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("answer", "no"), ("verdict", "GO"), _connector="OR"),
                        name="sheet_yes_only_with_go",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", "caveats"), _negated=True),
                            models.Q(("caveats", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="sheet_caveats_written",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("answer", "caveats"),
                                ("caveats_due_on__isnull", False),
                                ("caveats_owner__isnull", False),
                                models.Q(("caveats_owner_name", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("answer", "caveats"), _negated=True),
                                ("caveats_due_on__isnull", True),
                                ("caveats_owner__isnull", True),
                                ("caveats_owner_name", ""),
                            ),
                            _connector="OR",
                        ),
                        name="sheet_caveats_answered_for",
                    ),
                ],
            },
        ),
    ]
