"""Work that one worker at a time does: claimed, tried again, swept and published again, whatever kind of work it is."""
