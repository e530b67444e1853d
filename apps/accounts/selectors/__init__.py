"""Questions about people and teams, each answered in a fixed number of queries."""

from .pages import account_page, invitation_page, navigation, sign_in_page, start_page
