"""Checklists: what a team does each time, in templates whose published versions never change."""
