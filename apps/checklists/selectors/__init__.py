"""What the pages about checklists show, and what a deployment copies."""

from .audit import PublishingHistory
from .imports import after_drafting, preview_page
from .publishing import problem_to_publish
