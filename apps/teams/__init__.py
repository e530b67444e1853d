"""Who is in a team, what each of them may do there, and how the team works. The rows are those of accounts."""
