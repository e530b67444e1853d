"""The two-person rule, once. It has no pages: whatever people sign owns a sign-off and comes here to be signed."""
