from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.core.errors import Refusal
from apps.core.wording import plural
from apps.evidence import objects, selectors

YOUNGEST = timedelta(days=1)  # no command takes as long: what is older and has no row by now never gets one


class Command(BaseCommand):
    """`python manage.py leftover_files`: files in S3-compatible storage that no row names."""

    help = (
        "List the files in file storage that no row of this database names, and are older than a day. They are left "
        "by commands that came to nothing. With --delete they are deleted: only where this is the one database that "
        "uses this bucket and prefix, and the newest state of it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether to delete."""
        parser.add_argument("--delete", action="store_true", help="delete what is listed")

    def handle(self, *args: Any, **options: Any) -> None:
        """List each, and delete it if that was asked for."""
        count = 0
        try:
            for key in selectors.leftover_keys(timezone.now() - YOUNGEST):
                self.stdout.write(key)
                count += 1
                if options["delete"]:
                    objects.delete(key)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        left = plural(count, "file is left over", "files are left over")
        self.stdout.write(f"{left}{', and deleted' if options['delete'] and count else ''}.")
