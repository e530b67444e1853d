"""Shapes of what people send, one file per kind of page."""
