from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.errors import Refusal
from apps.core.wording import plural
from apps.ledger.commands import SYSTEM
from apps.secrets import commands

BATCH = 100


class Command(BaseCommand):
    """Encrypt every secret with the first key of KEYTURN_SECRETS_KEYS, while Keyturn serves. Safe to repeat."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Go on until nothing is left; end with code 1 where a key is gone."""
        done = 0
        try:
            while step := (found := commands.encrypt_again(by=SYSTEM, most=BATCH))[0]:
                done += step
        except (Refusal, ValueError) as error:
            raise CommandError(str(error)) from None
        anew = f"{plural(done, 'secret')} encrypted anew with the first key."
        self.stdout.write(anew if done else "No secret had to be encrypted anew.")
        if lost := found[1]:
            raise CommandError(
                f"{plural(lost, 'secret')} cannot be read: the key is gone. Put its file back and start this again, "
                "or let admins of the teams set new values. Keep the old keys until then."
            )
        self.stdout.write("No secret needs another key. Take the others away once every process has seen the first.")
