from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.errors import Refusal
from apps.core.wording import plural
from apps.factors import commands as factors
from apps.ledger.commands import SYSTEM
from apps.secrets import commands as secrets

BATCH = 100
Step = Callable[..., tuple[int, int]]


class Command(BaseCommand):
    """Encrypt every secret, and what codes are made from, with the first key of KEYTURN_SECRETS_KEYS.

    While Keyturn serves, and safe to repeat.
    """

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Go on until nothing is left; end with code 1 where a key is gone."""
        try:
            done, lost = self._all(secrets.encrypt_again)
            codes, lost_codes = self._all(factors.encrypt_codes_again)
        except (Refusal, ValueError) as error:
            raise CommandError(str(error)) from None
        anew = f"{plural(done, 'secret')} encrypted anew with the first key."
        self.stdout.write(anew if done else "No secret had to be encrypted anew.")
        if codes:
            self.stdout.write(f"{plural(codes, 'factor')} of people encrypted anew with the first key.")
        if lost or lost_codes:
            kinds = (lost, "secret"), (lost_codes, "factor")
            gone = " and ".join(plural(count, what) for count, what in kinds if count)
            raise CommandError(
                f"{gone} cannot be read: the key is gone. Put its file back and start this again, "
                "or let admins of the teams set new values. Keep the old keys until then."
            )
        self.stdout.write("No secret needs another key. Take the others away once every process has seen the first.")

    def _all(self, encrypt_again: Step) -> tuple[int, int]:
        done = 0
        while step := (found := encrypt_again(by=SYSTEM, most=BATCH))[0]:
            done += step
        return done, found[1]
