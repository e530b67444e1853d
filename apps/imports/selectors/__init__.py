"""What the pages about an import show."""

from .merging import basis_of, keys_of, merge_of, merge_page
from .page import after_drafting, line_page, preview_page
