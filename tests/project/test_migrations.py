"""Migrations create tables whole, so that a new instance is there soon."""

from django.db import models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, AlterField, CreateModel

from project.management.commands.makemigrations import folded

TABLE = CreateModel("Letter", [("id", models.BigAutoField(primary_key=True)), ("state", models.TextField())])
OTHER = CreateModel("Stamp", [("id", models.BigAutoField(primary_key=True))])
KNOWN = AddConstraint("letter", models.CheckConstraint(condition=models.Q(state="sent"), name="letter_state_known"))
SWEPT = AddIndex("letter", models.Index(fields=["sender"], name="letter_swept"))


def test_an_index_or_constraint_comes_with_its_table():
    (letter, stamp) = folded([TABLE, OTHER, KNOWN, SWEPT], "letters")
    assert (letter.name, stamp) == ("Letter", OTHER)
    assert letter.options == {"constraints": [KNOWN.constraint], "indexes": [SWEPT.index]}


def test_one_that_names_a_field_of_later_stays_behind_it():
    later = AddField("letter", "sender", models.TextField(default=""))
    assert folded([TABLE, later, SWEPT], "letters") == [TABLE, later, SWEPT]
    (letter, field) = folded([TABLE, later, KNOWN], "letters")
    assert (letter.options, field) == ({"constraints": [KNOWN.constraint]}, later)
    wider = AlterField("letter", "state", models.TextField(null=True))
    assert folded([TABLE, wider, KNOWN], "letters") == [TABLE, wider, KNOWN]


def test_one_of_a_table_that_was_there_stays():
    assert folded([OTHER, KNOWN], "letters") == [OTHER, KNOWN]


def test_ours_are_written_so():
    """Each left over costs a new instance a fortieth of a second: `manage.py makemigrations` writes them folded."""
    for (app, name), migration in MigrationLoader(None).disk_migrations.items():
        if migration.__module__.startswith("apps."):
            assert len(folded(migration.operations, app)) == len(migration.operations), f"{app} {name}: write it again"
