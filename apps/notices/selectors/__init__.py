"""Questions about notices: who is to hear what, and what an inbox shows."""

from .asked import asked_of_emergency, asked_of_items, asked_of_sheet, asked_words, open_waiting, words_of_asked_roles
from .inbox import InboxListener, inbox_page
from .posting import place_of, posted_of, webhook_page, webhooks_page
from .reach import deliveries_page, reach_of
from .security import words_of_security
from .sending import mail_of
from .words import (
    DeploymentFacts,
    facts_of,
    persons_of,
    team_of,
    unsaid,
    who_wrote,
    words_of,
    words_of_instance,
    words_of_verdict,
    words_of_window,
)  # fmt: skip
