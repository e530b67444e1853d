"""Everything that changes imports: a text comes in, is corrected, and becomes drafts of templates or part of one."""

from .drafting import correct_import, discard_import, draft_import, start_import
from .merging import judge_match, merge_import
