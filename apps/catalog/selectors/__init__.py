"""What the pages about templates show, each in a fixed number of database queries."""

from .addresses import after_discarding, changes_url, draft_url, url_of
from .changes import changes_page
from .exporting import exported
from .library import after_installing, built_in_page, library_page
from .template import template_page
