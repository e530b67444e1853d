"""A version's content as a text to take along, and back: import of an export gives the same content."""
