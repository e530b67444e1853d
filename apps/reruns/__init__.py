"""Running a deployment again after a change: what the change touches is open, the rest is carried over."""
