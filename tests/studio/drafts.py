"""Drafts to edit, made by real commands."""

from types import SimpleNamespace
from typing import Any

from apps.accounts.models import User
from apps.checklists.models import TemplateVersion
from apps.imports import commands as imports
from tests import cast as casting
from tests.cast import again

TEXT = """# Release

## Before

- [ ] Take a backup
  - [ ] Restore it elsewhere
- [ ] Tell support
- [ ] Migrate the database

## After

- [ ] Dashboards are green
"""


def draft(cast: SimpleNamespace, *, by: User | None = None, text: str = TEXT) -> TemplateVersion:
    """The draft that an imported text becomes."""
    by = again(by or cast.member)
    (version,) = imports.draft_import(imports.start_import(cast.team, by=by, source=text), by=by)
    return version


def people() -> SimpleNamespace:
    """The cast, for tests with transactions of their own."""
    return casting.people()


def outline(version: TemplateVersion) -> list[Any]:
    """Every section with its items, each indented by its depth."""
    now = TemplateVersion.objects.prefetch_related("sections__items").get(pk=version.pk).content()
    return [
        (section["title"], ["  " * item["depth"] + item["title"] for item in section["items"]])
        for section in now["sections"]
    ]


def content(version: TemplateVersion) -> dict[str, Any]:
    """All that a version says now."""
    return TemplateVersion.objects.prefetch_related("sections__items").get(pk=version.pk).content()
