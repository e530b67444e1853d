"""Zones: a queue whose workers stand in some network, where its probes may go, and which teams may use it."""
