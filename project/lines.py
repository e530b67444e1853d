"""Log lines: one event, one line, whatever somebody put into a name."""

import logging
from datetime import UTC, datetime

LONGEST = 8000


class LineFormatter(logging.Formatter):
    """Time, level, logger and message in one line; line breaks and control characters are written as escapes."""

    def format(self, record: logging.LogRecord) -> str:
        """The line for `record`, with its traceback, at most LONGEST characters."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        message = record.getMessage()
        if record.exc_info:
            message = f"{message}\n{self.formatException(record.exc_info)}"
        return f"{moment} {record.levelname} {record.name} {escaped(message)[:LONGEST]}"


def escaped(message: str) -> str:
    """`message` with everything that a terminal or a log reader would act on written as an escape."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in message
    )
