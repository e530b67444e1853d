"""What was learned on a deployment, proposed for its template; whoever edits that takes or dismisses it."""
