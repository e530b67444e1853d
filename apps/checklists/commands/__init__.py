"""Everything that changes checklists: templates and their versions are made, shown, published.

What edits a draft is in `studio`.
"""

from .publishing import publish_version, reject_version, submit_version, withdraw_version
from .templates import (
    archive_template,
    create_template,
    discard_draft,
    install_template,
    restore_template,
    start_draft,
)
