import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from apps.accounts.models import Team, User
from apps.checklists import commands
from apps.checklists.markdown.document import as_json
from apps.checklists.markdown.text import NotText, decode
from apps.checklists.models import ChecklistImport
from apps.core.errors import Refusal


class Command(BaseCommand):
    """Import a checklist: make drafts of templates of it, or print as JSON what each line would become."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A file, and either --dry-run or a team and a person."""
        parser.add_argument("file", type=Path, help="Markdown or plain text")
        parser.add_argument("--dry-run", action="store_true", help="change nothing; print JSON on standard output")
        parser.add_argument("--team", help="the team's short name, as in its addresses")
        parser.add_argument("--by", help="the user name of the person who imports")

    def handle(self, *args: Any, file: Path, dry_run: bool, team: str, by: str, **options: Any) -> None:
        """Read the file, then print or draft."""
        text = self._text(file)
        if dry_run:
            document = ChecklistImport(source=text, file_name=file.name).document()
            self.stdout.write(json.dumps(as_json(document), ensure_ascii=False, indent=2))
            if document.problem:
                self.stderr.write(document.problem)
            return
        if not team or not by:
            raise CommandError("Name the team and the person: --team SLUG --by USERNAME. Or look first: --dry-run.")
        self._draft(text, file.name, self._team(team), self._person(by))

    def _text(self, file: Path) -> str:
        try:
            return decode(file.read_bytes())
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except NotText as refused:
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

    def _draft(self, text: str, name: str, team: Team, by: User) -> None:
        try:
            with transaction.atomic():
                imported = commands.start_import(team, by=by, source=text, file_name=name)
                versions = commands.draft_import(imported, by=by)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        for version in versions:
            done = "Published" if version.is_published else "Drafted"
            self.stdout.write(f"{done} {version.template.title} ({version.template_id}).")
