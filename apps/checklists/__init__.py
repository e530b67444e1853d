"""Checklists: a text comes in, shows what it was understood as, and becomes a template that never changes."""
