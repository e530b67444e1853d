"""Proof that something is so: files, links and notes, never changed once filed. Bytes live in the database."""
