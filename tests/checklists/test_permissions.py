"""Role by role: who may do what with checklists."""

import pytest
from django.utils import timezone

from apps.checklists import permissions
from apps.checklists.models import ChecklistTemplate
from apps.imports import permissions as imports
from apps.imports.models import ChecklistImport

pytestmark = pytest.mark.django_db

EDITORS = ("lead", "reviewer", "other_reviewer", "member")


@pytest.fixture
def cast(people):
    return people


def verdicts(cast, person, *, done=None):
    imported = ChecklistImport(team=cast.team, published_at=done)
    template = ChecklistTemplate(team=cast.team, archived_at=done)
    return [
        imports.correct_import(person, imported),
        imports.draft_import(person, imported),
        imports.discard_import(person, imported),
        permissions.archive_template(person, template),
    ]


@pytest.mark.parametrize("name", [*EDITORS, "auditor", "stranger"])
def test_editors_of_the_team_and_nobody_else(cast, name):
    person = getattr(cast, name)
    expected = name in EDITORS
    assert all(bool(verdict) is expected for verdict in verdicts(cast, person))
    assert bool(imports.start_import(person, cast.team)) is expected


@pytest.mark.parametrize("name", [*EDITORS, "auditor"])
def test_what_is_done_is_done_for_everybody(cast, name):
    refused = verdicts(cast, getattr(cast, name), done=timezone.now())
    assert not any(refused)
    assert all(verdict.reason.endswith(".") for verdict in refused)
