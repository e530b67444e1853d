"""What the pages about checklists show, and what a deployment copies."""

from apps.checklists.rules.problems import blocking, problem_to_publish

from .accepted import accepted_problems
from .audit import PublishingHistory
from .published import Sections, says_nothing_new, sections_of, sections_of_each
