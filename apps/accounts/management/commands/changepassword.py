import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts import commands
from apps.accounts.models import User
from apps.ledger.commands import SYSTEM


class Command(BaseCommand):
    """Set a new password for somebody who lost theirs; the instance's ledger tells of it."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="the name that person signs in with")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        person = User.objects.called(username).first()
        if person is None:
            raise CommandError(f"Nobody signs in as “{username}”.")
        password = getpass.getpass(f"New password for {person.full_name}: ")
        if password != getpass.getpass("The same again: "):
            raise CommandError("The two differ. Nothing was changed; try again.")
        try:
            validate_password(password, person)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        commands.change_password(person, by=SYSTEM, password=password)
        self.stdout.write(f"{person.full_name} signs in with the new password from now on; every session ended.")
