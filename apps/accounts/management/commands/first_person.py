from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from apps.accounts import commands
from apps.core.errors import Refusal
from apps.ledger.commands import SYSTEM


class Command(BaseCommand):
    """Print the one-time link by which the first person sets up this Keyturn."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--base-url", default=settings.KEYTURN_URL, help="where people reach this Keyturn")

    def handle(self, *args: Any, base_url: str, **options: Any) -> None:
        try:
            token = commands.invite_first_person(by=SYSTEM)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        link = base_url.rstrip("/") + reverse("accounts:create_first_team", kwargs={"token": token})
        self.stdout.write(f"The first person creates an account and a team here, once, within seven days:\n{link}")
