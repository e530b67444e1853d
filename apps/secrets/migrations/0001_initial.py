import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Secret",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60)),
                ("version", models.PositiveIntegerField(default=1)),
                ("bindings", models.JSONField()),
                ("authorities", models.TextField(blank=True)),
                ("changed_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(null=True)),
                ("last_used_for", models.CharField(blank=True, max_length=300)),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.team"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("team", "name"), name="secret_one_name_per_team")],
            },
        ),
        migrations.CreateModel(
            name="SecretVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("set_by_name", models.CharField(max_length=120)),
                ("set_at", models.DateTimeField()),
                ("ciphertext", models.BinaryField(default=b"")),
                ("key", models.CharField(blank=True, max_length=16)),
                (
                    "secret",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="secrets.secret"
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("secret", "number"), name="secret_one_of_each_version")
                ],
            },
        ),
    ]
