import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from apps.accounts.models import Team, User
from apps.checklists.markdown.document import as_json
from apps.core.errors import Refusal
from apps.imports import commands, formats
from apps.imports.formats import Brought
from apps.imports.models import ChecklistImport


class Command(BaseCommand):
    """Import a checklist: make drafts of templates of it, or print as JSON what each line would become."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A file, and either --dry-run or a team and a person."""
        parser.add_argument("file", type=Path, help="Markdown, plain text, CSV, HTML or another format of text")
        parser.add_argument("--dry-run", action="store_true", help="change nothing; print JSON on standard output")
        parser.add_argument("--team", help="the team's short name, as in its addresses")
        parser.add_argument("--by", help="the user name of the person who imports")

    def handle(self, *args: Any, file: Path, dry_run: bool, team: str, by: str, **options: Any) -> None:
        """Read the file, then print or draft."""
        brought = self._brought(file)
        if dry_run:
            document = ChecklistImport(source=brought.source, file_name=file.name).document()
            values = {"format": brought.form.kind.value, "read_as": brought.form.sentence, **as_json(document)}
            self.stdout.write(json.dumps(values, ensure_ascii=False, indent=2))
            if document.problem:
                self.stderr.write(document.problem)
            return
        if not team or not by:
            raise CommandError("Name the team and the person: --team SLUG --by USERNAME. Or look first: --dry-run.")
        self._draft(brought, file.name, self._team(team), self._person(by))

    def _brought(self, file: Path) -> Brought:
        try:
            return formats.brought(formats.opened(file.read_bytes(), file.name), file.name)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except formats.NotText as refused:
            raise CommandError(f"{file}: {refused}") from refused

    def _team(self, slug: str) -> Team:
        found = Team.objects.filter(slug=slug).first()
        if found is None:
            raise CommandError(f"No team is called “{slug}”. Look at the addresses of its pages: /t/SLUG/.")
        return found

    def _person(self, name: str) -> User:
        found = User.objects.called(name).filter(is_active=True).first()
        if found is None:
            raise CommandError(f"Nobody active has the user name “{name}”.")
        return found

    def _draft(self, brought: Brought, name: str, team: Team, by: User) -> None:
        try:
            with transaction.atomic():
                imported = commands.start_import(
                    team, by=by, source=brought.source, form=brought.form, original=brought.original, file_name=name
                )
                versions = commands.draft_import(imported, by=by)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        for version in versions:
            self.stdout.write(f"Drafted {version.template.title} ({version.template_id}).")
