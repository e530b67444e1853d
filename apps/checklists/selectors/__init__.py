"""What the pages about checklists show, and what a deployment copies."""

from .audit import PublishingHistory
from .imports import preview_page
from .publishing import problem_to_publish
from .templates import after_drafting, template_page, templates_page
