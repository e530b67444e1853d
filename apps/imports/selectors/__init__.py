"""What the pages about an import show."""

from .merging import basis_of, keys_of, merge_of, merge_page
from .preview import after_drafting, preview_page
