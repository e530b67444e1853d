"""A text on its way to becoming a template, and what this process has read of it."""

from .imports import ChecklistImport
from .reading import READINGS, RESULTS, Reading, Result
