from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import User
from apps.core.errors import Refusal
from apps.core.wording import plural
from apps.factors import commands
from apps.ledger.commands import SYSTEM


class Command(BaseCommand):
    """Take passkeys, one-time codes and recovery codes of somebody away who lost them; the ledger tells of it."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="the name that person signs in with")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        person = User.objects.called(username).first()
        if person is None:
            raise CommandError(f"Nobody signs in as “{username}”.")
        try:
            count = commands.remove_factors(person, by=SYSTEM)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            f"{plural(count, 'factor')} of {person.full_name} taken away. They sign nothing for 24 hours."
        )
