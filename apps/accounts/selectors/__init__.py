"""Questions about people and teams, each answered in a fixed number of queries."""

from .pages import account_page, invitation_page, navigation, sign_in_page, start_page
from .sessions import SECOND_STEP, second_step_of, second_step_page, sessions_of, waiting_person
