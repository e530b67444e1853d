"""The studio as people meet it: the draft, its items, sections, and what it says of itself."""
