"""`manage.py import_checklist`: the same reading on the command line."""

import json

import pytest
from django.core.management import CommandError, call_command

from apps.checklists.models import ChecklistTemplate
from tests.cast import people
from tests.checklists.texts import COLLECTION, COMMANDS


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "ferry.md"
    path.write_text(COMMANDS)
    return path


def dry_run(path, capsys):
    call_command("import_checklist", str(path), "--dry-run")
    return json.loads(capsys.readouterr().out)


def test_a_dry_run_prints_what_each_line_becomes(file, capsys):
    printed = dry_run(file, capsys)
    assert printed["totals"] == {
        "templates": 1, "sections": 6, "items": 4, "commands": 3, "fill_ins": 1, "sign_off_fields": 3,
    }  # fmt: skip
    section = printed["templates"][0]["sections"][1]
    assert section["title"] == "Timetable"
    assert section["commands"] == []
    assert section["items"][0] | {"code": 0, "properties": 0} == {
        "key": "timetable-parses-without-a-complaint", "properties": 0,
        "title": "Timetable parses without a complaint", "text": "", "line": 9, "critical": False, "keys": 2,
        "commands": ["./bin/parse timetable.csv"], "fill_ins": [], "links": [], "paths": [], "depth": 0, "code": 0,
    }  # fmt: skip
    numbers = [number for number, line in enumerate(COMMANDS.split("\n"), 1) if line.strip()]
    assert [line["line"] for line in printed["lines"]] == numbers
    assert printed["not_understood"] == []


def test_a_dry_run_of_a_text_without_items_says_so(tmp_path, capsys):
    path = tmp_path / "empty.md"
    path.write_text("Only words.\n")
    call_command("import_checklist", str(path), "--dry-run")
    printed = capsys.readouterr()
    assert json.loads(printed.out)["problem"].startswith("No items")
    assert "No items" in printed.err


@pytest.mark.django_db
@pytest.mark.parametrize(("team", "by"), [("pay", "mika"), ("pay", "lena"), ("stores", "sol")])
def test_it_makes_drafts_for_a_team_also_of_whoever_is_alone_in_one(tmp_path, capsys, team, by):
    people()
    path = tmp_path / "boats.md"
    path.write_text(COLLECTION.replace("X%", "2%"))
    call_command("import_checklist", str(path), "--team", team, "--by", by)
    assert ChecklistTemplate.objects.filter(team__slug=team).count() == 2
    printed = capsys.readouterr().out
    assert "Drafted Engine Checklist" in printed
    assert "Drafted Galley Checklist" in printed


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--team SLUG --by USERNAME"),
        (["--team", "nobody", "--by", "mika"], "No team"),
        (["--team", "pay", "--by", "nobody"], "Nobody active"),
        (["--team", "pay", "--by", "aude"], "Auditors read"),
    ],
)
def test_what_is_missing_is_said(file, arguments, message):
    people()
    with pytest.raises(CommandError, match=message):
        call_command("import_checklist", str(file), *arguments)
    assert not ChecklistTemplate.objects.exists()


def test_what_cannot_be_read_is_said(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_checklist", str(tmp_path / "none.md"), "--dry-run")
    junk = tmp_path / "junk.md"
    junk.write_bytes(bytes(range(256)))
    with pytest.raises(CommandError, match="not text"):
        call_command("import_checklist", str(junk), "--dry-run")
