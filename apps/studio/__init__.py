"""Where the draft of a template is edited: every edit is saved against what was shown, and can be undone by all."""
