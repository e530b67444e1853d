import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("deployments", "0001_initial"),
        ("signoff", "0001_initial"),
    ]

    operations = [
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
                ("verdict", models.CharField(max_length=5)),
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
                ],
            },
        ),
    ]
