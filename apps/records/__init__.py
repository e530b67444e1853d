"""Audit records: what was decided, signed and proven, as one PDF with its data inside."""
