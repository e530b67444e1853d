"""Decisions about checklists that need no database: what a text may hold, and what each part of a version means."""

from .limits import LISTED, LONGEST_TEXT, MOST_LINES, too_long, too_many_lines, without_direction_marks
