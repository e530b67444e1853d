"""The sign-off sheet: one person completes it, another verifies it, and the deployment closes."""
