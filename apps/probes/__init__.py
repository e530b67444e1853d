"""Automated checks: what a probe asks, the one way out of this machine, and runs that end in exactly one result."""
