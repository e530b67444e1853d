"""What the studio shows."""

from .drafts import draft_of, forget
from .here import others_here
from .live import DraftListener
from .loading import Steps, draft_again, draft_at, item_of, steps_of
from .page import added_by, beside, changed_parts, draft_page, section_beside, solved_at
from .panel import form_panel, item_panel
