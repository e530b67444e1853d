import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("factors", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Assertion",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("person_name", models.CharField(max_length=120)),
                ("statement", models.TextField()),
                ("issued_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("answer", models.TextField()),
                ("credential", models.TextField()),
                ("public_key", models.TextField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SignOff",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("stream", models.CharField(max_length=100)),
                ("subject", models.CharField(max_length=60, unique=True)),
                ("required", models.PositiveSmallIntegerField()),
                ("contributor_keys", models.PositiveSmallIntegerField()),
                ("passkey", models.BooleanField(default=False)),
                (
                    "verifier",
                    models.CharField(
                        choices=[("reviewer", "Reviewer"), ("author", "Template author"), ("decider", "Decider")],
                        default="reviewer",
                        max_length=10,
                    ),
                ),
                ("revision", models.PositiveIntegerField(default=1)),
                ("round", models.PositiveIntegerField(default=1)),
                ("digest", models.CharField(max_length=64)),
                ("opened_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "team",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.team",
                    ),
                ),
            ],
            options={
                "verbose_name": "sign-off",
                "indexes": [
                    models.Index(fields=["stream"], name="signoff_of_stream"),
                    models.Index(
                        condition=models.Q(("closed_at", None), ("opened_at__isnull", False)),
                        fields=["team"],
                        name="signoff_open_of_team",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("required__gte", 1), ("required__lte", 4)), name="signoff_one_to_four"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("contributor_keys__lte", 2)), name="signoff_first_keys_only"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("verifier__in", ["reviewer", "author", "decider"])),
                        name="signoff_verifier_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Signature",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("revision", models.PositiveIntegerField()),
                ("slot", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=250)),
                (
                    "meaning",
                    models.CharField(
                        choices=[
                            ("performed", "Performed"),
                            ("verified", "Verified"),
                            ("approved", "Approved"),
                            ("completed", "Completed"),
                            ("authored", "Authored"),
                            ("agreed", "Agreed"),
                            ("authorised", "Authorised alone"),
                        ],
                        max_length=10,
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("signed_at", models.DateTimeField()),
                ("intent", models.UUIDField(unique=True)),
                ("browser", models.CharField(blank=True, max_length=64)),
                ("on_behalf_name", models.CharField(blank=True, max_length=120)),
                (
                    "means",
                    models.CharField(
                        choices=[
                            ("tick", "an explicit confirmation"),
                            ("password", "password"),
                            ("both", "password and one-time code"),
                            ("code", "one-time code"),
                            ("passkey", "passkey"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "assertion",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="signoff.assertion"
                    ),
                ),
                (
                    "on_behalf",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="factors.signingseries"
                    ),
                ),
                (
                    "signer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signatures",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sign_off",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signatures",
                        to="signoff.signoff",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("sign_off", "revision", "slot"), name="signoff_one_signature_per_key"
                    ),
                    models.UniqueConstraint(fields=("sign_off", "assertion"), name="signoff_one_key_per_assertion"),
                    models.UniqueConstraint(
                        fields=("sign_off", "revision", "signer"), name="signoff_one_key_per_person"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("slot__gte", 1), ("slot__lte", 4)), name="signoff_key_numbered"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "meaning__in",
                                ["performed", "verified", "approved", "completed", "authored", "agreed", "authorised"],
                            )
                        ),
                        name="signoff_meaning_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True), models.Q(("digest", ""), _negated=True)
                        ),
                        name="signoff_name_and_digest_printed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("on_behalf", None), ("on_behalf_name", "")),
                            models.Q(("on_behalf__isnull", False), models.Q(("on_behalf_name", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="signoff_for_somebody_named",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("means__in", ["tick", "password", "both", "code", "passkey"])),
                        name="signoff_means_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("assertion__isnull", False), ("means", "passkey")),
                            models.Q(models.Q(("means", "passkey"), _negated=True), ("assertion__isnull", True)),
                            _connector="OR",
                        ),
                        name="signoff_passkey_asserted",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Revision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("text_edited", "the text was edited"),
                            ("result_written", "the result was written"),
                            ("evidence_added", "evidence was added"),
                            ("evidence_removed", "evidence was taken away"),
                            ("evidence_replaced", "evidence was replaced by a newer revision"),
                            ("probe_attached", "a probe was attached"),
                            ("probe_changed", "its probe was changed"),
                            ("probe_detached", "its probe was taken away"),
                            ("completed", "it was completed"),
                            ("completed_again", "it was completed again"),
                            ("run_pinned", "a probe run went with the first key"),
                            ("rejected", "it was rejected"),
                            ("upgraded", "its checklist was upgraded"),
                            ("withdrawn", "the question to agree was taken back"),
                            ("key_withdrawn", "a key was withdrawn"),
                            ("reopened", "what had ended was reopened"),
                        ],
                        max_length=20,
                    ),
                ),
                ("concerns", models.CharField(blank=True, max_length=200)),
                ("invalidated", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=120)),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "sign_off",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revisions",
                        to="signoff.signoff",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("sign_off", "number"), name="signoff_one_revision"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "cause__in",
                                [
                                    "text_edited",
                                    "result_written",
                                    "evidence_added",
                                    "evidence_removed",
                                    "evidence_replaced",
                                    "probe_attached",
                                    "probe_changed",
                                    "probe_detached",
                                    "completed",
                                    "completed_again",
                                    "run_pinned",
                                    "rejected",
                                    "upgraded",
                                    "withdrawn",
                                    "key_withdrawn",
                                    "reopened",
                                ],
                            )
                        ),
                        name="signoff_cause_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Rejection",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("revision", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=120)),
                ("reason", models.TextField()),
                ("rejected_at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "sign_off",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rejections",
                        to="signoff.signoff",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("sign_off", "revision"), name="signoff_one_rejection_per_revision")
                ],
            },
        ),
        migrations.CreateModel(
            name="Contribution",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("round", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=120)),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "sign_off",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contributions",
                        to="signoff.signoff",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("sign_off", "round", "person"), name="signoff_one_contribution")
                ],
            },
        ),
        migrations.CreateModel(
            name="Withdrawal",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("revision", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=120)),
                ("reason", models.TextField()),
                ("withdrawn_at", models.DateTimeField()),
                (
                    "means",
                    models.CharField(
                        choices=[
                            ("tick", "an explicit confirmation"),
                            ("password", "password"),
                            ("both", "password and one-time code"),
                            ("code", "one-time code"),
                            ("passkey", "passkey"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "assertion",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="signoff.assertion"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="factors.signingseries"
                    ),
                ),
                (
                    "sign_off",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawals",
                        to="signoff.signoff",
                    ),
                ),
                (
                    "signature",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="withdrawal", to="signoff.signature"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("sign_off", "revision"), name="signoff_one_withdrawal_per_revision"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True), models.Q(("reason", ""), _negated=True)
                        ),
                        name="signoff_withdrawn_for_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("means__in", ["tick", "password", "both", "code", "passkey"])),
                        name="signoff_withdrawal_means_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("assertion__isnull", False), ("means", "passkey")),
                            models.Q(models.Q(("means", "passkey"), _negated=True), ("assertion__isnull", True)),
                            _connector="OR",
                        ),
                        name="signoff_withdrawal_passkey_asserted",
                    ),
                ],
            },
        ),
    ]
