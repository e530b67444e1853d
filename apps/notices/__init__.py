"""Notices: word of what concerns somebody, derived from the ledger: in inboxes, by mail, to a team's webhooks."""
