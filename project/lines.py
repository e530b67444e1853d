"""Log lines: one event, one line, whatever somebody put into a name."""

import logging
import re
from datetime import UTC, datetime

from apps.core.wording import timestamp

LONGEST = 8000
# One-time links: whoever reads the log must not be able to use them.
ONE_TIME = re.compile(r"(/(?:join|start)/)[A-Za-z0-9_-]+")


class LineFormatter(logging.Formatter):
    """Time, level, logger and message in one line; what a terminal would act on is escaped, one-time links are cut."""

    def format(self, record: logging.LogRecord) -> str:
        """The line for `record`, with its traceback, at most LONGEST characters."""
        moment = timestamp(datetime.fromtimestamp(record.created, UTC))
        message = record.getMessage()
        if record.exc_info:
            message = f"{message}\n{self.formatException(record.exc_info)}"
        message = escaped(ONE_TIME.sub(r"\1…", message))[:LONGEST]
        return f"{moment} {record.levelname} {record.name} {message}"


def escaped(message: str) -> str:
    """`message` with everything that a terminal or a log reader would act on written as an escape."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in message
    )
