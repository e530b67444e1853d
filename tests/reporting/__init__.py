"""Tokens, reports, measurements and what did not come."""
