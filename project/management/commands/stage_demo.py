from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.errors import Refusal
from project.worked_example import stage


class Command(BaseCommand):
    """Put the worked example into an empty demo: a small team, three deployments, all invented. Safe to repeat."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the example's probes find this instance."""
        parser.add_argument("--base-url", default=settings.KEYTURN_URL, help="where this instance answers")

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse outside a demo: nobody in the example has a password, and anybody may become anybody."""
        if not settings.KEYTURN_DEMO:
            raise CommandError(
                "Only a demo has the worked example. Start with KEYTURN_DEMO=1 on a data folder of its own."
            )
        try:
            is_new = stage(options["base_url"].rstrip("/"))
        except (Refusal, ValueError) as error:
            raise CommandError(f"The worked example was not made: {error}") from error
        self.stdout.write("The worked example is ready." if is_new else "The worked example is here already.")
