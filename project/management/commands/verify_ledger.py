import argparse
import json
import re
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from apps.core.wording import agreeing, plural
from apps.ledger.models import Entry
from apps.ledger.selectors import Head
from project import verification
from project.lines import escaped

HEAD = re.compile(r"(?P<stream>instance|deployment/[0-9a-f-]{36}):(?P<sequence>[0-9]{1,15}):(?P<digest>[0-9a-f]{64})")
MOST_LINES = 200


class Command(BaseCommand):
    """`python manage.py verify_ledger`: is everything still as it was recorded?"""

    help = (
        "Recompute every chain and compare signatures, waivers, sheets, evidence and records with it. "
        "Ends with 0 when all is whole, with 1 when something is broken, and names the first broken entry."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Heads from printed records, and the form of the answer."""
        parser.add_argument(
            "--head",
            action="append",
            default=[],
            type=head,
            metavar="STREAM:SEQUENCE:DIGEST",
            help="a head from a printed record: finds a rewritten chain and a cut tail; may be given several times",
        )
        parser.add_argument("--json", action="store_true", help="print the answer as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify, say what was found, and end with its exit code."""
        self.done = self.total = 0
        try:
            self.total = Entry.objects.count() if self.stderr.isatty() else 0
            report = verification.verify(options["head"], self.progress)
        except DatabaseError as error:
            advice = "Check DATABASE_URL or KEYTURN_DATA, then run “manage.py migrate”."
            raise CommandError(f"The database cannot be read ({error}). {advice}", returncode=2) from error
        if self.total:
            self.stderr.write("\r\x1b[K", ending="")
        if options["json"]:
            self.stdout.write(json.dumps(asdict(report) | {"whole": not report.faults}, indent=2))
        else:
            self.say(report)
        if report.faults:
            raise SystemExit(1)

    def progress(self, entries: int) -> None:
        """On a terminal, say how far it is."""
        self.done += entries
        if self.total:
            self.stderr.write(f"\r{self.done:,} of {self.total:,} entries", ending="")
            self.stderr.flush()

    def say(self, report: verification.Report) -> None:
        """The answer in sentences, the first broken entry first."""
        if not report.faults:
            chains = agreeing(report.chains, "The one chain is whole", f"All {report.chains:,} chains are whole")
            chains = chains if report.chains else "There is no chain yet"
            entries, signatures = plural(report.entries, "entry"), plural(report.signatures, "signature")
            self.stdout.write(f"{chains}: {entries}, {signatures} compared.")
            return
        first, *others = (escaped(str(fault)) for fault in report.faults)
        self.stdout.write(f"First broken: {first}")
        for other in others[:MOST_LINES]:
            self.stdout.write(f"Also broken: {other}")
        if len(others) > MOST_LINES:
            self.stdout.write(f"… and {len(others) - MOST_LINES} more.")


def head(value: str) -> Head:
    """A head as a record prints it, in two lines; blanks that came along do not count. Raises ArgumentTypeError."""
    found = HEAD.fullmatch("".join(value.split()))
    if found is None:
        raise argparse.ArgumentTypeError(
            f"“{value}” is no head. Copy it from the record: deployment/…:12:64 hexadecimal digits"
        )
    return Head(found["stream"], int(found["sequence"]), found["digest"])
