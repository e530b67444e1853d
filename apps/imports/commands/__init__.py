"""Everything that changes imports: a text comes in, is corrected, is decided about, and becomes templates."""

from .deciding import decide_findings, undo_import_step
from .drafting import draft_import
from .merging import judge_match, merge_import
from .texts import correct_import, discard_import, start_import
