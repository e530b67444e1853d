"""Preferences: how pages speak to one person, in which time zone beside UTC and with which keys."""
