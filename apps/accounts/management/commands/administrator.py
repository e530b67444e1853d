from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts import commands
from apps.accounts.models import User
from apps.core.errors import Refusal
from apps.ledger.commands import SYSTEM


class Command(BaseCommand):
    """Make somebody an administrator of this Keyturn, or no longer one; the instance's ledger tells of it."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="the name that person signs in with")
        parser.add_argument("--no-longer", action="store_true", help="take it from them again")

    def handle(self, *args: Any, username: str, no_longer: bool, **options: Any) -> None:
        person = User.objects.called(username).first()
        if person is None:
            raise CommandError(f"Nobody signs in as “{username}”.")
        try:
            commands.change_administrator(person, by=SYSTEM, is_admin=not no_longer)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{person.full_name} is {'no longer ' if no_longer else ''}an administrator.")
