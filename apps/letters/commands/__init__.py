"""Everything that letters do: asked for, sent, and what their links set."""

from .addresses import verify_address
from .resets import ask_reset, reset_password
from .sending import claim_letter, end_letter, hold_letters, put_off_letter, sweep_letters
