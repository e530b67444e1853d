from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="checklistimport",
            name="format",
            field=models.CharField(default="markdown", max_length=30),
        ),
        migrations.AddField(
            model_name="checklistimport",
            name="original",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="checklistimport",
            name="read_as",
            field=models.CharField(blank=True, max_length=300),
        ),
    ]
