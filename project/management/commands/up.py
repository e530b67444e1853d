import argparse
import os
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from project import env
from project.broker import NoBroker
from project.embedded import Embedded
from project.folder import Unusable
from project.supervisor import GaveUp, Stopped, Supervisor, stopping_on_signals


class Command(BaseCommand):
    """Start Keyturn: broker, database, worker and pages. Ctrl-C ends all of it; the data stays."""

    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The port is the one choice made here; everything else comes from the environment."""
        parser.add_argument("--port", type=port, default=8000, help="where pages answer, on this machine only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until asked to stop; end with code 1 and one sentence when that is not possible."""
        demo = settings.KEYTURN_DEMO if env.text("KEYTURN_DEMO") else not settings.PRODUCTION
        instance = Embedded(port=options["port"], demo=demo, say=self.say)
        try:
            instance.claim()
            self._run(instance)
        except (Unusable, NoBroker, GaveUp) as error:
            self.stderr.write(str(error))
            raise SystemExit(1) from None

    def say(self, sentence: str) -> None:
        """Tell the person at the terminal, at once. Nobody listening any more is no reason to end."""
        with suppress(BrokenPipeError):
            self.stdout.write(sentence)
            self.stdout.flush()

    def _run(self, instance: Embedded) -> None:
        under_make = "MAKELEVEL" in os.environ
        supervisor = Supervisor(instance.environment(), settings.BASE_DIR, self.say, follow_parent=under_make)
        with stopping_on_signals(supervisor):
            try:
                instance.start(supervisor)
                supervisor.run()
            except Stopped:
                self.say("Stopping.")
            finally:
                supervisor.stop()
                instance.tidy()


def port(value: str) -> int:
    """A port number. Raises ArgumentTypeError."""
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 65535):
        raise argparse.ArgumentTypeError(f"“{value}” is no port. Write a number from 1 to 65535.")
    return int(value)
