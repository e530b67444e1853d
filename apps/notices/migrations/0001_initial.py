import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("deployments", "0001_initial"),
        ("secrets", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Reading",
            fields=[
                ("stream", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("length", models.PositiveIntegerField(default=0)),
                ("verdict", models.CharField(blank=True, max_length=5)),
                ("recheck", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("attempt", models.PositiveSmallIntegerField(default=1)),
                ("published_at", models.DateTimeField()),
                ("lease_until", models.DateTimeField(null=True)),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "pace",
                    models.CharField(
                        choices=[("at_once", "At once"), ("digest", "In the digest"), ("never", "Not by mail")],
                        max_length=8,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sending", "Being sent"),
                            ("sent", "Sent"),
                            ("dropped", "No longer needed"),
                            ("given_up", "Not sent"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("subject", models.CharField(blank=True, max_length=320)),
                ("address", models.CharField(blank=True, max_length=300)),
                ("reason", models.CharField(blank=True, max_length=300)),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.team",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ("waiting", "sending"))),
                        fields=["state", "lease_until"],
                        name="delivery_sweep",
                    ),
                    models.Index(fields=["person", "-created_at"], name="delivery_of_person"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "sending", "sent", "dropped", "given_up"])),
                        name="delivery_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("pace__in", ["at_once", "digest", "never"])), name="delivery_pace_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("state__in", ("waiting", "sending"))),
                            models.Q(
                                models.Q(("state__in", ("waiting", "sending")), _negated=True),
                                ("ended_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="delivery_ended_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("attempt__gte", 1), ("attempt__lte", 40)), name="delivery_attempts"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "sending"), ("lease_until__isnull", False)),
                            models.Q(models.Q(("state", "sending"), _negated=True), ("lease_until__isnull", True)),
                            _connector="OR",
                        ),
                        name="delivery_leased_while_at_work",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("verify", "A key waits for you"),
                            ("waiver", "A waiver waits for you"),
                            ("sheet", "A sign-off sheet waits for you"),
                            ("review", "What an emergency owes waits for you"),
                            ("grant", "A role waits for you to grant it"),
                            ("assigned", "Something is assigned to you"),
                            ("rejected", "What you signed or own was rejected"),
                            ("invalidated", "Your key fell out"),
                            ("verified", "What you signed is verified"),
                            ("decided", "Your waiver is approved, ended or expired"),
                            ("verdict", "A verdict changed"),
                            ("day_before", "A window opens within 24 h"),
                            ("hour_before", "A window opens within the hour"),
                            ("outcome", "A deployment ended"),
                            ("emergency", "A deployment went by the emergency lane"),
                            ("record", "A record is ready"),
                            ("role", "Your role changed, or one you asked for"),
                            ("overdue", "Nobody did what waits"),
                            ("security", "How you get in changed"),
                            ("suspended", "Somebody of your team signs nothing for a day"),
                        ],
                        max_length=12,
                    ),
                ),
                ("about", models.CharField(max_length=60)),
                ("occasion", models.CharField(max_length=140)),
                ("path", models.CharField(max_length=200)),
                ("subject", models.CharField(max_length=320)),
                ("actor_name", models.CharField(blank=True, max_length=250)),
                ("detail", models.CharField(blank=True, max_length=300)),
                ("at", models.DateTimeField()),
                ("heard_at", models.DateTimeField(auto_now_add=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("settled", models.CharField(blank=True, max_length=200)),
                (
                    "deployment",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="deployments.deployment",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="deployments.item",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.team",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["person", "-at"], name="notice_of_person"),
                    models.Index(
                        condition=models.Q(("done_at", None)), fields=["deployment"], name="notice_open_of_deployment"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("person", "kind", "about", "occasion"), name="notice_said_once"),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("done_at", None), ("kind__in", ("verify", "waiver", "sheet", "review", "grant"))
                        ),
                        fields=("person", "kind", "about"),
                        name="notice_waits_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "verify",
                                    "waiver",
                                    "sheet",
                                    "review",
                                    "grant",
                                    "assigned",
                                    "rejected",
                                    "invalidated",
                                    "verified",
                                    "decided",
                                    "verdict",
                                    "day_before",
                                    "hour_before",
                                    "outcome",
                                    "emergency",
                                    "record",
                                    "role",
                                    "overdue",
                                    "security",
                                    "suspended",
                                ],
                            )
                        ),
                        name="notice_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("settled", ""), ("done_at__isnull", False), _connector="OR"),
                        name="notice_settled_is_done",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Enclosure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("first", "First"),
                            ("half", "Half of the time is over"),
                            ("most", "Nine tenths of the time are over"),
                        ],
                        default="first",
                        max_length=5,
                    ),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="enclosures", to="notices.delivery"
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="enclosures",
                        to="notices.notice",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("notice", "stage"), name="notice_mailed_once"),
                    models.CheckConstraint(
                        condition=models.Q(("stage__in", ["first", "half", "most"])), name="enclosure_stage_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reach",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("paces", models.JSONField(default=dict)),
                ("quiet_from", models.PositiveSmallIntegerField(default=0)),
                ("quiet_to", models.PositiveSmallIntegerField(default=0)),
                ("digest_at", models.PositiveSmallIntegerField(default=8)),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reach", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("digest_at__lte", 23), ("quiet_from__lte", 23), ("quiet_to__lte", 23)),
                        name="reach_hours_of_a_day",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=40)),
                (
                    "shape",
                    models.CharField(
                        choices=[
                            ("slack", "Slack"),
                            ("teams", "Microsoft Teams"),
                            ("mattermost", "Mattermost"),
                            ("json", "JSON, signed"),
                        ],
                        max_length=10,
                    ),
                ),
                ("place", models.CharField(max_length=300)),
                ("kinds", models.JSONField()),
                ("made_by_name", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "secret",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="secrets.secret"
                    ),
                ),
                (
                    "signing",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="secrets.secret"
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="webhooks", to="accounts.team"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at", None)),
                        fields=("team", "name"),
                        name="webhook_one_name_per_team",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("shape__in", ["slack", "teams", "mattermost", "json"])),
                        name="webhook_shape_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("removed_at", None), ("secret__isnull", False)),
                            models.Q(("removed_at__isnull", False), ("secret", None), ("signing", None)),
                            _connector="OR",
                        ),
                        name="webhook_has_an_address",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Post",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("verify", "A key waits for you"),
                            ("waiver", "A waiver waits for you"),
                            ("sheet", "A sign-off sheet waits for you"),
                            ("review", "What an emergency owes waits for you"),
                            ("grant", "A role waits for you to grant it"),
                            ("assigned", "Something is assigned to you"),
                            ("rejected", "What you signed or own was rejected"),
                            ("invalidated", "Your key fell out"),
                            ("verified", "What you signed is verified"),
                            ("decided", "Your waiver is approved, ended or expired"),
                            ("verdict", "A verdict changed"),
                            ("day_before", "A window opens within 24 h"),
                            ("hour_before", "A window opens within the hour"),
                            ("outcome", "A deployment ended"),
                            ("emergency", "A deployment went by the emergency lane"),
                            ("record", "A record is ready"),
                            ("role", "Your role changed, or one you asked for"),
                            ("overdue", "Nobody did what waits"),
                            ("security", "How you get in changed"),
                            ("suspended", "Somebody of your team signs nothing for a day"),
                        ],
                        max_length=12,
                    ),
                ),
                ("about", models.CharField(max_length=60)),
                ("occasion", models.CharField(max_length=140)),
                ("path", models.CharField(max_length=200)),
                ("title", models.CharField(max_length=350)),
                ("actor_name", models.CharField(blank=True, max_length=250)),
                ("detail", models.CharField(blank=True, max_length=300)),
                ("at", models.DateTimeField()),
                (
                    "delivery",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="post", to="notices.delivery"
                    ),
                ),
                (
                    "deployment",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="deployments.deployment",
                    ),
                ),
                (
                    "webhook",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts",
                        to="notices.webhook",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("webhook", "kind", "about", "occasion"), name="post_said_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "verify",
                                    "waiver",
                                    "sheet",
                                    "review",
                                    "grant",
                                    "assigned",
                                    "rejected",
                                    "invalidated",
                                    "verified",
                                    "decided",
                                    "verdict",
                                    "day_before",
                                    "hour_before",
                                    "outcome",
                                    "emergency",
                                    "record",
                                    "role",
                                    "overdue",
                                    "security",
                                    "suspended",
                                ],
                            )
                        ),
                        name="post_kind_known",
                    ),
                ],
            },
        ),
    ]
