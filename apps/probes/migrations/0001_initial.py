import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("secrets", "0001_initial"),
        ("zones", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Breaker",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("target", models.CharField(max_length=303)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("rests_until", models.DateTimeField(null=True)),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.team"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("team", "target"), name="probe_breaker_of_target")],
            },
        ),
        migrations.CreateModel(
            name="Probe",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                ("kind", models.CharField(max_length=20)),
                ("config", models.JSONField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("interval_seconds", models.PositiveIntegerField(null=True)),
                ("expected_by", models.DateTimeField(null=True)),
                ("scheduled_by_name", models.CharField(blank=True, max_length=120)),
                ("baseline_by_name", models.CharField(blank=True, max_length=120)),
                ("baseline_at", models.DateTimeField(null=True)),
                ("created_by_name", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "baseline_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "breaker",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="probes",
                        to="probes.breaker",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "scheduled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "secret",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="secrets.secret"
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.team"
                    ),
                ),
                (
                    "zone",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="zones.zone"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("expected_by__isnull", False)),
                        fields=["expected_by"],
                        name="probe_reported_by_the_clock",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("interval_seconds__isnull", True), ("scheduled_by__isnull", True)),
                            models.Q(("interval_seconds__gte", 10), ("scheduled_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="probe_scheduled_by_somebody",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                ("attempt", models.PositiveSmallIntegerField(default=1)),
                ("published_at", models.DateTimeField()),
                ("lease_until", models.DateTimeField(null=True)),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("slot", models.DateTimeField(null=True)),
                ("stream", models.CharField(max_length=100)),
                ("item", models.UUIDField()),
                ("kind", models.CharField(max_length=20)),
                ("config", models.JSONField()),
                ("requested_by_name", models.CharField(max_length=120)),
                ("queued_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("running", "Running"),
                            ("passed", "Passed"),
                            ("failed", "Failed"),
                            ("inconclusive", "Inconclusive"),
                            ("lost", "No result"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=12,
                    ),
                ),
                ("worker", models.CharField(blank=True, max_length=120)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("value", models.CharField(blank=True, max_length=40)),
                ("unit", models.CharField(blank=True, max_length=20)),
                ("limit", models.CharField(blank=True, max_length=40)),
                ("explanation", models.TextField(blank=True)),
                ("request", models.JSONField(default=dict)),
                ("response", models.JSONField(default=dict)),
                ("conditions", models.JSONField(default=list)),
                ("response_digest", models.CharField(blank=True, max_length=64)),
                ("software", models.CharField(blank=True, max_length=40)),
                ("digest", models.CharField(blank=True, max_length=64)),
                (
                    "counts_as",
                    models.CharField(
                        blank=True, choices=[("passes", "passes"), ("waits", "waits"), ("fails", "fails")], max_length=8
                    ),
                ),
                ("in_a_row", models.PositiveIntegerField(default=0)),
                (
                    "probe",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="probes.probe"
                    ),
                ),
                (
                    "replaces",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="probes.run",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "zone",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="zones.zone",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["probe", "-queued_at"], name="probe_run_history"),
                    models.Index(
                        condition=models.Q(("state__in", ("queued", "running"))),
                        fields=["state", "lease_until"],
                        name="probe_run_sweep",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["queued", "running", "passed", "failed", "inconclusive", "lost", "cancelled"],
                            )
                        ),
                        name="probe_run_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("counts_as", ""),
                                ("digest", ""),
                                ("finished_at__isnull", True),
                                ("state__in", ("queued", "running")),
                            ),
                            models.Q(
                                ("finished_at__isnull", False),
                                ("in_a_row__gte", 1),
                                ("state__in", ("passed", "failed", "inconclusive", "lost")),
                                models.Q(("started_at__isnull", False), ("state", "lost"), _connector="OR"),
                                models.Q(("digest", ""), _negated=True),
                                models.Q(("counts_as", ""), _negated=True),
                            ),
                            models.Q(
                                ("counts_as", ""),
                                ("digest", ""),
                                ("finished_at__isnull", False),
                                ("state", "cancelled"),
                            ),
                            _connector="OR",
                        ),
                        name="probe_run_finished_with_its_result",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "running"), _negated=True),
                            ("started_at__isnull", False),
                            _connector="OR",
                        ),
                        name="probe_run_started",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("attempt__gte", 1), ("attempt__lte", 5)), name="probe_run_attempts"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "running"), ("lease_until__isnull", False)),
                            models.Q(models.Q(("state", "running"), _negated=True), ("lease_until__isnull", True)),
                            _connector="OR",
                        ),
                        name="probe_run_leased_while_at_work",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("queued", "running"))),
                        fields=("probe",),
                        name="probe_one_live_run",
                    ),
                    models.UniqueConstraint(fields=("probe", "slot"), name="probe_one_run_of_a_slot"),
                ],
            },
        ),
        migrations.AddField(
            model_name="probe",
            name="baseline",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="probes.run"
            ),
        ),
        migrations.AddField(
            model_name="probe",
            name="latest_run",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="probes.run"
            ),
        ),
        migrations.CreateModel(
            name="Series",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("stream", models.CharField(max_length=100)),
                ("asked_by_name", models.CharField(max_length=120)),
                ("asked_at", models.DateTimeField()),
                ("size", models.PositiveIntegerField()),
                ("by_clock", models.BooleanField(default=False)),
                ("cancelled_at", models.DateTimeField(null=True)),
                ("cancelled_by_name", models.CharField(blank=True, max_length=120)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "cancelled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.team"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["stream", "-asked_at"], name="probe_series_of_stream")],
            },
        ),
        migrations.AddField(
            model_name="run",
            name="series",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="probes.series"
            ),
        ),
        migrations.AddConstraint(
            model_name="probe",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("baseline_at__isnull", True), ("baseline_by__isnull", True)),
                    models.Q(("baseline_at__isnull", False), ("baseline_by__isnull", False)),
                    _connector="OR",
                ),
                name="probe_baseline_by_somebody",
            ),
        ),
    ]
