"""Reporting to probes that nobody asks. Locks are taken in one order: deployment, sign-off, probe, stream."""

from .measuring import measure
from .missing import note_missed_reports
from .taking import take_report
from .tokens import issue_token, revoke_token

__all__ = ["issue_token", "measure", "note_missed_reports", "revoke_token", "take_report"]
