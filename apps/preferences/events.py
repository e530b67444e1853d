"""The event of preferences in the instance's ledger."""

from apps.ledger.events import Event, committed, event


@event("preferences.edited")
class PreferencesEdited(Event):
    """Somebody chose how pages speak to them. Times are stored and signed in UTC whatever the zone."""

    letter_keys: bool
    time_zone: str = committed()

    def text(self) -> str:
        zone = f"in {self.time_zone} beside UTC" if self.time_zone else "in UTC only"
        return f"chose times {zone}, and that single letters {'act' if self.letter_keys else 'do nothing'}"
