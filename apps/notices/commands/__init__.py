"""Commands of notices: deriving them, and what somebody does with their own."""

from .deriving import derive_notices, note_windows
from .inbox import finish_all, finish_notice, reopen_notice
