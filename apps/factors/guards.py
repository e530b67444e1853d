"""What the database refuses about series of signings, whoever asks."""

from apps.core.guards import append_only

GUARDS = append_only("factors_signingseries", "who proved what stays with what was signed")
