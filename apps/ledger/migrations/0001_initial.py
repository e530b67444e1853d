import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Stream",
            fields=[
                ("name", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("length", models.PositiveIntegerField(default=0)),
                ("head", models.CharField(max_length=64)),
                ("last_at", models.CharField(blank=True, max_length=24)),
                ("anchored_length", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sequence", models.PositiveIntegerField()),
                ("kind", models.CharField(max_length=60)),
                ("at", models.CharField(max_length=24)),
                ("actor", models.UUIDField()),
                ("item", models.UUIDField(null=True)),
                ("previous", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("body", models.TextField()),
                (
                    "stream",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="ledger.stream",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["item", "sequence"], name="ledger_entry_item"),
                    models.Index(
                        condition=models.Q(("item", None)), fields=["stream", "kind"], name="ledger_entry_of_many"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("stream", "sequence"), name="ledger_no_gap_no_fork"),
                    models.UniqueConstraint(fields=("stream", "previous"), name="ledger_one_successor"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Opening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(max_length=60)),
                ("value", models.JSONField()),
                ("salt", models.CharField(max_length=64)),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="openings", to="ledger.entry"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("entry", "path"), name="ledger_one_opening_per_text")],
            },
        ),
    ]
