"""Everything that single sign-on does: asking, and what comes of an answer."""

from .asking import Answer, ask_provider, leave_for, take_answer
from .identities import join_by_identity, link_identity, sign_in_by_identity, unlink_identity
