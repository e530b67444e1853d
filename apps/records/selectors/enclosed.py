"""The files of evidence that go inside a record: how many there would be, and their bytes, each checked."""

from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Sum

from apps.core.errors import TooLarge
from apps.core.wording import plural, size
from apps.deployments.models import Attachment, Deployment
from apps.evidence.models import Evidence, Kind
from apps.evidence.selectors import whole
from apps.records.document import facts, is_enclosed

MOST_BYTES = 50 * 1024 * 1024  # a worker holds them several times over while it writes
MOST_FILES = 1_000


class Enclosing(NamedTuple):
    """How many files of evidence a record would take along, and how many bytes these have."""

    files: int
    bytes: int

    @property
    def why_not(self) -> str:
        """Why a record cannot take them along, and what to do; empty where it can."""
        if self.files <= MOST_FILES and self.bytes <= MOST_BYTES:
            return ""
        there = f"{plural(self.files, 'file')} with {size(self.bytes)}"
        most = f"{MOST_FILES:,} files and {size(MOST_BYTES)}"
        return (
            f"The evidence is {there}; a record takes at most {most} along. Make the record without its evidence, and "
            "download all evidence as one archive from the board."
        )


def enclosing(deployment: Deployment) -> Enclosing:
    """What a record of a deployment would take along now."""
    standing = Attachment.objects.filter(item__deployment=deployment, removed_at=None, evidence__kind=Kind.FILE)
    found = standing.aggregate(files=Count("pk"), bytes=Sum("evidence__size"))
    return Enclosing(found["files"], found["bytes"] or 0)


def contents(stated: facts.Record) -> dict[str, bytes]:
    """The bytes of each file that a record takes along, by the id of the evidence.

    Raises TooLarge where there came to be too many meanwhile, Damaged where bytes are not those that were filed.
    """
    taken = [each for each in stated.evidence if is_enclosed(stated, each)]
    if why := Enclosing(len(taken), sum(each.size for each in taken)).why_not:
        raise TooLarge(why)
    rows = Evidence.objects.select_related("blob").defer("blob__data").in_bulk([UUID(each.id) for each in taken])
    return {str(pk): whole(each.blob) for pk, each in rows.items() if each.blob}
