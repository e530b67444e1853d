"""Commands of notices: deriving and sending them, and what somebody does with their own."""

from .deriving import derive_notices, note_windows
from .inbox import finish_all, finish_notice, reopen_notice
from .reach import edit_reach
from .reminding import remind
from .sending import claim_delivery, end_delivery, hold_back, put_off, sweep_deliveries
from .webhooks import ReadyPost, make_webhook, ready_post, remove_webhook
