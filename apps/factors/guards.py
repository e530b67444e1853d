"""What the database refuses about series of signings, whoever asks."""

from apps.core.guards import append_only, begins

from .rules import SERIES

GUARDS = [
    *append_only("factors_signingseries", "who proved what stays with what was signed"),
    begins(
        "factors_signingseries",
        (
            f"EXTRACT(EPOCH FROM NEW.ends_at - NEW.began_at) > {int(SERIES.total_seconds())}",
            "a series of signings ends after a quarter of an hour",
        ),
    ),
]
