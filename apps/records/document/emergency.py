"""That it went by the emergency lane: loud on the cover, in full beside the sheet."""

from apps.core.wording import plural

from . import wording
from .budget import Budget
from .facts import Emergency, Signature
from .page import SheetRow

LISTED = 40  # numbers of items on one line


def shout(emergency: Emergency | None) -> tuple[str, ...]:
    """What the cover says before everything else; nothing where it went by none."""
    if emergency is None:
        return ()
    went = f"Went with one key, by {wording.line(emergency.authorised_by)}, {wording.moment(emergency.at)}."
    return (went, _owes(emergency))


def rows(emergency: Emergency | None, budget: Budget) -> tuple[SheetRow, ...]:
    """What the part of the sheet says of it."""
    if emergency is None:
        return ()
    alone = f"Alone, on {wording.moment(emergency.at)}, over digest {emergency.digest}"
    name = wording.line(emergency.authorised_by)
    return (
        SheetRow("Authorised by", (alone,), name, wording.initials(emergency.authorised_by)),
        SheetRow("Because", budget.paragraphs(emergency.reason)),
        SheetRow("Not waited for", (_numbers(emergency.owed),)),
        SheetRow("Owed", (_owes(emergency),)),
        SheetRow("Review", _review(emergency, budget)),
        SheetRow("Prevention", budget.paragraphs(emergency.prevention) or ("Not written.",)),
        SheetRow(
            "Signed", tuple(map(_signed, filter(None, (emergency.written, emergency.verified)))) or ("Not signed.",)
        ),
    )


def _owes(emergency: Emergency) -> str:
    owed = [f"the keys of {plural(len(emergency.unsigned), 'item')}"] if emergency.unsigned else []
    owed += [] if emergency.verified else ["a review signed by two people"]
    if not owed:
        return "The keys were turned afterwards, and two people signed its review."
    return f"Owed until {wording.moment(emergency.due_at)}: {' and '.join(owed)}."


def _review(emergency: Emergency, budget: Budget) -> tuple[str, ...]:
    asked = f"{wording.line(emergency.reviewer)} was asked to see to it."
    return (*(budget.paragraphs(emergency.findings) or ("Not written.",)), asked)


def _signed(key: Signature) -> str:
    return f"{wording.line(key.name)}, “{key.meaning}” on {wording.moment(key.at)}, over digest {key.digest}"


def _numbers(items: tuple[int, ...]) -> str:
    rest = f" and {len(items) - LISTED} more" if len(items) > LISTED else ""
    return f"{plural(len(items), 'item')}: {', '.join(map(str, items[:LISTED]))}{rest}"
