import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("checklists", "0001_initial"),
        ("deployments", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TemplateProposal",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("edited", "Edited"), ("added", "Added"), ("waived", "Waived")], max_length=10
                    ),
                ),
                ("key", models.CharField(blank=True, max_length=50)),
                ("values", models.JSONField(default=dict)),
                ("size", models.PositiveIntegerField()),
                ("by_name", models.CharField(max_length=120)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("taken", models.BooleanField(null=True)),
                ("settled_by_name", models.CharField(blank=True, max_length=120)),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "deployment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="deployments.deployment"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="proposals", to="deployments.item"
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="checklists.checklisttemplate",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["edited", "added", "waived"])), name="proposal_kind_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("settled_at__isnull", True), ("settled_by__isnull", True), ("taken__isnull", True)
                            ),
                            models.Q(
                                ("settled_at__isnull", False), ("settled_by__isnull", False), ("taken__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="proposal_settled_by_somebody",
                    ),
                ],
            },
        ),
    ]
