"""Commands in their sandbox: what they try, and that nothing comes of it."""
