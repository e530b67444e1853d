"""A fourth thing that people sign, in as few lines as it takes: the gate between two stages of a rollout."""
