import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("checklists", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DraftStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(choices=[("done", "Done"), ("undone", "Undone")], default="done", max_length=8),
                ),
                ("words", models.CharField(max_length=300)),
                ("changes", models.JSONField(default=list)),
                ("size", models.PositiveIntegerField(default=0)),
                ("by_name", models.CharField(max_length=120)),
                ("at", models.DateTimeField(auto_now=True)),
                ("intent", models.UUIDField(default=uuid.uuid4)),
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
                        related_name="steps",
                        to="checklists.templateversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("version", "number"), name="studio_one_step_per_number"),
                    models.UniqueConstraint(fields=("version", "intent"), name="studio_one_step_per_intent"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["done", "undone"])), name="studio_step_state_known"
                    ),
                ],
            },
        ),
    ]
