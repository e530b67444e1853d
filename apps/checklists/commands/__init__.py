"""Everything that changes checklists: texts come in, templates and their versions are made, shown, published.

What edits a draft is in `studio`.
"""

from .imports import correct_import, discard_import, draft_import, start_import
from .publishing import publish_version, reject_version, submit_version, withdraw_version
from .templates import (
    archive_template,
    create_template,
    discard_draft,
    install_template,
    restore_template,
    start_draft,
)
