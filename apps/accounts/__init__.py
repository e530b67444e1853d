"""People, teams, and what a role lets them do."""
