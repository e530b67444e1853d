"""The tamper-evident memory: one hash chain per deployment and one for the instance. It knows nobody above it."""
