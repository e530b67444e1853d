import uuid

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.statements


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="SignInTries",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("last_at", models.DateTimeField()),
                ("waits_until", models.DateTimeField()),
                ("was_right", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "username",
                    models.CharField(
                        max_length=60,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[\\w.@+-]+\\Z", "Use letters, digits and . @ + - _ only."
                            )
                        ],
                    ),
                ),
                ("username_folded", apps.core.statements.FoldedField(max_length=1080, of="username", unique=True)),
                ("full_name", models.CharField(max_length=120)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("is_active", models.BooleanField(default=True)),
                ("is_admin", models.BooleanField(default=False)),
                ("joined_at", models.DateTimeField(auto_now_add=True)),
                ("time_zone", models.CharField(blank=True, max_length=64)),
                ("letter_keys", models.BooleanField(default=True)),
                ("signing_suspended_until", models.DateTimeField(null=True)),
                (
                    "signing_suspended_for",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("password_set", "the password was set anew"),
                            ("factor_added", "a factor was added"),
                            ("factor_removed", "a factor was taken away"),
                            ("recovery_code", "a recovery code was used"),
                            ("identity_linked", "another way to sign in was added"),
                        ],
                        max_length=20,
                    ),
                ),
                ("news", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "signing_suspended_for__in",
                                [
                                    "",
                                    "password_set",
                                    "factor_added",
                                    "factor_removed",
                                    "recovery_code",
                                    "identity_linked",
                                ],
                            )
                        ),
                        name="account_suspension_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OpenSession",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("session_key", models.CharField(max_length=40, unique=True)),
                ("address", models.CharField(max_length=64)),
                ("agent", models.CharField(max_length=200)),
                ("means", models.CharField(max_length=40)),
                ("since", models.DateTimeField(auto_now_add=True)),
                ("seen_at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Team",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80)),
                ("slug", models.SlugField(max_length=12, unique=True)),
                ("two_publish", models.BooleanField(default=True)),
                ("one_publishes_by_name", models.CharField(blank=True, max_length=120)),
                ("runs_commands", models.BooleanField(default=False)),
                ("waiver_days", models.PositiveSmallIntegerField(default=30)),
                ("passkey_roles", models.CharField(blank=True, max_length=60)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "one_publishes_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "passkey_roles__in",
                                [
                                    "",
                                    "decider",
                                    "author",
                                    "reviewer",
                                    "author decider",
                                    "decider reviewer",
                                    "author reviewer",
                                    "author decider reviewer",
                                ],
                            )
                        ),
                        name="team_passkey_roles_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("waiver_days__gte", 1), ("waiver_days__lte", 365)),
                        name="team_waivers_last_days",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("one_publishes_by", None), ("two_publish", True)),
                            models.Q(("one_publishes_by__isnull", False), ("two_publish", False)),
                            _connector="OR",
                        ),
                        name="team_one_publishes_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TakenName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("key", models.CharField(max_length=250)),
                ("since", models.DateTimeField(auto_now_add=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="taken_names",
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
                "constraints": [models.UniqueConstraint(fields=("team", "key"), name="account_one_name_per_team")],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("role", models.CharField(choices=[("member", "Member"), ("auditor", "Auditor")], max_length=10)),
                ("since", models.DateTimeField(auto_now_add=True)),
                ("reads_until", models.DateField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="memberships", to="accounts.team"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "team"), name="account_one_role_per_team"),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["member", "auditor"])), name="account_role_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reads_until__isnull", False), ("role", "auditor")),
                            models.Q(models.Q(("role", "auditor"), _negated=True), ("reads_until", None)),
                            _connector="OR",
                        ),
                        name="account_auditors_read_until",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("role", models.CharField(choices=[("member", "Member"), ("auditor", "Auditor")], max_length=10)),
                ("reads_until", models.DateField(null=True)),
                ("note", models.CharField(blank=True, max_length=120)),
                ("token_digest", models.CharField(max_length=64, unique=True)),
                ("address", models.EmailField(blank=True, max_length=254)),
                ("mailed_digest", models.CharField(blank=True, max_length=64)),
                ("invited_by_name", models.CharField(blank=True, max_length=120)),
                ("invited_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("accepted_by_name", models.CharField(blank=True, max_length=120)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "accepted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "invited_by",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="accounts.team",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["member", "auditor"])), name="invitation_role_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reads_until__isnull", False), ("role", "auditor")),
                            models.Q(models.Q(("role", "auditor"), _negated=True), ("reads_until", None)),
                            _connector="OR",
                        ),
                        name="invitation_auditors_read_until",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted_at", None), ("accepted_by", None)),
                            models.Q(
                                ("accepted_at__isnull", False), ("accepted_by__isnull", False), ("revoked_at", None)
                            ),
                            _connector="OR",
                        ),
                        name="invitation_accepted_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("invited_by", None), ("team", None)),
                            models.Q(("invited_by__isnull", False), ("team__isnull", False)),
                            _connector="OR",
                        ),
                        name="invitation_from_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("address", ""), ("mailed_digest", "")),
                            models.Q(
                                models.Q(("address", ""), _negated=True), models.Q(("mailed_digest", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="invitation_mailed_somewhere",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("mailed_digest", ""), _negated=True),
                        fields=("mailed_digest",),
                        name="invitation_mailed_by_one_link",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Grant",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("admin", "Team admin"),
                            ("decider", "Decider"),
                            ("manager", "Release manager"),
                            ("author", "Template author"),
                            ("reviewer", "Reviewer"),
                        ],
                        max_length=10,
                    ),
                ),
                ("identity", models.CharField(blank=True, max_length=120)),
                ("asked_by_name", models.CharField(max_length=120)),
                ("asked_at", models.DateTimeField()),
                ("granted_by_name", models.CharField(blank=True, max_length=120)),
                ("granted_at", models.DateTimeField(null=True)),
                ("ended_by_name", models.CharField(blank=True, max_length=120)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "asked_by",
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
                    "granted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="grants", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="grants", to="accounts.team"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("team", "person", "role"),
                        name="grant_one_of_a_role",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["admin", "decider", "manager", "author", "reviewer"])),
                        name="grant_role_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("granted_at", None), ("granted_by", None)),
                            models.Q(("granted_at__isnull", False), ("granted_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="grant_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("ended_by", None)),
                            models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="grant_ended_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("role__in", ["admin", "decider", "author", "reviewer"]), _negated=True),
                            models.Q(("identity", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="grant_of_somebody_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Delegation",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("delegator_name", models.CharField(max_length=120)),
                ("delegate_name", models.CharField(max_length=120)),
                ("offered_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("ended_by_name", models.CharField(blank=True, max_length=120)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "delegate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "delegator",
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
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="delegations", to="accounts.team"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("delegator", models.F("delegate")), _negated=True),
                        name="delegation_to_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("offered_at"))),
                        name="delegation_ends_after_it_began",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("accepted_at", None), ("accepted_at__lt", models.F("ends_at")), _connector="OR"
                        ),
                        name="delegation_accepted_before_it_ends",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("accepted_at", None), ("accepted_at__gte", models.F("offered_at")), _connector="OR"
                        ),
                        name="delegation_accepted_after_it_was_asked",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("ended_by", None)),
                            models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="delegation_ended_by_somebody",
                    ),
                ],
            },
        ),
    ]
