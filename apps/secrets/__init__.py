"""Secrets of teams: encrypted at rest, released to the hosts they are bound to, masked in what comes back."""
