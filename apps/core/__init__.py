"""The ground every other app stands on: no models, no nouns of the domain."""

VERSION = "0.1.0"
