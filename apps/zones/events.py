"""What the ledger remembers of zones, in the instance's chain."""

from uuid import UUID

from apps.ledger.events import Event, committed, event


@event("zone.created", "made the zone “{name}” with the queue {queue}")
class ZoneCreated(Event):
    """An administrator said that workers stand in another network."""

    queue: str
    name: str = committed()


@event("zone.edited", "changed what the zone “{name}” is called or said to be")
class ZoneEdited(Event):
    """A zone got another name or description."""

    queue: str
    name: str = committed()


@event("widening.proposed", "proposed that the zone “{zone_name}” opens {what}")
class WideningProposed(Event):
    """An administrator proposed that probes of a zone may ask more, or that another team may use it."""

    queue: str
    widening: UUID
    digest: str
    team: UUID | None
    zone_name: str = committed()
    what: str = committed()


@event("widening.confirmed")
class WideningConfirmed(Event):
    """It took effect. alone: by the administrator who proposed it, because there was no other one."""

    queue: str
    widening: UUID
    digest: str
    version: int
    alone: bool
    zone_name: str = committed()
    what: str = committed()

    def text(self) -> str:
        how = "as the only administrator, without a second person, " if self.alone else ""
        return f"{how}confirmed that the zone “{self.zone_name}” opens {self.what}: version {self.version}"


@event("widening.ended")
class WideningEnded(Event):
    """It no longer holds, or was withdrawn before anybody confirmed it: then it has no version."""

    queue: str
    widening: UUID
    version: int | None
    zone_name: str = committed()
    what: str = committed()

    def text(self) -> str:
        if self.version is None:
            return f"withdrew the proposal that the zone “{self.zone_name}” opens {self.what}"
        return f"closed the zone “{self.zone_name}” for {self.what}: version {self.version}"
